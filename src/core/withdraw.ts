import type { Config } from './config.js'
import type { Found } from './find.js'
import { fingerprintOf } from './ids.js'
import { endSession } from './overtaken.js'
import type { Place } from './place.js'
import type { Store } from './store.js'

/** Consent was taken back: what was stored goes, on all domains, and the application is told. @throws Whatever the store throws. */
export async function withdraw(config: Config, store: Store, { domain }: Place, { sid, hash, state }: Found): Promise<void> {
  // Where nothing was saved, not even a tombstone is.
  if (state.state !== 'live') return
  const { rotated } = await endSession(store, hash, config.lifetime.tombstoneSeconds)
  // It goes on under an id that nobody here knows.
  if (rotated) return
  const { userId } = state.record
  await config.emit({ type: userId === null ? 'ended' : 'signed-out', domain, fingerprint: await fingerprintOf(sid), userId })
}
