import type { Place } from '../domains/place.js'
import { cookieNames, cookieOf, type CookieToSet, type RequestCookies } from './cookies.js'

/** How long a page may take to ask, in seconds. */
const untoldSeconds = 3600

/**
 * Notes the state that a navigation has agreed on, for the island of a page whose fragment could not say so.
 */
export function agreedCookie(place: Place, state: string): CookieToSet {
  return cookieOf(place, 'agreed', state, untoldSeconds)
}

/** For how long a page does not insist again if nothing came of it, in seconds. */
const insistedSeconds = 600

/**
 * Notes that a page goes through the exchange before it is shown. What comes of it takes this cookie's place.
 */
export function insistedCookie(place: Place): CookieToSet {
  return cookieOf(place, 'agreed', 'insisted', insistedSeconds)
}

/** The state that the sync cookie names. */
export function syncedState(cookies: RequestCookies, place: Place): string | undefined {
  const sync = cookies.get(cookieNames(place).sync)?.value
  return sync?.endsWith(place.path) ? sync.slice(0, -place.path.length) : undefined
}

/** Time enough for a browser to walk the exchange. */
const leavingSeconds = 10

/**
 * Says that the browser is about to walk the exchange as a navigation. The page that it leaves sees the new
 * cookie too, and must not begin a second exchange.
 */
export function leavingCookie(place: Place): CookieToSet {
  return cookieOf(place, 'leaving', '1', leavingSeconds)
}
