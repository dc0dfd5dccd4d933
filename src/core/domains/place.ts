import type { Config } from '../config.js'
import type { Domains, Origin } from './origin.js'

/** Where cookies are set and read. */
export interface Place {
  /** The listed origin: what the cookie belongs to, and what data of one domain is kept under. */
  readonly domain: Origin
  readonly isPrimary: boolean
  /** Where subdomains share the session, what they share it under, for example `shop.example`; else null. */
  readonly cookieDomain: string | null
  readonly path: string
}

/** @param self Origin that a request was sent to, as `originOf` found it. */
export function placeOf(config: Pick<Config, 'path'>, domains: Domains, self: Origin): Place {
  const { domain, cookieDomain } = domains.groupOf(self)
  return {
    domain,
    cookieDomain,
    isPrimary: domain === domains.groupOf(domains.primary).domain,
    path: config.path,
  }
}
