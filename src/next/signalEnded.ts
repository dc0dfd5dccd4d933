import { preinit } from 'react-dom'
import { endedNameOf, issueEndedSignal, type CookieToSet, type ReadCookie } from '../core/cookies.js'
import { endedScriptUrl } from '../core/ended.js'
import type { Place } from '../core/place.js'

/**
 * Tells the browser that the session of this domain has ended elsewhere, so that the island fetches the present one at once and
 * not after the throttle. Where cookies can be set, the sync cookie says it; a page that renders asks for a script that does.
 * @param sid Of the session that has ended; null for a cookie that does not open any more.
 */
export async function signalEnded(
  place: Place,
  sid: string | null,
  page: {
    readonly readCookie: ReadCookie
    readonly canSetCookies: () => Promise<boolean>
    readonly setCookies: (cookies: readonly CookieToSet[]) => Promise<void>
    readonly nonce: string | undefined
  },
): Promise<void> {
  const name = await endedNameOf(sid === null ? null : { sid })
  const signal = issueEndedSignal(place, name)
  if (page.readCookie(signal.name) === signal.value) return
  if (await page.canSetCookies()) await page.setCookies([signal])
  else preinit(endedScriptUrl(place.path, name), { as: 'script', ...(page.nonce === undefined ? {} : { nonce: page.nonce }) })
}
