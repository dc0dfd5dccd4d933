import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startPostgres } from '../../fixtures/postgres.mjs'
import type { Store } from '../../src/core/store.js'
import { drizzleStore, ensureSchema } from '../../src/drizzle.js'
import { contentOf, isEnded, lifetime, liveOf, newHash, save, stateOf, tombstoneSeconds, visit } from '../../src/testing/given.js'
import { openPool } from '../support/pools.js'
import { postgresFaults } from '../support/postgresFaults.js'

let server: Awaited<ReturnType<typeof startPostgres>>
let pool: pg.Pool
let store: Store
let faults: ReturnType<typeof postgresFaults>

beforeAll(async () => {
  server = await startPostgres()
  pool = openPool(server.url)
  faults = postgresFaults(server, pool)
  await ensureSchema(drizzle(pool))
  store = drizzleStore(drizzle(pool), { timeoutMs: 20_000 })
}, 60_000)
afterAll(async () => {
  await pool.end()
  await server.stop()
})

/** Does something in a transaction that stays open until somebody else waits for it. */
async function heldOpen<T>(work: (store: Store) => Promise<unknown>, meanwhile: () => Promise<T>): Promise<T> {
  const client = new pg.Client(server.url)
  client.on('error', () => {})
  await client.connect()
  try {
    await client.query('begin')
    await work(drizzleStore(drizzle(client), { timeoutMs: 20_000 }))
    const result = meanwhile()
    result.catch(() => {})
    await faults.untilSomebodyWaits()
    await client.query('commit')
    return await result
  } finally {
    await client.end()
  }
}

const rotation = { keepData: true, remembered: true, visit, lifetime }

test("ending a user's sessions ends the one whose id is just changing", async () => {
  const [userId, from, to] = [newHash(), newHash(), newHash()]
  await save(store, from, {}, { userId })
  expect(await heldOpen((held) => held.rotate({ ...rotation, from, to, userId }), () => store.endUser(userId, { tombstoneSeconds }))).toBe(1)
  for (const hash of [from, to]) await isEnded(store, hash)
})

test.each([['is new', false], ['was there', true]])("ending a user's sessions ends the one that just merges into an id that %s", async (_, isSaved) => {
  const [userId, p] = [newHash(), newHash()]
  const secondary = await save(store, newHash(), {}, { userId })
  const version = isSaved ? (await save(store, p, {})).version : 0
  const settlement = {
    primary: { hash: p, version, content: contentOf(secondary) },
    secondary: { hash: secondary.hash, version: secondary.version, successorSeconds: 60 },
    tombstoneSeconds,
  }
  expect(await heldOpen((held) => held.settle(settlement), () => store.endUser(userId, { tombstoneSeconds }))).toBe(1)
  for (const hash of [p, secondary.hash]) await isEnded(store, hash)
})

test('the excepted session may change its id meanwhile', async () => {
  const [userId, from, to, other] = [newHash(), newHash(), newHash(), newHash()]
  for (const hash of [from, other]) await save(store, hash, {}, { userId })
  const holdOther = async (held: Store) => {
    await held.rotate({ ...rotation, from, to, userId })
    await held.write(other, { set: { a: 1 } }, { visit, lifetime })
  }
  expect(await heldOpen(holdOther, () => store.endUser(userId, { tombstoneSeconds, except: from }))).toBe(1)
  await isEnded(store, other)
  expect((await liveOf(store, to)).userId).toBe(userId)
})

test('a session that another process ends first is neither waited for twice nor counted', async () => {
  const [userId, hash] = [newHash(), newHash()]
  await save(store, hash, {}, { userId })
  expect(await heldOpen((held) => held.end(hash, tombstoneSeconds), () => store.endUser(userId, { tombstoneSeconds }))).toBe(0)
  await isEnded(store, hash)
})

test('who is refused by the isolation level of the database asks again', async () => {
  const strict = openPool(`${server.url}?options=${encodeURIComponent('-c default_transaction_isolation=repeatable\\ read')}`)
  try {
    const on = drizzleStore(drizzle(strict), { timeoutMs: 20_000 })
    const { hash } = await save(on, newHash(), {})
    expect(await heldOpen((held) => held.write(hash, { set: { a: 1 } }, { visit, lifetime }), () => save(on, hash, { set: { b: 1 } }))).toMatchObject({ data: { a: 1, b: 1 } })
    const merged = await liveOf(on, hash)
    const settlement = { primary: { hash, version: merged.version, content: contentOf(merged) }, secondary: null, tombstoneSeconds }
    expect(await heldOpen((held) => held.write(hash, { set: { c: 1 } }, { visit, lifetime }), () => on.settle(settlement))).toBe('conflict')
    const to = newHash()
    expect(await heldOpen((held) => held.write(hash, { set: { d: 1 } }, { visit, lifetime }), () => on.rotate({ ...rotation, from: hash, to, userId: 'ada' }))).toMatchObject({ record: { data: { c: 1, d: 1 } } })
    expect((await stateOf(on, hash)).state).toBe('ended')
  } finally {
    await strict.end()
  }
})
