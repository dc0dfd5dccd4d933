import type { SessionHash, SessionRecord } from './record.js'
import type { Lifetime, Store, Visit } from './store.js'

/**
 * Writes to a guest's session, so that it stays one: `replace` gives no user to an id that somebody has written to.
 * @returns The session as it is now; null where it is some user's already, or has ended.
 * @throws Whatever the store throws.
 */
export async function keepGuests(store: Store, hash: SessionHash, version: number, { visit, lifetime }: { readonly visit: Visit; readonly lifetime: Lifetime }): Promise<SessionRecord | null> {
  const result = await store.write(hash, {}, { visit, lifetime, ifVersion: version })
  if (result.status === 'ended') return null
  const after = result.status === 'saved' ? result.record : result.current.state === 'live' ? result.current.record : null
  return after?.userId === null ? after : null
}
