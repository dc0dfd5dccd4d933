import type { SessionContext } from './context.js'
import { leavingCookie } from '../request/agreed.js'
import { CrossDomainError } from '../errors/catalogue.js'
import { parseReturnTo } from '../request/returnTo.js'

/** What the request has done by the time the browser is sent away. */
interface Leaving {
  /** Of the session that goes along; null if there is none. */
  readonly fingerprint: string | null
  /** True if this request has set cookies, which wakes the island of the page that the browser leaves. */
  readonly hasNewCookies: boolean
}

/** `session.hrefTo`: the address by which a browser takes the session along. Asks no store. */
export async function hrefTo(
  { config, domains: own, place, host, failure, ...response }: SessionContext,
  to: string | URL,
  { fingerprint, hasNewCookies }: Leaving,
): Promise<string> {
  if (place === null || own === null) throw failure ?? new CrossDomainError('CDS205', `the host is ${host}`)
  const url = resolve(to, place.domain)
  const domains = own.others ?? own
  await domains.lookUp(url?.origin)
  const target = url?.origin ?? ''
  // Browsers drop control characters, other readers of a header do not. A path that begins with two slashes
  // is another host for whoever takes it for a URL.
  const isOdd = /[\u0000-\u001f\u007f]/.test(String(to)) || url?.pathname.startsWith('//')
  if (url === null || isOdd || !/^https?:$/.test(url.protocol) || !domains.has(target))
    throw new CrossDomainError('CDS211', target)
  // Subdomains that share the session have the same cookie. A host that works alone has nothing to send
  // along.
  if (own !== domains || domains.groupOf(target).domain === place.domain) return String(to)
  const page = parseReturnTo(url.href, place.domain, domains, config.path)
  if (page === null) throw new CrossDomainError('CDS211', target + url.pathname)
  // Without consent here there is nothing to take along. A bot, or a browser that does not say what its
  // requests are for, walks no exchange.
  if (!response.canNavigate || fingerprint === null || !(await response.hasConsent())) return String(to)
  if (hasNewCookies && !place.isPrimary && (await response.canSetCookies()))
    await response.setCookies([leavingCookie(place)])
  return `${place.domain}${config.path}/start?return_to=${encodeURIComponent(page)}`
}

/** Parsed as the browser will parse it, so that `//host` and `/\host` are other hosts here too. */
function resolve(to: string | URL, base: string): URL | null {
  try {
    return new URL(to, base)
  } catch {
    return null
  }
}
