import type { Config } from './config.js'
import { readLinkCookie, readSessionCookie, type Place, type ReadCookie } from './cookies.js'
import { hashSessionId } from './ids.js'
import { chooseCandidate } from './primary.js'
import type { SessionHash, SessionState } from './record.js'
import type { Store, Visit } from './store.js'

/** The session that a request's cookies name, and what the store knows of it. */
export interface Found {
  readonly sid: string
  /** Of `sid`, or of the session that it has just become; see `successor`. */
  readonly hash: SessionHash
  readonly state: SessionState
  /** False when a cookie of this domain is missing or names another session; the next write sets it. */
  readonly hasAllCookies: boolean
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
  const session = await readSessionCookie(config, readCookie, place.domain)
  const anyLink = place.isPrimary ? await readLinkCookie(config, readCookie) : null
  const link = input.mayUseLink && anyLink?.sid !== session?.sid ? anyLink : null
  const sids = [session, link].map((cookie) => cookie?.sid)
  const hashes = await Promise.all(sids.filter((sid) => sid !== undefined).map(hashSessionId))
  if (hashes.length === 0) return { found: null }
  const states = await store.read(hashes, visit)
  const stateOf = (index: 0 | 1): SessionState => states[index === 0 || session === null ? 0 : 1] ?? { state: 'blank' }
  const candidate = chooseCandidate({ session, link }, stateOf)
  if (candidate !== null) {
    const index = candidate.sid === session?.sid ? 0 : 1
    const hasAllCookies = index === 0 && (!place.isPrimary || anyLink?.sid === candidate.sid)
    return { found: { sid: candidate.sid, hash: await hashSessionId(candidate.sid), state: stateOf(index), hasAllCookies } }
  }
  if (session === null) return { found: null }
  const ended = stateOf(0)
  const successor = ended.state === 'ended' ? ended.successor : undefined
  const followed = successor === undefined ? undefined : (await store.read([successor], visit))[0]
  if (successor !== undefined && followed?.state === 'live') {
    // The cookie of the survivor is on its way to the browser already.
    return { found: { sid: session.sid, hash: successor, state: followed, hasAllCookies: true } }
  }
  return { found: { sid: session.sid, hash: await hashSessionId(session.sid), state: { state: 'ended' }, hasAllCookies: false } }
}
