import { placeOf } from '../domains/place.js'
import type { Config } from '../config.js'
import { readSessionCookie } from '../request/cookies.js'
import { domainsOf, isDocumentNavigation, originOf, type Incoming } from '../request/incoming.js'
import { maxSealedPath, parseReturnTo } from '../request/returnTo.js'
import { orReport } from '../store/storeCall.js'
import type { Answer } from './answer.js'
import { goToPrimary } from './goToPrimary.js'

/**
 * What the middleware does for a visitor who has no cookie of a secondary yet and comes from another listed
 * domain, as `Referer` says: the exchange goes first, so that the first page is right. Asks no store.
 *
 * It cannot loop in a browser that keeps no cookies: every answer of the exchange says
 * `Referrer-Policy: no-referrer`, so the page that it ends on has no `Referer`:
 * https://w3c.github.io/webappsec-referrer-policy/#set-requests-referrer-policy-on-redirect
 * @param page Path and query of the page, as the browser has asked for it.
 * @returns Null: the page is shown as it is.
 */
export async function exchangeBeforePage(
  config: Config,
  request: Incoming,
  page: string,
): Promise<Answer | null> {
  const referer = request.headers.get('referer')
  if (!config.exchangeBeforePage || referer === null || !isDocumentNavigation(request)) return null
  const domains = await domainsOf(request.headers, config)
  const self = originOf(request.headers, config, domains)
  const from = /^https?:\/\/[^/]+/.exec(referer)?.[0] ?? ''
  if (self === null || placeOf(config, domains, self).isPrimary) return null
  if ((await orReport(config, async () => (await domains.lookUp(from), true))) === null) return null
  if (!domains.has(from)) return null
  const place = placeOf(config, domains, self)
  if (domains.groupOf(from).domain === place.domain) return null
  const returnTo = parseReturnTo(page, self, domains, config.path)
  // An address that is written otherwise than a URL parser writes it stays as it is.
  if (returnTo !== page || page.length > maxSealedPath) return null
  const known = await readSessionCookie(config, request.cookies, place)
  if (known !== null || !(await config.mayCreateSession(request))) return null
  if (!(await config.mayExchange(request))) return null
  return goToPrimary({ config, request, domains, self }, self, { returnTo, beforePage: true })
}
