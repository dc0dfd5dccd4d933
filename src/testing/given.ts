import assert from 'node:assert/strict'
import type { SessionHash, SessionRecord, SessionState } from '../core/store/record.js'
import type { Change, Lifetime, SettledContent, Store, Visit, WriteOptions } from '../core/store/store.js'

export const visit: Visit = { domain: 'https://shop.example', ip: '203.0.113.7', userAgent: 'Suite' }
export const elsewhere: Visit = { ...visit, domain: 'https://brand.example' }
export const lifetime: Lifetime = { idleSeconds: 1000, absoluteSeconds: 10_000, tombstoneSeconds: 20_000 }
export const tombstoneSeconds = lifetime.tombstoneSeconds

/** Milliseconds since 1970, also while another test has the `Date` of this process go wrong. */
export const now = (): number => performance.timeOrigin + performance.now()

/** An id that no other test has. */
export function newHash(): SessionHash {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url') as SessionHash
}

/** Writes, and expects that it is done. */
export async function save(
  store: Store,
  hash: SessionHash,
  change: Change,
  options: Partial<WriteOptions> = {},
): Promise<SessionRecord> {
  const result = await store.write(hash, change, { visit, lifetime, ...options })
  assert.equal(result.status, 'saved')
  assert.ok(result.status === 'saved')
  return result.record
}

export async function stateOf(store: Store, hash: SessionHash): Promise<SessionState> {
  const [state] = await store.read([hash], null)
  assert.ok(state !== undefined)
  return state
}

export async function liveOf(store: Store, hash: SessionHash): Promise<SessionRecord> {
  const state = await stateOf(store, hash)
  assert.ok(state.state === 'live', `expected a live session, not ${state.state}`)
  return state.record
}

export async function isEnded(store: Store, hash: SessionHash): Promise<void> {
  assert.equal((await stateOf(store, hash)).state, 'ended')
}

/** Runs `call` many times at once, on all connections in turn. */
export function atOnce<T>(
  times: number,
  connections: readonly Store[],
  call: (store: Store, index: number) => Promise<T>,
): Promise<T[]> {
  const calls = Array.from({ length: times }, (_, index) => {
    const store = connections[index % connections.length]
    assert.ok(store !== undefined)
    return call(store, index)
  })
  return Promise.all(calls)
}

/** What of a record goes on in another session. */
export function contentOf({
  kind,
  userId,
  data,
  domains,
  ip,
  userAgent,
  createdAt,
  idleSeconds,
  absoluteExpiresAt,
  remembered,
}: SessionRecord): SettledContent {
  return { kind, userId, data, domains, ip, userAgent, createdAt, idleSeconds, absoluteExpiresAt, remembered }
}

/** A new session as the primary, and another that is to be merged into it. */
export async function savePair(
  store: Store,
): Promise<{ readonly p: SessionRecord; readonly s: SessionRecord }> {
  const p = await save(store, newHash(), { set: { p: 1 } })
  return { p, s: await save(store, newHash(), { set: { s: 1 } }, { userId: 'ada' }) }
}

/** Two calls at the same moment, on two connections where there are two; which comes first changes with `round`. */
export async function race<A, B>(
  connections: readonly Store[],
  round: number,
  a: (store: Store) => Promise<A>,
  b: (store: Store) => Promise<B>,
): Promise<[A, B]> {
  const [one, other = one] = connections
  assert.ok(one !== undefined && other !== undefined)
  if (round % 2 === 0) return Promise.all([a(one), b(other)])
  const second = b(other)
  return Promise.all([a(one), second])
}
