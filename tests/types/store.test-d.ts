// Compiled by `scripts/check-types.mjs`; nothing here runs. A store of one's own needs one entry of the kit.
import type { Json, JsonObject, RowChange, Rows, Store, StoredRow } from '../../src/store.js'

interface Record {
  readonly id: string
  readonly version: number
  readonly userId: string | null
  readonly value: JsonObject
}
declare const database: {
  now(): Promise<number>
  find(ids: readonly string[]): Promise<Record[]>
  compareAndSet(changes: readonly RowChange[]): Promise<boolean>
}

async function find(ids: readonly string[]): Promise<Rows> {
  const rows: StoredRow[] = await database.find(ids)
  return { nowMs: await database.now(), rows }
}

export const store: Store = {
  read: find,
  async swap(changes, thenRead = []) {
    const done: boolean = await database.compareAndSet(changes)
    return { done, ...(await find(done ? thenRead : [...changes.map(({ id }) => id), ...thenRead])) }
  },
  listUser: (userId) => find([userId]),
  sweep: async (limit) => limit,
}

// What the kit asks of a store, and what a store may use of it.
export async function use(own: Store, change: RowChange): Promise<Json | undefined> {
  const { done, nowMs, rows } = await own.swap([change], ['other'])
  const left: number = nowMs + change.livesMs
  return done ? left : rows[0]?.value['names']
}

const { read, swap, listUser, sweep } = store

// @ts-expect-error a store reads
export const withoutRead: Store = { swap, listUser, sweep }
// @ts-expect-error a store swaps
export const withoutSwap: Store = { read, listUser, sweep }
// @ts-expect-error a store lists what a user has
export const withoutListUser: Store = { read, swap, sweep }
// @ts-expect-error a store sweeps
export const withoutSweep: Store = { read, swap, listUser }

// @ts-expect-error an answer says by the store's clock when it was given
export const withoutClock: Store = { ...store, read: async () => ({ rows: [] }) }
// @ts-expect-error a swap says whether it was done
export const withoutDone: Store = { ...store, swap: find }
// @ts-expect-error a row that is not there is left out
export const withNull: Store = { ...store, read: async () => ({ nowMs: 0, rows: [null] }) }
// @ts-expect-error a store says how many rows it has swept
export const withoutCount: Store = { ...store, sweep: async () => {} }
export const lateUserId: Store = {
  ...store,
  // @ts-expect-error a row has a user id or null
  listUser: async () => ({ nowMs: 0, rows: [{ id: 'a', version: 1, value: {} }] }),
}
