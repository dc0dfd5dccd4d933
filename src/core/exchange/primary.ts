import { chooseCandidate, type Candidate, type PrimaryCookies, type Which } from './candidate.js'
import type { Place } from '../domains/place.js'
import type { SessionHash, SessionState } from '../store/record.js'
import { findLost, type PrimaryIds } from './renewal.js'

/** What `check` finds on the primary. */
export interface OnPrimary {
  /** Null when there is no session to share. */
  readonly candidate: Candidate | null
  /**
   * Its id has to change before it is shared: the domain's session is signed in and this one is not, and somebody may have copied its id; or
   * an earlier renewal's answer was lost, and somebody else may hold that id.
   */
  readonly mustRenew: boolean
  /** A cookie of the primary is to be sealed anew. */
  readonly isOutdated: boolean
}

/**
 * @param theirs State of the id that the domain has.
 * @returns `CDS302` while a sign-in, sign-out or exchange of this very moment is about to set the primary's cookies: another one must not overtake it.
 */
export function findOnPrimary(
  cookies: PrimaryCookies,
  ids: PrimaryIds,
  stateOf: (hash: SessionHash) => SessionState,
  theirs: SessionState,
  place: Place,
): OnPrimary | 'CDS302' {
  const isOutdated = cookies.session?.isOutdated === true || cookies.link?.isOutdated === true
  const own = (which: Which): SessionState =>
    ids[which][0] === undefined ? { state: 'blank' } : stateOf(ids[which][0].hash)
  const candidate = chooseCandidate(cookies, own)
  if (candidate === null) {
    const isUnderWay = [own('session'), own('link')].some(
      (state) => state.state === 'ended' && state.rotatedOn === place.domain,
    )
    if (isUnderWay) return 'CDS302'
    const lost = findLost(cookies, ids, stateOf)
    return { candidate: lost, mustRenew: lost !== null, isOutdated }
  }
  const mustRenew = candidate.userId === null && theirs.state === 'live' && theirs.record.userId !== null
  return { candidate, mustRenew, isOutdated }
}
