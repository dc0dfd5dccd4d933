import type { LinkCookie, SessionCookie } from './cookies.js'
import type { SessionState } from './record.js'

/** The session that counts on the primary, where two cookies can name one. */
export interface Candidate {
  readonly sid: string
  readonly state: 'blank' | 'live'
  readonly isInLinkCookie: boolean
  readonly isInBothCookies: boolean
  /** Of the cookie that names it, for those that are set beside it. */
  readonly remembered: boolean
}

/**
 * The two cookies differ when a fetch of another domain could renew the link cookie alone. A saved session counts before a blank
 * one, the session cookie before the link cookie, and of two blank ones the newer. An ended one never counts.
 * @param stateOf State of the session cookie's id (0) and of the link cookie's (1).
 */
export function chooseCandidate(
  cookies: { readonly session: SessionCookie | null; readonly link: LinkCookie | null },
  stateOf: (index: 0 | 1) => SessionState,
): Candidate | null {
  const { session, link } = cookies
  const isInBothCookies = session !== null && link !== null && session.sid === link.sid
  const candidate = (cookie: LinkCookie | null, index: 0 | 1): (Candidate & { iat: number }) | null => {
    if (cookie === null) return null
    const { state } = stateOf(index)
    return state === 'ended' ? null : { sid: cookie.sid, iat: cookie.iat, state, isInLinkCookie: index === 1 || isInBothCookies, isInBothCookies, remembered: cookie.transient !== true }
  }
  const first = candidate(session, 0)
  const second = candidate(link, 1)
  if (first === null || second === null) return first ?? second
  if (first.state === 'live' || second.state === 'blank' && first.iat >= second.iat) return first
  return second
}
