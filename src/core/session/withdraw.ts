import type { Config } from '../config.js'
import type { SessionEvent } from '../events.js'
import type { Found } from './find.js'
import { fingerprintOf } from '../values/ids.js'
import { endSession } from '../exchange/overtaken.js'
import type { Place } from '../domains/place.js'
import type { Store } from '../store/store.js'

/** Consent was taken back: what was stored goes, on all domains. @returns What the application is to be told of that. @throws Whatever the store throws. */
export async function withdraw(
  config: Config,
  store: Store,
  { domain }: Place,
  { sid, hash, state }: Found,
): Promise<SessionEvent | null> {
  // Where nothing was saved, not even a tombstone is.
  if (state.state !== 'live') return null
  const { rotated } = await endSession(store, hash, config.lifetime.tombstoneSeconds)
  // It goes on under an id that nobody here knows.
  if (rotated) return null
  const { userId } = state.record
  return {
    type: userId === null ? 'ended' : 'signed-out',
    domain,
    fingerprint: await fingerprintOf(sid),
    userId,
  }
}
