import assert from 'node:assert/strict'
import { inspect, isDeepStrictEqual } from 'node:util'
import type { JsonObject } from '../core/values/json.js'
import type { RowChange, Store, StoredRow } from '../core/store/store.js'

/** What a fact is given. */
export interface Bench {
  readonly store: Store
  readonly connections: readonly Store[]
  readonly advanceSeconds: (seconds: number) => Promise<void>
}

/** What holds of every store: a title, and what rejects if it is not so. */
export type Facts = Readonly<Record<string, (bench: Bench) => Promise<void>>>

type Changes = readonly RowChange[]

export const hourMs = 3_600_000

/** Milliseconds since 1970, also while another test has the `Date` of this process go wrong. */
export const now = (): number => performance.timeOrigin + performance.now()

/** Ids that no other test has, nor another run. */
export const newId = (): string => crypto.randomUUID()
export const newIds = (count: number): string[] => Array.from({ length: count }, newId)

/** 0 to 19: the racers, and the rounds. */
export const twenty: readonly number[] = [...Array(20).keys()]

/** What a row of this id and version is to become. */
export function change(
  id: string,
  version: number,
  value: JsonObject = {},
  rest: { readonly userId?: string | null; readonly livesMs?: number } = {},
): RowChange {
  return { id, version, value, userId: null, livesMs: hourMs, ...rest }
}

/** Writes, and expects that it is done. */
export async function write(store: Store, ...changes: Changes): Promise<void> {
  assert.equal((await store.swap(changes)).done, true)
}

/** Expects that these changes are not written, and that the answer holds the rows as they are now. */
export async function isRefused(store: Store, changes: Changes, ...current: Changes): Promise<void> {
  const { done, rows } = await store.swap(changes)
  assert.equal(done, false)
  hold(rows, ...current)
  hold((await store.read(changes.map(({ id }) => id))).rows, ...current)
}

/** Reads the rows that these changes made, and expects them as they were written. */
export async function holds(store: Store, ...written: Changes): Promise<void> {
  hold((await store.read(written.map(({ id }) => id))).rows, ...written)
}

/** The same, unless a busy machine asks too late: by the store's clock the rows live until `untilMs`. */
export async function holdsUntil(store: Store, untilMs: number, ...written: Changes): Promise<void> {
  const { nowMs, rows } = await store.read(written.map(({ id }) => id))
  if (nowMs < untilMs - 500) hold(rows, ...written)
}

/** Expects the rows that these changes made, in any order, and no others. */
export function hold(rows: readonly StoredRow[], ...written: Changes): void {
  const [found, expected] = [rows, written.map((row) => ({ ...row, version: row.version + 1 }))].map(plain)
  // A diff of large rows, as `deepEqual` makes one, takes gigabytes of memory.
  assert.ok(isDeepStrictEqual(found, expected), `found ${brief(found)}, but expected ${brief(expected)}`)
}

const brief = (rows: unknown) => inspect(rows, { depth: 9, maxStringLength: 99 }).slice(0, 2000)

/** By id, and as JSON: a store need not know -0, and its rows may have other fields or prototypes. */
function plain(rows: readonly StoredRow[]): unknown {
  const known = rows.map(({ id, version, userId, value }) => ({ id, version, userId, value }))
  return JSON.parse(JSON.stringify(known.sort((a, b) => (a.id < b.id ? -1 : 1))))
}

/** Calls once for each item, all at the same moment, on all connections in turn. */
export function atOnce<I, T>(
  items: readonly I[],
  connections: readonly Store[],
  call: (on: Store, item: I) => Promise<T>,
): Promise<T[]> {
  const on = (index: number) => connections[index % connections.length] ?? assert.fail()
  return Promise.all(items.map((item, index) => call(on(index), item)))
}

/** Makes a function that calls when its earlier calls are over, for what two tests cannot do at once. */
export function turns(): <T>(call: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (call) => {
    const turn = last.then(call)
    last = turn.catch(() => {})
    return turn
  }
}

const oneSweeper = turns()

/** Sweeps until these rows, whose time is over, are gone: at most `limit` rows at once. */
export const sweepAway = ({ store, advanceSeconds }: Bench, limit: number, ids: readonly string[]) =>
  oneSweeper(async () => {
    const left = async () => (await store.read(ids)).rows.length
    for (let rounds = 0, before = await left(); rounds === 0 || before > 0; rounds++) {
      const swept = await store.sweep(limit)
      const after = await left()
      // A database that expires rows by itself has nothing to sweep, and they go at any time.
      assert.ok(swept === 0 || (swept <= limit && before - after <= swept), `${before - after} of ${swept}`)
      before = after
      assert.ok(rounds < 1000, 'a row whose time is over is still there')
      if (swept === 0) await advanceSeconds(0.05)
    }
  })
