import type { ConsentRequest, Config } from '../config.js'
import type { Domains, Origin } from '../domains/origin.js'
import type { Visit } from '../store/store.js'

/** What the core reads of a request; a `NextRequest` fits. */
export interface Incoming extends ConsentRequest {
  readonly method: string
  readonly nextUrl: { readonly pathname: string; readonly searchParams: { get(name: string): string | null } }
}

type Headers = ConsentRequest['headers']

/** The listed origin that this request was sent to, or null. Never from the URL: Next fills that with the bind host. */
export function originOf(headers: Headers, config: Config, domains: Domains): Origin | null {
  const forwarded = config.trustForwardedHost
    ? headers.get('x-forwarded-host')?.split(',')[0]?.trim()
    : undefined
  return domains.byHost(forwarded ?? headers.get('host'))
}

/**
 * The same for a page. After `redirect()` in a Server Action, Next.js asks itself for the next page, at the address that it listens on;
 * only then does a host that is not listed meet one of ours in `X-Forwarded-Host`. No browser has a cookie of ours for an unlisted host,
 * so nothing is to be gained by sending that header.
 */
export function originOfPage(headers: Headers, config: Config, domains: Domains): Origin | null {
  return (
    originOf(headers, config, domains) ??
    domains.byHost(headers.get('x-forwarded-host')?.split(',')[0]?.trim() ?? null)
  )
}

/** True for a GET that puts a page before a person: no prefetch, no prerender, no bot, no RSC, no iframe, no program with a token. */
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

/** True for the request of a program, which a bearer token speaks for: a browser's cookies never add to it, and it is given none. */
export function bringsToken(headers: Headers): boolean {
  return /^bearer\b/i.test(headers.get('authorization') ?? '')
}

/** Automated readers say so in their user agent, or are known by name; they get no cookie, no redirect and no row. (CUBOT makes phones.) */
function isBot(userAgent: string): boolean {
  return /(?<!cu)bot\b|crawl|spider|slurp|externalhit|inspectiontool|googleother|mediapartners|bingpreview|lighthouse/i.test(
    userAgent,
  )
}

/** True for what no person looks at yet, a prefetch or a prerender, or ever, a bot: nothing is written for it, not even a last visit. */
export function isSpeculative(headers: Headers): boolean {
  const purpose = `${headers.get('sec-purpose')} ${headers.get('purpose')}`
  return (
    /prefetch|prerender/i.test(purpose) ||
    headers.get('next-router-prefetch') !== null ||
    isBot(headers.get('user-agent') ?? '')
  )
}

/**
 * True when no other site can have forged this request: it came from an own page, or it is a top-level GET navigation
 * (a form POST always carries `Origin`, https://fetch.spec.whatwg.org/#append-a-request-origin-header). The method is not known everywhere.
 */
export function isUnforgeable(headers: Headers): boolean {
  if (headers.get('sec-fetch-site') === 'same-origin') return true
  return (
    headers.get('sec-fetch-mode') === 'navigate' &&
    headers.get('sec-fetch-dest') === 'document' &&
    headers.get('origin') === null
  )
}

/** Who is asking, cut to a sane length; recorded with the session. */
export function visitOf(headers: Headers, domain: Origin, records: Config['records']): Visit {
  const ip = headers.get('x-forwarded-for')?.split(',')[0]?.trim() ?? headers.get('x-real-ip')
  return {
    domain,
    ip: (records.ip && ip?.slice(0, 45)) || null,
    userAgent: (records.userAgent && headers.get('user-agent')?.slice(0, 512)) || null,
  }
}
