import { CrossDomainError } from '../errors/catalogue.js'
import type { NowOrLater } from '../values/later.js'
import { ifYes, type AskHost } from './askHost.js'

declare const brand: unique symbol

/** Scheme, host and port, as `new URL(x).origin` writes them. Origins are only ever compared as strings. */
export type Origin = string & { readonly [brand]: 'Origin' }

/** What the URL parser leaves as it is. Most origins are like this, and a list may have 100,000. */
const plainOrigin = /^https:\/\/(?!.*(?:\.\.|xn--))[a-z\d-][a-z\d.-]*\.[a-z]+$/

/**
 * @param input For example `https://shop.example`. A trailing slash is accepted.
 * @throws {CrossDomainError} `CDS105` if it is more or less than an origin, `CDS106` for http outside
 *   localhost.
 */
export function parseOrigin(input: unknown): Origin {
  if (typeof input === 'string' && plainOrigin.test(input)) return input as Origin
  const url = typeof input === 'string' ? tryUrl(input.trim()) : null
  const isOrigin =
    url !== null &&
    /^https?:$/.test(url.protocol) &&
    url.href === `${url.origin}/` &&
    // A URL may have them, and no browser ever asks for such a host.
    !/\*|^\.|\.\./.test(url.hostname) &&
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
  /**
   * Asks `isDomain` about the origin that an address begins with. Until then, only what is listed is a
   * domain.
   * @throws {CrossDomainError} `CDS117`.
   */
  lookUp(address: string | null | undefined): NowOrLater<void>
  /**
   * If this is the list of a host that works alone (see `aloneOn`): the domains that share a session. Its
   * pages may lead there, and nothing goes along.
   */
  readonly others: Domains | null
}

/**
 * @returns The name under which a host can share cookies: `shop.example` for `www.shop.example`, null for a
 *   public suffix, an address or localhost.
 */
export type RegistrableDomain = (hostname: string) => string | null

/** Domains while they are listed. */
export interface DomainsInProgress {
  add(origin: Origin): void
  /**
   * @returns Makes the list that one request uses: it grows by what that request looks up.
   * @throws {CrossDomainError} `CDS107` if the primary was not added.
   */
  done(ask?: AskHost): () => Domains
}

/**
 * @throws {CrossDomainError} `CDS107` if the primary is not listed, `CDS108` if two origins have one name.
 */
export function createDomains(
  primary: Origin,
  origins: readonly Origin[],
  registrableDomain?: RegistrableDomain,
): Domains {
  const domains = listDomains(primary, registrableDomain, (error) => {
    throw error
  })
  origins.forEach(domains.add)
  return domains.done()()
}

/** @param leaveOut Called with `CDS108` for an origin that cannot be listed beside the others. */
export function listDomains(
  primary: Origin,
  registrableDomain: RegistrableDomain | undefined,
  leaveOut: (error: CrossDomainError) => void,
): DomainsInProgress {
  const listed = new Set<string>()
  /**
   * By the name that cookies are kept under, which no port and no scheme is part of. If several listed
   * origins share one, it is the primary, or else the first. `https://name` itself is not noted here.
   */
  const leaders = new Map<string, Origin>()
  let hasPrimary = false
  const isListed = (origin: string): origin is Origin => listed.has(origin)
  const nameOf = (hostname: string): string => registrableDomain?.(hostname) ?? hostname
  const leaderNamed = (name: string): Origin | undefined => {
    const itself = `https://${name}`
    return leaders.get(name) ?? (isListed(itself) ? itself : undefined)
  }
  const add = (origin: Origin): void => {
    hasPrimary ||= origin === primary
    const { hostname, service } = partsOf(origin)
    const name = nameOf(hostname)
    const leader = leaderNamed(name)
    if (leader !== undefined && partsOf(leader).service !== service)
      return leaveOut(new CrossDomainError('CDS108', `${leader} and ${origin}`))
    if (leader === undefined && origin !== `https://${name}`) leaders.set(name, origin)
    listed.add(origin)
  }
  add(primary)
  hasPrimary = false

  const open = (ask?: AskHost): Domains => {
    /** By name, as `leaders`. */
    const found = new Map<string, Origin>()
    const leaderOf = (origin: string): { readonly domain: Origin; readonly cookieDomain: string } | null => {
      const { hostname, service } = partsOf(origin)
      const cookieDomain = registrableDomain?.(hostname) ?? null
      if (cookieDomain === null) return null
      const domain = leaderNamed(cookieDomain) ?? found.get(cookieDomain)
      if (domain === undefined) return null
      return partsOf(domain).service === service ? { domain, cookieDomain } : null
    }
    const isFound = (origin: string): origin is Origin =>
      found.size > 0 && found.get(nameOf(partsOf(origin).hostname)) === origin
    const has = (origin: string): origin is Origin =>
      isListed(origin) || isFound(origin) || (tryUrl(origin)?.origin === origin && leaderOf(origin) !== null)
    const lookUp: Domains['lookUp'] = (address) => {
      const written = /^https?:\/\/[^/?#]*/.exec(address ?? '')?.[0]
      if (ask === undefined || written === undefined || has(written)) return
      // No browser sends such a name, and anybody can write one into an address.
      if (written.length > longestOrigin || tryUrl(written)?.origin !== written) return
      const { hostname, service } = partsOf(written)
      const name = nameOf(hostname)
      const [, port = ''] = service.split('//')
      const origin = tryOrigin(name + port)
      // Two origins of one name would share a cookie: see CDS108.
      if (origin === null || partsOf(origin).service !== service || leaderNamed(name) !== undefined) return
      if (!found.has(name)) return ifYes(ask(name + port), () => found.set(name, origin))
    }
    return {
      primary,
      has,
      byHost(input) {
        const host = (input ?? '').toLowerCase()
        for (const [scheme, port] of defaultPorts) {
          // A browser leaves the scheme's default port out of Host; some proxies write it.
          const origin = `${scheme}://${host.endsWith(port) ? host.slice(0, -port.length) : host}`
          if (has(origin)) return origin
        }
        return null
      },
      groupOf: (origin) => leaderOf(origin) ?? { domain: origin, cookieDomain: null },
      lookUp,
      others: null,
    }
  }
  return {
    add,
    done(ask) {
      if (!hasPrimary) throw new CrossDomainError('CDS107', primary)
      const fixed = open()
      return ask === undefined ? () => fixed : () => open(ask)
    },
  }
}

/** The list of a host that works alone: it is its own primary, and shares its session with nobody. */
export function aloneOn(origin: Origin, others: Domains): Domains {
  return { ...createDomains(origin, [origin]), lookUp: others.lookUp, others }
}

/**
 * The origin that a host has, in a browser and on the list: https, or http on localhost. Null if it has none.
 */
export function tryOrigin(host: string): Origin | null {
  try {
    return parseServerName(host)
  } catch {
    return null
  }
}

/** 253 characters of a name (RFC 1035), scheme and port. */
const longestOrigin = 270

const defaultPorts = [
  ['https', ':443'],
  ['http', ':80'],
] as const

/** @returns Its host without the port, and the rest: scheme and port. */
function partsOf(origin: string): { readonly hostname: string; readonly service: string } {
  const [, scheme = '', hostname = '', port = ''] = /^(https?:\/\/)(.*?)(:\d+)?$/.exec(origin) ?? []
  return { hostname, service: scheme + port }
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
