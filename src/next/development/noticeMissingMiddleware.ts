import type { Config } from '../../core/config.js'
import { CrossDomainError } from '../../core/errors/catalogue.js'
import { firstCookies } from '../../core/session/firstCookies.js'
import type { RequestParts } from '../once.js'

let isTold = false

/**
 * For development. A page that a person opens for the first time already has its cookie, because the
 * middleware hands it on. If it has none, no middleware ran, and `onError` gets `CDS113` once.
 */
export async function noticeMissingMiddleware(
  config: Config,
  { requestHeaders, jar }: RequestParts,
): Promise<void> {
  // A form that is sent has an `Origin`. It is not a page yet, and the middleware does nothing for it. And if
  // cookies can be set, no page renders: it may be the middleware itself that asks.
  if (isTold || requestHeaders.get('origin') !== null || !Object.is(jar.set, jar.delete)) return
  const missing = await firstCookies(config, { method: 'GET', headers: requestHeaders, cookies: jar }).catch(
    () => [],
  )
  // The page still sees a cookie that is being deleted. A cookie that this kit did not seal is replaced, and
  // not missing.
  const isMissing = missing.some(
    ({ name, maxAgeSeconds }) => maxAgeSeconds !== 0 && jar.get(name) === undefined,
  )
  if (!isMissing) return
  isTold = true
  config.reportError(new CrossDomainError('CDS113'))
}
