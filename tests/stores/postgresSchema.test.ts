import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { drizzle } from 'drizzle-orm/node-postgres'
import { pgTable, text } from 'drizzle-orm/pg-core'
import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startPostgres } from '../../fixtures/postgres.mjs'
import { drizzleStore, ensureSchema } from '../../src/drizzle.js'
import { crossDomainTables } from '../../src/schema.js'
import { liveOf, newHash, save, stateOf } from '../../src/testing/given.js'
import { reasonsOf } from '../support/faults.js'
import { openPool } from '../support/pools.js'

let server: Awaited<ReturnType<typeof startPostgres>>
let pool: pg.Pool
const users = pgTable('users', { id: text('id').primaryKey() })

beforeAll(async () => {
  server = await startPostgres()
  pool = openPool(server.url)
}, 60_000)
beforeEach(async () => {
  await pool.query(
    'drop schema public cascade; drop schema if exists auth cascade; create schema public; create table users (id text primary key); insert into users values ($$ada$$)',
  )
})
afterAll(async () => {
  await pool.end()
  await server.stop()
})

/** What a transaction that has read and written the tables keeps of them until it ends. */
async function idleTransaction(): Promise<() => Promise<void>> {
  const client = await pool.connect()
  await client.query('begin')
  await client.query(
    "select 1 from crossdomain_sessions; update crossdomain_sessions set ip = 'x'; delete from crossdomain_tickets",
  )
  return async () => {
    await client.query('rollback')
    client.release()
  }
}

test('six processes that start at the same moment create the tables once', { timeout: 60_000 }, async () => {
  const instance = `
    import { drizzle } from 'drizzle-orm/node-postgres'
    import { ensureSchema } from 'next-crossdomain-session/drizzle'
    import { crossDomainTables } from 'next-crossdomain-session/schema'
    import pg from 'pg'
    const pool = new pg.Pool({ connectionString: process.argv[1] })
    const db = drizzle(pool)
    await db.execute('select 1')
    // All at once, and not in the order in which their processes were started.
    process.stdout.write('ready')
    await new Promise((resolve) => process.stdin.once('data', resolve))
    await ensureSchema(db, { tables: crossDomainTables({ schema: 'auth' }) })
    await pool.end()
    process.exit()`
  const instances = Array.from({ length: 6 }, () =>
    promisify(execFile)(process.execPath, ['--input-type=module', '-e', instance, server.url]),
  )
  await Promise.all(
    instances.map(({ child }) => new Promise((resolve) => child.stdout?.once('data', resolve))),
  )
  for (const { child } of instances) child.stdin?.end('go')
  await Promise.all(instances)
  const { rows } = await pool.query("select tablename from pg_tables where schemaname = 'auth' order by 1")
  expect(rows).toEqual([{ tablename: 'crossdomain_sessions' }, { tablename: 'crossdomain_tickets' }])
})

test('where nothing is missing, it waits for nobody and nobody waits for it', async () => {
  const db = drizzle(pool)
  const tables = crossDomainTables({ users: () => users.id })
  await ensureSchema(db, { tables })
  const end = await idleTransaction()
  const impatient = openPool(`${server.url}?options=-c%20lock_timeout%3D2s%20-c%20statement_timeout%3D2s`)
  try {
    await ensureSchema(drizzle(impatient), { tables })
    await impatient.query('select count(*) from crossdomain_sessions')
  } finally {
    await end()
    await impatient.end()
  }
})

test('where something is missing that an open transaction is in the way of, it gives up before the visitors do', async () => {
  const db = drizzle(pool)
  await ensureSchema(db)
  const store = drizzleStore(db)
  const { hash } = await save(store, newHash(), {})
  await pool.query('drop index crossdomain_sessions_user_id_idx')
  await pool.query('alter table crossdomain_sessions drop column rotated_on')
  const end = await idleTransaction()
  try {
    let refusal: unknown
    const refused = ensureSchema(db).catch((error: unknown) => (refusal = error))
    // Some of these stand behind the one that waits.
    while (refusal === undefined) await store.listUser('ada')
    await refused
    expect(refusal).toMatchObject({ code: 'CDS305' })
    expect(reasonsOf(refusal)).toContain('55P03')
  } finally {
    await end()
  }
  await ensureSchema(db)
  expect((await liveOf(store, hash)).hash).toBe(hash)
  expect(
    (await pool.query("select 1 from pg_indexes where indexname = 'crossdomain_sessions_user_id_idx'"))
      .rowCount,
  ).toBe(1)
})

test('sessions go with their user from when they are told of the users', async () => {
  const db = drizzle(pool)
  await ensureSchema(db)
  const store = drizzleStore(db)
  const { hash } = await save(store, newHash(), {}, { userId: 'ada' })
  for (let times = 0; times < 2; times++)
    await ensureSchema(db, { tables: crossDomainTables({ users: () => users.id }) })
  await expect(save(store, newHash(), {}, { userId: 'nobody' })).rejects.toMatchObject({
    cause: { code: '23503' },
  })
  await pool.query('delete from users')
  expect(await stateOf(store, hash)).toEqual({ state: 'blank' })
})

test('where nothing is missing, a role that may create nothing may run it', async () => {
  const tables = crossDomainTables({ schema: 'auth' })
  await ensureSchema(drizzle(pool), { tables })
  await pool.query(
    'drop role if exists reader; create role reader login; grant usage on schema auth to reader',
  )
  const reader = openPool(server.url.replace('postgres@', 'reader@'), 1)
  try {
    await ensureSchema(drizzle(reader), { tables })
  } finally {
    await reader.end()
    await pool.query('drop owned by reader')
  }
})

test('finds a reference whose name is longer than Postgres keeps', async () => {
  const tables = crossDomainTables({
    prefix: 'of_an_application_that_has_long_names_',
    users: () => users.id,
  })
  for (let times = 0; times < 2; times++) await ensureSchema(drizzle(pool), { tables })
  expect(
    (await pool.query("select length(conname) as length from pg_constraint where contype = 'f'")).rows,
  ).toEqual([{ length: 63 }])
})
