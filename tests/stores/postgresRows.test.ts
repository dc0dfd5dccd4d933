import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startPostgres } from '../../fixtures/postgres.mjs'
import type { Store } from '../../src/core/store/store.js'
import { ensureTables, postgresStore } from '../../src/postgres.js'
import { change, hourMs, newId, write } from '../../src/testing/given.js'
import { openPool } from '../support/pools.js'

let server: Awaited<ReturnType<typeof startPostgres>>
let pool: pg.Pool
let store: Store

beforeAll(async () => {
  server = await startPostgres()
  pool = openPool(server.url, 1)
  await ensureTables(pool)
  store = postgresStore(pool, { timeoutMs: 20_000 })
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

test('most writes touch no index', async () => {
  const livesMs = 30 * 24 * hourMs
  const id = newId()
  await write(store, change(id, 0, {}, { livesMs, userId: 'ada' }))
  const counted = () =>
    one<string>(
      "select n_tup_upd || ' ' || n_tup_hot_upd as value from pg_stat_user_tables where relname = 'crossdomain_rows'",
    )
  const [updatesBefore, hotBefore] = (await counted()).split(' ').map(Number)
  for (let version = 1; version <= 100; version++)
    await write(store, change(id, version, { version }, { livesMs: livesMs - version, userId: 'ada' }))
  await pool.query('select pg_stat_force_next_flush()')
  const [updates, hot] = (await counted()).split(' ').map(Number)
  expect(Number(updates) - Number(updatesBefore)).toBe(100)
  expect(Number(hot) - Number(hotBefore)).toBeGreaterThan(80)
})

test.each([
  ['a minute', hourMs / 60, 0],
  ['an hour', hourMs, 0],
  ['a day', 24 * hourMs, hourMs],
  ['a year', 365 * 24 * hourMs, hourMs],
  ['110 years', 110 * 365.25 * 24 * hourMs, hourMs],
])('a row that lives for %s is kept for as long, and at most an hour more', async (_, livesMs, moreMs) => {
  const id = newId()
  await write(store, change(id, 0, {}, { livesMs: hourMs * 500 }))
  await write(store, change(id, 1, {}, { livesMs }))
  const keptMs = await one<number>(
    'select extract(epoch from purge_at - now())::float8 * 1000 as value from crossdomain_rows where id = $1',
    id,
  )
  expect(keptMs).toBeGreaterThan(livesMs - 5000)
  expect(keptMs).toBeLessThanOrEqual(livesMs + moreMs)
})

test('a value is stored as the text that JSON.stringify makes of it', async () => {
  const id = newId()
  // What jsonb would refuse, or write in another way.
  const value = { z: 1e308, a: 5e-324, nul: 'a\u0000b', lone: '\ud800', list: [1.5, -0, 1e21] }
  await write(store, change(id, 0, value))
  const stored = await one<string>('select value::text as value from crossdomain_rows where id = $1', id)
  expect(stored).toBe(JSON.stringify(value))
  expect((await store.read([id])).rows[0]?.value).toEqual(JSON.parse(stored))
})

test('a row is as large as its JSON, also if that has numbers which Postgres would write in full', async () => {
  const id = newId()
  const value = { numbers: Array.from({ length: 9000 }, () => 1e308), small: [5e-324, -0.1, 1e21] }
  await write(store, change(id, 0, value))
  const bytes = await one<number>(
    'select octet_length(value::text) as value from crossdomain_rows where id = $1',
    id,
  )
  // As jsonb it would be 2.8 MB.
  expect(bytes).toBe(JSON.stringify(value).length)
  expect((await store.read([id])).rows[0]?.value).toEqual(value)
})
