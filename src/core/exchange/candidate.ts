import type { LinkCookie, Read, SessionCookie } from '../request/cookies.js'
import type { SessionState } from '../store/record.js'

/** The session that counts on the primary, where two cookies can name one. */
export interface Candidate {
  readonly sid: string
  readonly state: 'blank' | 'live'
  readonly userId: string | null
  readonly isInLinkCookie: boolean
  readonly isInBothCookies: boolean
  /** Of the cookie that names it, for those that are set beside it. */
  readonly remembered: boolean
}

export interface PrimaryCookies {
  readonly session: Read<SessionCookie> | null
  readonly link: Read<LinkCookie> | null
}

export type Which = keyof PrimaryCookies

/**
 * The two cookies differ when a fetch of another domain could renew the link cookie alone. A saved session counts before a blank
 * one, the session cookie before the link cookie, and of two blank ones the newer. An ended one never counts.
 */
export function preferences({
  session,
  link,
}: PrimaryCookies): readonly (readonly [Which, Candidate['state']])[] {
  const newer = session !== null && link !== null && link.iat > session.iat ? 'link' : 'session'
  return [
    ['session', 'live'],
    ['link', 'live'],
    [newer, 'blank'],
    [newer === 'link' ? 'session' : 'link', 'blank'],
  ]
}

/** @param stateOf What the store knows of the id that a cookie names. */
export function chooseCandidate(
  cookies: PrimaryCookies,
  stateOf: (which: Which) => SessionState,
): Candidate | null {
  const { session, link } = cookies
  const isInBothCookies = session !== null && link !== null && session.sid === link.sid
  for (const [which, wanted] of preferences(cookies)) {
    const cookie = cookies[which]
    if (cookie === null) continue
    const state = stateOf(which)
    if (state.state !== wanted) continue
    const userId = state.state === 'live' ? state.record.userId : null
    return {
      sid: cookie.sid,
      state: wanted,
      userId,
      isInLinkCookie: which === 'link' || isInBothCookies,
      isInBothCookies,
      remembered: cookie.transient !== true,
    }
  }
  return null
}
