import type { Config } from '../config.js'
import type { ConsentRequest } from '../consent.js'
import { aloneOn, tryOrigin, type Domains, type Origin } from '../domains/origin.js'
import { isLater, type NowOrLater } from '../values/later.js'

/** What the core reads of a request; a `NextRequest` fits. */
export interface Incoming extends ConsentRequest {
  readonly method: string
  readonly nextUrl: { readonly pathname: string; readonly searchParams: { get(name: string): string | null } }
}

/** Who is asking. A write records it with the session, and so does a page if the last record is stale. */
export interface Visit {
  /** Origin of the domain, for example `https://shop.example`. */
  readonly domain: string
  readonly ip: string | null
  readonly userAgent: string | null
}

type Headers = ConsentRequest['headers']

/**
 * The list of domains for this request. Its own host has been looked up.
 * @throws {CrossDomainError} `CDS111`, `CDS117`.
 */
export function domainsOf(headers: Headers, config: Config): NowOrLater<Domains> {
  const list = config.domains()
  const ofHost = (domains: Domains) =>
    originOf(headers, config, domains) === null ? findHost(headers, config, domains) : domains
  return isLater(list) ? list.then(ofHost) : ofHost(list)
}

async function findHost(headers: Headers, config: Config, domains: Domains): Promise<Domains> {
  const [host, forwarded] = [headers.get('host'), forwardedHost(headers)]
  const hosts = config.trustForwardedHost ? [forwarded ?? host] : [host, forwarded]
  for (const host of hosts) {
    const origin = host === null ? null : tryOrigin(host)
    if (origin === null) continue
    await domains.lookUp(origin)
    if (domains.byHost(host) !== null) break
    if (config.previews.some((pattern) => pattern.test(origin))) return aloneOn(origin, domains)
  }
  return domains
}

/** The host that a proxy was asked for, if it passes that on. */
export function forwardedHost(headers: Headers): string | null {
  return headers.get('x-forwarded-host')?.split(',')[0]?.trim() ?? null
}

/**
 * The listed origin that this request was sent to, or null. It is never taken from the URL, which Next.js
 * fills with the host that it is bound to.
 */
export function originOf(headers: Headers, config: Config, domains: Domains): Origin | null {
  return domains.byHost(hostOf(headers, config))
}

/** The host that this request was sent to, as far as it may be believed. */
export function hostOf(headers: Headers, { trustForwardedHost }: Config): string | null {
  return (trustForwardedHost ? forwardedHost(headers) : null) ?? headers.get('host')
}

/**
 * The same for a page. After `redirect()` in a Server Action, Next.js itself requests the next page, at the
 * address that it listens on. Only then does `Host` name none of our domains while `X-Forwarded-Host` names
 * one. No browser has a cookie of ours for an unlisted host, so nobody gains anything by sending that header.
 */
export function originOfPage(headers: Headers, config: Config, domains: Domains): Origin | null {
  return originOf(headers, config, domains) ?? domains.byHost(forwardedHost(headers))
}

/**
 * True for a GET that shows a page to a person: no prefetch, prerender, bot, RSC request, iframe, or program
 * with a token.
 */
export function isDocumentNavigation(request: Pick<Incoming, 'method' | 'headers'>): boolean {
  const { headers } = request
  return (
    request.method === 'GET' &&
    headers.get('sec-fetch-mode') === 'navigate' &&
    headers.get('sec-fetch-dest') === 'document' &&
    headers.get('rsc') === null &&
    !bringsToken(headers) &&
    !isSpeculative(headers)
  )
}

/**
 * True for a request with a bearer token. Cookies that come with it do not count, and its answer sets none.
 */
export function bringsToken(headers: Headers): boolean {
  return /^bearer\b/i.test(headers.get('authorization') ?? '')
}

/**
 * Automated readers say so in their user agent, or are known by name. They get no cookie, no redirect and no
 * row. (CUBOT makes phones.)
 */
function isBot(userAgent: string): boolean {
  return /(?<!cu)bot\b|crawl|spider|slurp|externalhit|inspectiontool|googleother|mediapartners|bingpreview|lighthouse/i.test(
    userAgent,
  )
}

/**
 * True if no person looks at the page yet (a prefetch or a prerender) or ever (a bot). Nothing is written
 * then, not even the last visit.
 */
export function isSpeculative(headers: Headers): boolean {
  // The last two are what older browsers say:
  // https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Sec-Purpose
  const purposes = ['sec-purpose', 'purpose', 'x-purpose', 'x-moz'].map((name) => headers.get(name))
  return (
    /prefetch|prerender|preview/i.test(purposes.join()) ||
    headers.get('next-router-prefetch') !== null ||
    isBot(headers.get('user-agent') ?? '')
  )
}

/**
 * True if no other site can have forged this request: it came from a page of this origin, or it is a
 * top-level GET navigation. A form POST always carries `Origin`, so the method need not be known, and not
 * every caller knows it: https://fetch.spec.whatwg.org/#append-a-request-origin-header
 */
export function isUnforgeable(headers: Headers): boolean {
  if (headers.get('sec-fetch-site') === 'same-origin') return true
  return (
    headers.get('sec-fetch-mode') === 'navigate' &&
    headers.get('sec-fetch-dest') === 'document' &&
    headers.get('origin') === null
  )
}

/**
 * True if a browser asks for the script of a service worker:
 * https://w3c.github.io/ServiceWorker/#service-worker-script-request
 */
export function isServiceWorker(headers: Headers): boolean {
  return headers.get('service-worker') === 'script' || headers.get('sec-fetch-dest') === 'serviceworker'
}

/**
 * True if a page that `isKnown` does not know may have sent this request, which is no GET: browsers name the
 * page's origin then. A form of an own page with `Referrer-Policy: no-referrer` says `null`, and only
 * `Sec-Fetch-Site` tells it from a stranger's. Without either header, no browser sent it.
 */
export function isFromStranger(headers: Headers, isKnown: (origin: string) => boolean): boolean {
  const [origin, site] = [headers.get('origin'), headers.get('sec-fetch-site')]
  if (site === 'same-origin') return origin !== null && origin !== 'null' && !isKnown(origin)
  if (origin !== null) return !isKnown(origin)
  return site !== null && site !== 'none'
}

/** The client's address, as far as a proxy says it. */
function addressOf(headers: Headers): string | undefined {
  return (headers.get('x-forwarded-for')?.split(',')[0] ?? headers.get('x-real-ip'))?.trim()
}

/** The network that the client's address is in: /24 of IPv4, /48 of IPv6. */
export function networkOf(headers: Headers): string {
  const address = addressOf(headers) ?? ''
  const v4 = /^(?:::ffff:)?(\d+\.\d+\.\d+)\.\d+(?::\d+)?$/i.exec(address)?.[1]
  if (v4 !== undefined) return v4
  const [before = ''] = address.replace('[', '').split('::')
  const groups = [...before.split(':'), '', ''].slice(0, 3)
  return groups.map((group) => (parseInt(group, 16) || 0).toString(16)).join(':')
}

/**
 * True if the browser keeps `Lax` cookies back, so that one that is missing may be there all the same:
 * another site began this request, or has the page in a frame. A top-level GET navigation brings them.
 */
export function keepsCookiesBack(headers: Headers): boolean {
  if (headers.get('sec-fetch-storage-access') !== null) return true
  return headers.get('sec-fetch-site') === 'cross-site' && !isUnforgeable(headers)
}

/** Who is asking, cut to a sane length; recorded with the session. */
export function visitOf(headers: Headers, domain: Origin, records: Config['recordsVisitor']): Visit {
  const ip = addressOf(headers)
  return {
    domain,
    ip: (records.ip && ip?.slice(0, 45)) || null,
    userAgent: (records.userAgent && headers.get('user-agent')?.slice(0, 512)) || null,
  }
}
