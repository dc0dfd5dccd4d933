import { hashSessionId } from '../values/ids.js'
import type { SessionHash } from '../store/record.js'
import { rotatedOnSeconds, type Store } from '../store/store.js'

/**
 * Where an id has ended, an exchange and a write may each put another session in its place at the same moment, and the cookie that arrives last
 * would take the other one away. So the first one leaves a note for as long as its cookie may be on its way: a session of nobody, whose id
 * comes of the one that ended and of the domain, and cannot be in a cookie. Another one of the same kind goes on: its answer may have been lost.
 * @returns Who was first.
 * @throws Whatever the store throws.
 */
export async function firstOver(
  store: Store,
  ended: SessionHash,
  domain: string,
  by: 'exchange' | 'write',
  tombstoneSeconds: number,
): Promise<typeof by> {
  const lifetime = { idleSeconds: rotatedOnSeconds, absoluteSeconds: rotatedOnSeconds, tombstoneSeconds }
  const note = await store.write(
    await hashSessionId(`${ended} ${domain}`),
    { set: { by } },
    { visit: null, lifetime, ifVersion: 0 },
  )
  // It stays a little longer than it counts.
  if (note.status !== 'conflict' || note.current.state !== 'live') return by
  return note.current.record.data['by'] === 'write' ? 'write' : 'exchange'
}
