import type { Config } from '../config.js'
import { placeOf } from '../domains/place.js'
import { domainsOf, originOf, type Incoming } from '../request/incoming.js'

/**
 * A `Link` header for the first page that a visitor sees on a secondary. The browser begins the exchange
 * while it still loads the page, and the fetch of `<CrossDomainSync/>` gets the answer of that one. Null on
 * the primary.
 */
export async function linkToStart(
  config: Config,
  { headers }: Pick<Incoming, 'headers'>,
): Promise<string | null> {
  const domains = await domainsOf(headers, config)
  const self = originOf(headers, config, domains)
  if (self === null || placeOf(config, domains, self).isPrimary) return null
  const withCookies = 'crossorigin=use-credentials'
  const connect = `<${domains.primary}>; rel=preconnect; ${withCookies}`
  return `${connect}, <${config.path}/start>; rel=preload; as=fetch; ${withCookies}`
}
