import { CrossDomainError } from '../errors/catalogue.js'

declare const brand: unique symbol

/** Scheme, host and port, as `new URL(x).origin` writes them. Origins are only ever compared as strings. */
export type Origin = string & { readonly [brand]: 'Origin' }

/**
 * @param input For example `https://shop.example`. A trailing slash is accepted.
 * @throws {CrossDomainError} `CDS105` if it is more or less than an origin, `CDS106` for http outside
 *   localhost.
 */
export function parseOrigin(input: unknown): Origin {
  const url = typeof input === 'string' ? tryUrl(input.trim()) : null
  const isOrigin =
    url !== null &&
    /^https?:$/.test(url.protocol) &&
    url.href === `${url.origin}/` &&
    /^https?:\/\//i.test(String(input).trim())
  if (!isOrigin) throw new CrossDomainError('CDS105', JSON.stringify(input) ?? typeof input)
  if (url.protocol === 'http:' && !isLocal(url.hostname)) throw new CrossDomainError('CDS106', url.origin)
  return url.origin as Origin
}

/** As `parseOrigin`, but accepts a bare server name too: https, or http on localhost. */
export function parseServerName(input: unknown): Origin {
  if (typeof input !== 'string' || input.includes('://')) return parseOrigin(input)
  const url = tryUrl(`https://${input.trim()}`)
  return parseOrigin(`${url !== null && isLocal(url.hostname) ? 'http' : 'https'}://${input.trim()}`)
}

/** The origins that share one session at this moment. */
export interface Domains {
  readonly primary: Origin
  has(origin: string): origin is Origin
  /**
   * @param host Value of a `Host` header.
   * @returns null if no listed origin has exactly this host, and none shares its session with it.
   */
  byHost(host: string | null): Origin | null
  /**
   * The listed origin whose session an origin uses: itself, or the one that shares it with its subdomains
   * under `cookieDomain`.
   */
  groupOf(origin: Origin): { readonly domain: Origin; readonly cookieDomain: string | null }
}

/**
 * @returns The name under which a host can share cookies: `shop.example` for `www.shop.example`, null for a
 *   public suffix, an address or localhost.
 */
export type RegistrableDomain = (hostname: string) => string | null

/**
 * @throws {CrossDomainError} `CDS107` if the primary is not listed, `CDS108` if two origins have one host.
 */
export function createDomains(
  primary: Origin,
  origins: readonly Origin[],
  registrableDomain: RegistrableDomain = () => null,
): Domains {
  if (!origins.includes(primary)) throw new CrossDomainError('CDS107', primary)
  const byHost = new Map<string, Origin>()
  /**
   * By scheme, port and registrable domain. If several listed origins share one, it is the primary, or else
   * the first.
   */
  const groups = new Map<string, Origin>()
  for (const origin of new Set([primary, ...origins])) {
    const url = new URL(origin)
    // A browser leaves the scheme's default port out of Host; some proxies write it.
    if (byHost.has(url.host)) throw new CrossDomainError('CDS108', url.host)
    byHost.set(url.host, origin).set(withPort(url), origin)
    const group = groupKey(url, registrableDomain)
    if (group !== null && !groups.has(group)) groups.set(group, origin)
  }
  const listed = new Set<string>(origins)
  const leaderOf = (url: URL): Origin | null => groups.get(groupKey(url, registrableDomain) ?? '') ?? null

  return {
    primary,
    has(origin): origin is Origin {
      if (listed.has(origin)) return true
      const url = tryUrl(origin)
      return url !== null && url.origin === origin && leaderOf(url) !== null
    },
    byHost(input) {
      const host = (input ?? '').toLowerCase()
      const exact = byHost.get(host)
      if (exact !== undefined || groups.size === 0) return exact ?? null
      for (const scheme of ['https', 'http']) {
        const url = tryUrl(`${scheme}://${host}`)
        if (url !== null && (url.host === host || withPort(url) === host) && leaderOf(url) !== null)
          return url.origin as Origin
      }
      return null
    },
    groupOf(origin) {
      const url = new URL(origin)
      const leader = leaderOf(url)
      return leader === null
        ? { domain: origin, cookieDomain: null }
        : { domain: leader, cookieDomain: registrableDomain(url.hostname) }
    },
  }
}

function withPort(url: URL): string {
  return url.port === '' ? `${url.host}:${url.protocol === 'https:' ? 443 : 80}` : url.host
}

function groupKey(url: URL, registrableDomain: RegistrableDomain): string | null {
  const domain = registrableDomain(url.hostname)
  return domain === null ? null : `${url.protocol}//${domain}:${url.port}`
}

function isLocal(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '127.0.0.1' ||
    hostname === '[::1]'
  )
}

function tryUrl(text: string): URL | null {
  try {
    return new URL(text)
  } catch {
    return null
  }
}
