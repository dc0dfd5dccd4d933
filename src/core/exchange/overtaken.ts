import { askStore, storeError } from '../store/storeCall.js'
import { CrossDomainError } from '../errors/errors.js'
import type { SessionHash, SessionRecord, SessionState } from '../store/record.js'
import type { Ended, Lifetime, Rotation, Store, Visit } from '../store/store.js'

// What is done to a session that an exchange may be changing at the same moment.

/** How many exchanges may overtake one request. */
export const maxSteps = 3

/**
 * Does something where the session has gone to, if an exchange made it part of another one.
 * @returns What the store said, and of which hash.
 * @throws {CrossDomainError} `CDS301`; `CDS302` where it has ended.
 */
export async function follow<T extends { readonly status: string }>(
  first: SessionHash,
  call: (hash: SessionHash) => Promise<T | Ended>,
): Promise<{ readonly result: Exclude<T, Ended>; readonly hash: SessionHash }> {
  let hash = first
  for (let steps = 0; steps < maxSteps; steps++) {
    const result = await askStore(() => call(hash))
    if (result.status !== 'ended') return { result: result as Exclude<T, Ended>, hash }
    const { successor } = result as Ended
    if (successor === undefined) break
    hash = successor
  }
  throw new CrossDomainError('CDS302')
}

/**
 * Where exchanges have taken what an id held.
 * @param until The way ends here, too: the id is not asked for.
 * @returns The last id of the way, and what the store knows of it.
 * @throws Whatever the store throws.
 */
export async function whereItWent(
  store: Store,
  named: { readonly hash: SessionHash; readonly state: SessionState },
  until: SessionHash,
): Promise<typeof named> {
  let last = named
  for (let steps = 0; steps < maxSteps && last.state.state === 'ended'; steps++) {
    const { successor } = last.state
    if (successor === undefined || successor === until) break
    const [state] = await store.read([successor], null)
    last = { hash: successor, state: state ?? { state: 'blank' } }
  }
  return last
}

/**
 * Rotates a session. An answer that was lost on its way may have done its work: then the new id is the only one that still opens the session.
 * @throws {CrossDomainError} `CDS301`.
 */
export async function rotateOrFind(
  store: Store,
  rotation: Rotation,
): Promise<Awaited<ReturnType<Store['rotate']>>> {
  try {
    return await store.rotate(rotation)
  } catch (cause) {
    const [state] = await store.read([rotation.to], null).catch(() => [])
    if (state?.state === 'live') return { status: 'rotated', record: state.record }
    throw storeError(cause)
  }
}

/**
 * Ends a session; where an exchange has just made it part of another one, that one too.
 * @returns What the store said last, and the first `successor` if there was one. `rotated`: it goes on under an id that nobody here knows.
 * @throws Whatever the store throws.
 */
export async function endSession(store: Store, hash: SessionHash, tombstoneSeconds: number): Promise<Ended> {
  const first = await store.end(hash, tombstoneSeconds)
  let ended = first
  for (let steps = 1; ended.successor !== undefined && steps < maxSteps; steps++)
    ended = await store.end(ended.successor, tombstoneSeconds)
  return { ...ended, ...(first.successor && { successor: first.successor }) }
}

/**
 * Writes to a guest's session, so that it stays one: `replace` gives no user to an id that somebody has written to.
 * @returns The session as it is now; null where it is some user's already, or has ended.
 * @throws Whatever the store throws.
 */
export async function keepAsGuest(
  store: Store,
  hash: SessionHash,
  version: number,
  { visit, lifetime }: { readonly visit: Visit; readonly lifetime: Lifetime },
): Promise<SessionRecord | null> {
  const result = await store.write(hash, {}, { visit, lifetime, ifVersion: version })
  if (result.status === 'ended') return null
  const after =
    result.status === 'saved' ? result.record : result.current.state === 'live' ? result.current.record : null
  return after?.userId === null ? after : null
}
