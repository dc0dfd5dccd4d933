import type { Config } from '../config.js'
import { placeOf } from '../domains/place.js'
import { insistedCookie } from '../request/agreed.js'
import { cookieNames, readSessionCookie, type CookieToSet } from '../request/cookies.js'
import { domainsOf, isDocumentNavigation, originOf, type Incoming } from '../request/incoming.js'
import { maxSealedPath, parseReturnTo } from '../request/returnTo.js'

/** Says at `start` that the page has not been shown yet. */
export const unseenParameter = 'unseen'

/** Where a page sends the browser before it is shown. */
export interface Detour {
  readonly location: string
  readonly cookie: CookieToSet
}

/**
 * What a page of a secondary does that wants a settled session, if its own has ended or the browser has
 * brought none: the exchange goes first. Asks no store.
 *
 * It cannot loop: the answer sets a cookie, and with that cookie no page goes again. If the browser keeps
 * none, `start` sees that at once, and answers with a page of its own that leads back here. The request that
 * follows says that it comes from this domain, and its `Referer` is that page or nothing.
 * @param request With the cookies that the browser has sent, and not those that were made meanwhile.
 * @param page Path and query of the page, as the browser has asked for it.
 * @param hasEnded The cookie that was sent opens no session any more.
 * @returns Null: the page is shown as it is.
 */
export async function exchangeForPage(
  config: Config,
  request: Pick<Incoming, 'method' | 'headers' | 'cookies'>,
  page: string,
  hasEnded: boolean,
): Promise<Detour | null> {
  const { headers } = request
  if (!isDocumentNavigation(request)) return null
  const domains = await domainsOf(headers, config)
  const self = originOf(headers, config, domains)
  const place = self === null ? null : placeOf(config, domains, self)
  if (self === null || place === null || place.isPrimary) return null
  const isSettled = !hasEnded && (await readSessionCookie(config, request.cookies, place)) !== null
  if (isSettled || request.cookies.get(cookieNames(place).agreed) !== undefined) return null
  const referer = headers.get('referer')
  const isTrimmed = referer === null || referer === `${self}/` || referer === `${self}${page}`
  const isByItself = headers.get('sec-fetch-site') === 'same-origin' && headers.get('sec-fetch-user') === null
  const isSentBack = referer?.startsWith(`${self}${config.path}/`) || (isTrimmed && isByItself)
  if (isSentBack) return null
  // An address that is written otherwise than a URL parser writes it stays as it is.
  if (parseReturnTo(page, self, domains, config.path) !== page || page.length > maxSealedPath) return null
  if (!(await config.mayCreateSession(request))) return null
  const query = `return_to=${encodeURIComponent(page)}&${unseenParameter}`
  return { location: `${self}${config.path}/start?${query}`, cookie: insistedCookie(place) }
}
