import type { Config } from '../core/config.js'
import { cookieNames } from '../core/request/cookies.js'
import { CrossDomainError } from '../core/errors/errors.js'
import { mintCookies } from '../core/session/firstCookies.js'
import type { Place } from '../core/domains/place.js'
import type { RequestParts } from './once.js'

let isTold = false

/**
 * For development. A page that a person opens for the first time has its cookie already, as the middleware hands it on; where it has none,
 * no middleware ran. Tells `onError` once: `CDS113`.
 */
export async function noticeMissingMiddleware(
  config: Config,
  place: Place,
  { requestHeaders, jar }: RequestParts,
): Promise<void> {
  // Who answers a form has an `Origin`; that is no page yet, and its middleware has nothing to do.
  if (isTold || jar.get(cookieNames(place).session) !== undefined || requestHeaders.get('origin') !== null)
    return
  const cookies = await mintCookies(config, { method: 'GET', headers: requestHeaders, cookies: jar })
  // What it removes is still seen by the page.
  if (!cookies.some(({ maxAgeSeconds }) => maxAgeSeconds !== 0)) return
  isTold = true
  config.reportError(new CrossDomainError('CDS113'))
}
