import { type Exchange } from './answer.js'
import { attempt } from './askStore.js'
import type { LinkCookie, Read, SessionCookie } from './cookies.js'
import type { AnswerCode } from './status.js'
import { hashSessionId, renewedIdOf } from './ids.js'
import { visitOf } from './incoming.js'
import type { Place } from './place.js'
import type { SessionState } from './record.js'
import type { Store, Visit } from './store.js'

/** The session that counts on the primary, where two cookies can name one. */
export interface Candidate {
  readonly sid: string
  /** When its cookie was sealed, in seconds since 1970. */
  readonly iat: number
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
  const candidate = (cookie: LinkCookie | null, index: 0 | 1): Candidate | null => {
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
  /**
   * Its id has to change before it is shared: the domain's session is signed in and this one is not, and somebody may have copied its id; or
   * an earlier renewal's answer was lost, and somebody else may hold that id.
   */
  readonly mustRenew: boolean
  /** A cookie of the primary was sealed by a secret that is about to go. */
  readonly isOutdated: boolean
}

/**
 * @param stateOf As for `chooseCandidate`, and of the id that the domain has (2).
 * @returns `CDS302` while a sign-in, sign-out or exchange of this very moment is about to set the primary's cookies: another one must not overtake it.
 */
export async function findOnPrimary(
  store: Pick<Store, 'read'>,
  cookies: PrimaryCookies,
  stateOf: (index: 0 | 1 | 2) => SessionState,
  place: Place,
): Promise<OnPrimary | 'CDS302'> {
  const isOutdated = cookies.session?.isOutdated === true || cookies.link?.isOutdated === true
  const candidate = chooseCandidate(cookies, stateOf)
  if (candidate === null) {
    const states = [stateOf(0), stateOf(1)]
    if (states.some((state) => state.state === 'ended' && state.rotatedOn === place.domain)) return 'CDS302'
    const renewed = await findRenewed(store, cookies, stateOf)
    if (renewed !== null) return { candidate: renewed, mustRenew: true, isOutdated }
  }
  const theirs = stateOf(2)
  const mustRenew = candidate !== null && candidate.userId === null && theirs.state === 'live' && theirs.record.userId !== null
  return { candidate, mustRenew, isOutdated }
}

/** How many lost renewals in a row are followed. */
const maxRenewals = 3

/**
 * A guest's session whose id was renewed, by an answer that never reached the browser. One that has a user by now is not for whoever has the
 * old id.
 * @throws Whatever the store throws.
 */
export async function findRenewed(
  store: Pick<Store, 'read'>,
  { session, link }: PrimaryCookies,
  stateOf: (index: 0 | 1) => SessionState,
  visit: Visit | null = null,
): Promise<(Candidate & { readonly found: SessionState }) | null> {
  const cookies = [session, link?.sid === session?.sid ? null : link]
  for (const [index, cookie] of cookies.entries()) {
    if (cookie === null) continue
    let state = stateOf(index === 0 ? 0 : 1)
    let { sid } = cookie
    for (let steps = 0; steps < maxRenewals && state.state === 'ended' && state.rotated === true; steps++) {
      sid = await renewedIdOf(sid)
      state = (await store.read([await hashSessionId(sid)], visit))[0] ?? { state: 'blank' }
    }
    if (state.state !== 'live' || state.record.userId !== null) continue
    const remembered = cookie.transient !== true
    return { sid, iat: cookie.iat, state: 'live', userId: null, isInLinkCookie: false, isInBothCookies: false, remembered, found: state }
  }
  return null
}

/**
 * Gives the primary's guest an id that nobody has seen, so that the user of another domain can move there.
 * One that was never saved is renewed as well: a first write on its way is refused then, and not left behind.
 */
export async function renew({ config, store, request }: Exchange, place: Place, { sid }: Candidate, remembered: boolean): Promise<{ readonly sid: string } | AnswerCode> {
  const fresh = await renewedIdOf(sid)
  const [from, to] = [await hashSessionId(sid), await hashSessionId(fresh)]
  const visit = visitOf(request.headers, place.domain, config.records)
  const rotated = await attempt(config, () => store.rotate({ from, to, userId: null, keepData: true, remembered, visit, lifetime: config.lifetime }))
  if (rotated === null) return 'CDS301'
  return rotated.status === 'rotated' ? { sid: fresh } : 'CDS302'
}
