import type { Config } from '../config.js'
import type { Domains, Origin } from './origin.js'

/** The domain that cookies are set and read for. */
export interface Place {
  /** The listed origin. The cookie belongs to it, and data of one domain is kept under its name. */
  readonly domain: Origin
  readonly isPrimary: boolean
  /**
   * If subdomains share the session, the name that they share it under, for example `shop.example`. Otherwise
   * null.
   */
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
