import { leavingCookie } from './cookies.js'
import { CrossDomainError } from './errors.js'
import { parseReturnTo } from './returnTo.js'
import type { SessionContext } from './writer.js'

/**
 * `session.hrefTo`: by which address a browser takes the session along. Asks no store.
 * @param hasNewCookies This request has set some, which wakes the island of the page that is about to be left.
 */
export async function hrefTo({ config, place, host, failure, ...response }: SessionContext, to: string | URL, hasNewCookies: boolean): Promise<string> {
  if (place === null) throw failure ?? new CrossDomainError('CDS205', `the host is ${host}`)
  const url = resolve(to, place.domain)
  const domains = await config.domains()
  const target = url?.origin ?? ''
  if (url === null || !domains.has(target)) throw new CrossDomainError('CDS211', target)
  // Subdomains that share the session have the same cookie.
  if (domains.groupOf(target).domain === place.domain) return String(to)
  const page = parseReturnTo(url.href, place.domain, domains, config.path)
  if (page === null) throw new CrossDomainError('CDS211', target + url.pathname)
  // Of two domains one is a secondary, and the exchange begins there. The primary cannot: what it has is pulled, never pushed.
  const begin = (origin: string, returnTo: string): string => `${origin}${config.path}/start?return_to=${encodeURIComponent(returnTo)}`
  if (place.isPrimary) return begin(target, page.slice(target.length))
  if (hasNewCookies && (await response.canSetCookies())) await response.setCookies([leavingCookie(place)])
  return begin(place.domain, page)
}

/** As the browser will read it, so that `//host` and `/\host` are other hosts here, too. */
function resolve(to: string | URL, base: string): URL | null {
  try {
    return new URL(to, base)
  } catch {
    return null
  }
}
