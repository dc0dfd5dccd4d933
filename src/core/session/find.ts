import { chooseCandidate } from '../exchange/candidate.js'
import type { Config } from '../config.js'
import { readLinkCookie, readSessionCookie, type ReadCookie } from '../request/cookies.js'
import { hashSessionId, parseApiToken } from '../values/ids.js'
import type { Place } from '../domains/place.js'
import type { SessionHash, SessionState } from '../store/record.js'
import { findLost, hashesOf, primaryIds } from '../exchange/renewal.js'
import type { Store, Visit } from '../store/store.js'

/** The session that a request's cookies name, and what the store knows of it. */
export interface Found {
  readonly sid: string
  /** Of `sid`, or of the session that it has just become; see `successor`. */
  readonly hash: SessionHash
  readonly state: SessionState
  /** False when a cookie of this domain is missing or names another session; the next write sets it. */
  readonly hasAllCookies: boolean
  /** True where one of them is to be sealed anew: the next write does it, and does without where no cookie can be set any more. */
  readonly isOutdated?: true
  /** True for the guest's session behind a lost renewal: an exchange that is still under way may bring it a user, who is not whoever has the old cookie. */
  readonly isLost?: true
  /** True where an exchange has just put the session of `hash` in the place of that of `sid`, and the cookie of it is on its way. */
  readonly isFollowed?: true
}

/**
 * Finds the session of a request by its cookies, with one question to the store; a second one for a request that an exchange overtook.
 * @param mayUseLink On the primary: the request is one that no other site can have forged, so the link cookie counts too.
 * @throws Whatever the store throws.
 */
export async function findSession(input: {
  readonly config: Config
  readonly store: Store
  readonly place: Place
  /** Null: the visit is not recorded. */
  readonly visit: Visit | null
  readonly readCookie: ReadCookie
  readonly mayUseLink: boolean
}): Promise<{ readonly found: Found | null }> {
  const { config, store, place, visit, readCookie } = input
  const session = await readSessionCookie(config, readCookie, place)
  const anyLink = place.isPrimary ? await readLinkCookie(config, readCookie, place) : null
  const link = input.mayUseLink && anyLink?.sid !== session?.sid ? anyLink : null
  const sids = [session, link].map((cookie) => cookie?.sid)
  const hashes = await Promise.all(sids.filter((sid) => sid !== undefined).map(hashSessionId))
  if (hashes.length === 0) return { found: null }
  // A session of the API is no session of a browser, whatever a cookie says.
  const states = (await store.read(hashes, visit)).map((state): SessionState =>
    isApi(state) ? { state: 'ended' } : state,
  )
  const stateOf = (which: 'session' | 'link'): SessionState =>
    states[which === 'session' || session === null ? 0 : 1] ?? { state: 'blank' }
  const candidate = chooseCandidate({ session, link }, stateOf)
  if (candidate !== null) {
    const which = candidate.sid === session?.sid ? 'session' : 'link'
    const state = stateOf(which)
    const isAsLong = state.state !== 'live' || state.record.remembered === candidate.remembered
    const isOutdated = session?.isOutdated === true || anyLink?.isOutdated === true
    const hasAllCookies =
      isAsLong && which === 'session' && (!place.isPrimary || anyLink?.sid === candidate.sid)
    return {
      found: {
        sid: candidate.sid,
        hash: await hashSessionId(candidate.sid),
        state,
        hasAllCookies,
        ...(isOutdated && { isOutdated }),
      },
    }
  }
  if (place.isPrimary && states.some((state) => state.state === 'ended' && state.rotated === true)) {
    const ids = await primaryIds({ session, link })
    const asked = hashesOf(ids)
    const later = await store.read(asked, visit)
    const laterOf = (hash: SessionHash): SessionState => later[asked.indexOf(hash)] ?? { state: 'blank' }
    const lost = findLost({ session, link }, ids, laterOf)
    if (lost !== null) {
      const hash = await hashSessionId(lost.sid)
      return { found: { sid: lost.sid, hash, state: laterOf(hash), hasAllCookies: false, isLost: true } }
    }
  }
  if (session === null) return { found: null }
  const ended = stateOf('session')
  const successor = ended.state === 'ended' ? ended.successor : undefined
  const followed = successor === undefined ? undefined : (await store.read([successor], visit))[0]
  if (successor !== undefined && followed !== undefined && followed.state !== 'ended') {
    // The cookie of the survivor is on its way to the browser already, and would undo that of a new session.
    return {
      found: { sid: session.sid, hash: successor, state: followed, hasAllCookies: true, isFollowed: true },
    }
  }
  return {
    found: { sid: session.sid, hash: await hashSessionId(session.sid), state: ended, hasAllCookies: false },
  }
}

/** The session of a bearer token, live or expired. @returns null for a token that no session of the API has. @throws Whatever the store throws. */
export async function findApiSession(
  store: Store,
  authorization: string,
  visit: Visit | null,
): Promise<Found | null> {
  const sid = parseApiToken(authorization)
  if (sid === null) return null
  const hash = await hashSessionId(sid)
  const [state] = await store.read([hash], visit)
  return state !== undefined && (isApi(state) || hasExpired(state))
    ? { sid, hash, state, hasAllCookies: true }
    : null
}

/** Nobody ended it. */
export function hasExpired(state: SessionState): boolean {
  return state.state === 'ended' && state.expired === true
}

function isApi(state: SessionState): boolean {
  return state.state === 'live' && state.record.kind === 'api'
}
