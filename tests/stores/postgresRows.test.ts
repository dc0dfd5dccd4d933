import { drizzle } from 'drizzle-orm/node-postgres'
import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startPostgres } from '../../fixtures/postgres.mjs'
import type { Store } from '../../src/core/store/store.js'
import { drizzleStore, ensureSchema } from '../../src/drizzle.js'
import {
  contentOf,
  elsewhere,
  lifetime,
  liveOf,
  newHash,
  save,
  tombstoneSeconds,
  visit,
} from '../../src/testing/given.js'
import { openPool } from '../support/pools.js'

let server: Awaited<ReturnType<typeof startPostgres>>
let pool: pg.Pool
let store: Store

beforeAll(async () => {
  server = await startPostgres()
  pool = openPool(server.url, 1)
  await ensureSchema(drizzle(pool))
  store = drizzleStore(drizzle(pool), { timeoutMs: 20_000 })
}, 60_000)
afterAll(async () => {
  await pool.end()
  await server.stop()
})

async function one<T>(query: string, ...values: unknown[]): Promise<T> {
  const { rows } = await pool.query<{ value: T }>(query, values)
  const [row] = rows
  if (row === undefined) throw new Error(query)
  return row.value
}

test('most writes and visits touch no index', async () => {
  const { hash } = await save(store, newHash(), {})
  const counted = () =>
    one<string>(
      "select n_tup_upd || ' ' || n_tup_hot_upd as value from pg_stat_user_tables where relname = 'crossdomain_sessions'",
    )
  const [updatesBefore, hotBefore] = (await counted()).split(' ').map(Number)
  for (let n = 0; n < 50; n++) await save(store, hash, { set: { n } })
  for (let n = 0; n < 50; n++) await store.read([hash], { ...visit, domain: `https://shop-${n}.example` })
  await pool.query('select pg_stat_force_next_flush()')
  const [updates, hot] = (await counted()).split(' ').map(Number)
  expect(Number(updates) - Number(updatesBefore)).toBe(100)
  expect(Number(hot) - Number(hotBefore)).toBeGreaterThan(80)
})

test('a row is kept until it has expired, however often that moves, and not for long after', async () => {
  const hash = newHash()
  const kept = () =>
    one<number>(
      'select extract(epoch from purge_at - expires_at)::float8 as value from crossdomain_sessions where hash = $1',
      hash,
    )
  /** As if so many seconds had passed. */
  const pass = (seconds: number) =>
    pool.query(
      `update crossdomain_sessions set domains = '{}', ${['last_seen_at', 'absolute_expires_at', 'expires_at', 'purge_at'].map((column) => `${column} = ${column} - $2 * interval '1 second'`).join(', ')} where hash = $1`,
      [hash, seconds],
    )
  const steps = [
    () => save(store, hash, {}),
    () => store.read([hash], elsewhere),
    () => save(store, hash, { set: { a: 1 } }),
    async () => {
      const record = await liveOf(store, hash)
      expect(
        await store.settle({
          primary: { ...record, content: contentOf(record) },
          secondary: null,
          tombstoneSeconds,
        }),
      ).toBe('settled')
    },
  ]
  for (let round = 0; round < 20; round++) {
    await steps[round % steps.length]?.()
    expect(await kept()).toBeGreaterThanOrEqual(0)
    expect(await kept()).toBeLessThanOrEqual(lifetime.idleSeconds / 4)
    await pass(90)
  }
})

test.each([36_500, 100_000_000_000])('a session may be asked to live for %d days', async (days) => {
  const seconds = days * 86_400
  const { hash } = await save(
    store,
    newHash(),
    { set: { a: 1 } },
    { kind: 'api', lifetime: { ...lifetime, idleSeconds: seconds, absoluteSeconds: seconds } },
  )
  const record = await liveOf(store, hash)
  expect(record.absoluteExpiresAt.getFullYear()).toBeGreaterThan(new Date().getFullYear() + 90)
  const to = newHash()
  await store.rotate({
    from: hash,
    to,
    userId: 'ada',
    keepData: true,
    remembered: true,
    visit,
    lifetime: { ...lifetime, idleSeconds: seconds, absoluteSeconds: seconds },
  })
  const rotated = await liveOf(store, to)
  expect(
    await store.settle({
      primary: { ...rotated, content: { ...contentOf(rotated), idleSeconds: seconds } },
      secondary: null,
      tombstoneSeconds,
    }),
  ).toBe('settled')
  expect(await save(store, to, { set: { b: 1 } })).toMatchObject({ data: { a: 1, b: 1 } })
})

test('a sweep deletes no more than it is asked to, of sessions and tickets together', async () => {
  await store.sweep(1000)
  for (let n = 0; n < 3; n++) {
    await store.end(newHash(), -1)
    await store.redeem(newHash(), -1, [])
  }
  const swept: number[] = []
  for (let n = 0; n < 5; n++) swept.push(await store.sweep(2))
  expect(swept).toEqual([2, 2, 2, 0, 0])
})
