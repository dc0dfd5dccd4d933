import { preinit } from 'react-dom'
import {
  deleteBroughtCookies,
  issueEndedSignal,
  type CookieToSet,
  type RequestCookies,
} from '../core/request/cookies.js'
import { endedScriptUrl, withdrawnNameOf } from '../core/exchange/signal.js'
import type { Place } from '../core/domains/place.js'

/** What a request can do with cookies. */
export interface PageCookies {
  readonly sent: RequestCookies
  readonly canSetCookies: () => Promise<boolean>
  readonly setCookies: (cookies: readonly CookieToSet[]) => Promise<void>
  /** That of the page's policy. */
  readonly nonce: () => string | undefined
}

/**
 * Tells the browser that its cookie no longer opens a session, so that the island asks for the present one at
 * once and does not wait a week.
 * @param name See `endedNameOf`.
 */
export async function signalEnded(place: Place, name: string, page: PageCookies): Promise<void> {
  const signal = issueEndedSignal(place, name)
  if (page.sent.get(signal.name)?.value !== signal.value) await setOrAsk(place, name, [signal], page)
}

/** Removes the cookies that the request brought, because consent was taken back. */
export async function removeCookies(place: Place, name: string, page: PageCookies): Promise<void> {
  const cookies = deleteBroughtCookies(page.sent, place)
  if (cookies.length > 0) await setOrAsk(place, withdrawnNameOf(name), cookies, page)
}

/** While a page renders, cookies cannot be set. Then it asks for a script whose answer sets them. */
async function setOrAsk(
  place: Place,
  name: string,
  cookies: readonly CookieToSet[],
  page: PageCookies,
): Promise<void> {
  if (await page.canSetCookies()) return page.setCookies(cookies)
  const nonce = page.nonce()
  preinit(endedScriptUrl(place.path, name), { as: 'script', ...(nonce === undefined ? {} : { nonce }) })
}
