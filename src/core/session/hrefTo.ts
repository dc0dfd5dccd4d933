import type { SessionContext } from './context.js'
import { leavingCookie } from '../request/cookies.js'
import { CrossDomainError } from '../errors/errors.js'
import { parseReturnTo } from '../request/returnTo.js'

/** Where the request stands when the browser is sent away. */
interface Leaving {
  /** Of the session that there is to bring along. */
  readonly fingerprint: string | null
  /** This request has set some, which wakes the island of the page that is about to be left. */
  readonly hasNewCookies: boolean
}

/**
 * `session.hrefTo`: by which address a browser takes the session along. Asks no store.
 */
export async function hrefTo(
  { config, place, host, failure, ...response }: SessionContext,
  to: string | URL,
  { fingerprint, hasNewCookies }: Leaving,
): Promise<string> {
  if (place === null) throw failure ?? new CrossDomainError('CDS205', `the host is ${host}`)
  const url = resolve(to, place.domain)
  const domains = await config.domains()
  const target = url?.origin ?? ''
  if (url === null || !/^https?:$/.test(url.protocol) || !domains.has(target))
    throw new CrossDomainError('CDS211', target)
  // Subdomains that share the session have the same cookie.
  if (domains.groupOf(target).domain === place.domain) return String(to)
  const page = parseReturnTo(url.href, place.domain, domains, config.path)
  if (page === null) throw new CrossDomainError('CDS211', target + url.pathname)
  // What the primary has is pulled, never pushed: the other domain asks for itself, if there is consent. Without any here, there is nothing to bring;
  // and a bot, or a browser that does not say what a request is for, walks no exchange.
  if (place.isPrimary || !response.canNavigate || fingerprint === null || !(await response.hasConsent()))
    return String(to)
  if (hasNewCookies && (await response.canSetCookies())) await response.setCookies([leavingCookie(place)])
  return `${place.domain}${config.path}/start?return_to=${encodeURIComponent(page)}`
}

/** As the browser will read it, so that `//host` and `/\host` are other hosts here, too. */
function resolve(to: string | URL, base: string): URL | null {
  try {
    return new URL(to, base)
  } catch {
    return null
  }
}
