import { preinit } from 'react-dom'
import {
  deleteBroughtCookies,
  endedNameOf,
  issueEndedSignal,
  type CookieToSet,
  type ReadCookie,
} from '../core/request/cookies.js'
import { endedScriptUrl, withdrawnNameOf } from '../core/exchange/signal.js'
import type { Place } from '../core/domains/place.js'

/** What a request lets be done with cookies. */
export interface PageCookies {
  readonly readCookie: ReadCookie
  readonly canSetCookies: () => Promise<boolean>
  readonly setCookies: (cookies: readonly CookieToSet[]) => Promise<void>
  readonly nonce: string | undefined
}

/**
 * Tells the browser that the session of this domain has ended elsewhere, so that the island fetches the present one at once and
 * not after the throttle.
 * @param sid Of the session that has ended; null for a cookie that does not open any more.
 */
export async function signalEnded(place: Place, sid: string | null, page: PageCookies): Promise<void> {
  const name = await endedNameOf(sid === null ? null : { sid })
  const signal = issueEndedSignal(place, name)
  if (page.readCookie(signal.name) !== signal.value) await setOrAsk(place, name, [signal], page)
}

/** Consent was taken back: removes what the request brings. @param sid As for `signalEnded`. */
export async function removeCookies(place: Place, sid: string | null, page: PageCookies): Promise<void> {
  const cookies = deleteBroughtCookies(page.readCookie, place)
  if (cookies.length > 0)
    await setOrAsk(place, await withdrawnNameOf(sid === null ? null : { sid }), cookies, page)
}

/** Where cookies cannot be set, because a page renders, it asks for a script whose answer sets them. */
async function setOrAsk(
  place: Place,
  name: string,
  cookies: readonly CookieToSet[],
  { canSetCookies, setCookies, nonce }: PageCookies,
): Promise<void> {
  if (await canSetCookies()) await setCookies(cookies)
  else preinit(endedScriptUrl(place.path, name), { as: 'script', ...(nonce === undefined ? {} : { nonce }) })
}
