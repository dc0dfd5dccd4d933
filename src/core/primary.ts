import { attempt, type Exchange } from './answer.js'
import type { LinkCookie, Read, SessionCookie } from './cookies.js'
import type { ErrorCode } from './errors.js'
import { createSessionId, hashSessionId } from './ids.js'
import { visitOf } from './incoming.js'
import type { Place } from './place.js'
import type { SessionState } from './record.js'

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

interface PrimaryCookies {
  readonly session: Read<SessionCookie> | null
  readonly link: Read<LinkCookie> | null
}

/**
 * The two cookies differ when a fetch of another domain could renew the link cookie alone. A saved session counts before a blank
 * one, the session cookie before the link cookie, and of two blank ones the newer. An ended one never counts.
 * @param stateOf State of the session cookie's id (0) and of the link cookie's (1).
 */
export function chooseCandidate(cookies: PrimaryCookies, stateOf: (index: 0 | 1) => SessionState): Candidate | null {
  const { session, link } = cookies
  const isInBothCookies = session !== null && link !== null && session.sid === link.sid
  const candidate = (cookie: LinkCookie | null, index: 0 | 1): (Candidate & { iat: number }) | null => {
    if (cookie === null) return null
    const state = stateOf(index)
    if (state.state === 'ended') return null
    const { sid, iat, transient } = cookie
    const userId = state.state === 'live' ? state.record.userId : null
    return { sid, iat, state: state.state, userId, isInLinkCookie: index === 1 || isInBothCookies, isInBothCookies, remembered: transient !== true }
  }
  const first = candidate(session, 0)
  const second = candidate(link, 1)
  if (first === null || second === null) return first ?? second
  if (first.state === 'live' || (second.state === 'blank' && first.iat >= second.iat)) return first
  return second
}

/** What `check` finds on the primary. */
export interface OnPrimary {
  /** Null when there is no session to share. */
  readonly candidate: Candidate | null
  /** The domain's session is signed in and the primary's is not. Its id may have been copied before, so it must not become the user's. */
  readonly gainsUser: boolean
  /** A cookie of the primary was sealed by a secret that is about to go. */
  readonly isOutdated: boolean
}

/**
 * @param stateOf As for `chooseCandidate`, and of the id that the domain has (2).
 * @returns `CDS302` while a sign-in or sign-out of this very moment is about to set the primary's cookies: another one must not overtake it.
 */
export function findOnPrimary(cookies: PrimaryCookies, stateOf: (index: 0 | 1 | 2) => SessionState, place: Place): OnPrimary | 'CDS302' {
  const candidate = chooseCandidate(cookies, stateOf)
  const isChanging = ([0, 1] as const).some((index) => {
    const state = stateOf(index)
    return state.state === 'ended' && state.rotatedOn === place.domain
  })
  if (candidate === null && isChanging) return 'CDS302'
  const theirs = stateOf(2)
  const gainsUser = candidate !== null && candidate.userId === null && theirs.state === 'live' && theirs.record.userId !== null
  return { candidate, gainsUser, isOutdated: cookies.session?.isOutdated === true || cookies.link?.isOutdated === true }
}

/** Gives the primary's guest an id that nobody has seen, so that the user of another domain can move there. */
export async function renew({ config, store, request }: Exchange, place: Place, { sid }: Candidate, remembered: boolean): Promise<{ readonly sid: string } | ErrorCode> {
  const fresh = createSessionId()
  const [from, to] = [await hashSessionId(sid), await hashSessionId(fresh)]
  const visit = visitOf(request.headers, place.domain, config.records)
  const rotated = await attempt(config, () => store.rotate({ from, to, userId: null, keepData: true, remembered, visit, lifetime: config.lifetime }))
  if (rotated === null) return 'CDS301'
  return rotated.status === 'rotated' ? { sid: fresh } : 'CDS302'
}
