import type { Config } from '../core/config.js'
import { exchangeForPage } from '../core/exchange/insist.js'
import { orReport } from '../core/store/storeCall.js'
import type { Session } from '../core/session/session.js'
import { addCookies, cookiesOf } from './givenRequest.js'
import { beforeHead, isAnswered, sentRequest } from './nodeResponse.js'
import { isSealed, type RequestParts } from './once.js'

/**
 * Goes through the exchange before a page is shown whose session is not settled. Anything but a page that
 * renders, and whose answer has not begun, goes on as it is.
 * @param hasEnded The cookie of the request opens no session any more.
 * @throws What makes Next.js redirect.
 */
export async function settle(
  config: Config,
  { jar, requestHeaders }: RequestParts,
  session: Session,
  hasEnded: boolean,
): Promise<void> {
  const running = sentRequest()
  // If the store does not answer, nobody knows whether the session has ended.
  if (running === null || !isSealed(jar) || !session.isNew || !session.isAvailable) return
  const { sent, response } = running
  // A platform has written the address for the router of Next.js. It is not the one that the browser shows.
  if (/\[|[?&]nxt[PI]/.test(sent.url)) return
  const request = { method: sent.method, headers: requestHeaders, cookies: cookiesOf(sent.cookie) }
  const detour = await orReport(config, () => exchangeForPage(config, request, sent.url, hasEnded))
  if (detour === null || isAnswered(requestHeaders)) return
  beforeHead(response, () => addCookies(response, [detour.cookie]))
  // Not at the start: a middleware that exports the kit's needs none of it.
  const { redirect } = await import('next/navigation.js')
  redirect(detour.location)
}
