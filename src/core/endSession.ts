import type { SessionHash } from './record.js'
import type { Ended, Store } from './store.js'

/** How many exchanges may have overtaken whoever ends a session. */
const maxSteps = 3

/**
 * Ends a session; where an exchange has just made it part of another one, that one too.
 * @returns What the store said last. `rotated`: it goes on under an id that nobody here knows.
 * @throws Whatever the store throws.
 */
export async function endSession(store: Store, hash: SessionHash, tombstoneSeconds: number): Promise<Ended> {
  let ended = await store.end(hash, tombstoneSeconds)
  for (let steps = 1; ended.successor !== undefined && steps < maxSteps; steps++) ended = await store.end(ended.successor, tombstoneSeconds)
  return ended
}
