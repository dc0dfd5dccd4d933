import type { Place } from '../domains/place.js'
import { cookieNames, cookieOf, type CookieToSet, type ReadCookie } from './cookies.js'

/** How long the agreed cookie counts, in seconds: as long as the island believes it, or until it is worth a try. */
const agreedSeconds = { agreed: 604_800, untold: 604_800, failed: 60 }

/**
 * Notes the state that a navigation has agreed on, or that one came to nothing.
 * @param how `untold`: no page has been told yet.
 */
export function agreedCookie(place: Place, state: string, how: keyof typeof agreedSeconds): CookieToSet {
  return cookieOf(place, 'agreed', `${state}.${how}`, agreedSeconds[how])
}

/** What `agreedCookie` has noted of a state; null if that was another one. */
export function notedOf(read: ReadCookie, place: Place, state: string): string | null {
  const [noted, how = ''] = read(cookieNames(place).agreed)?.split('.') ?? []
  return noted === state ? how : null
}

/** The state that the sync cookie names. */
export function syncedState(read: ReadCookie, place: Place): string | undefined {
  const sync = read(cookieNames(place).sync)
  return sync?.endsWith(place.path) ? sync.slice(0, -place.path.length) : undefined
}
