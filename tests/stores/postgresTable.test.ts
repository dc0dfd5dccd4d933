import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startPostgres } from '../../fixtures/postgres.mjs'
import { ensureTables, postgresStore } from '../../src/postgres.js'
import { change, newId, write } from '../../src/testing/given.js'
import { reasonsOf, rowOf } from '../support/faults.js'
import { openPool } from '../support/pools.js'
import { tableOf } from '../support/postgresTable.js'

let server: Awaited<ReturnType<typeof startPostgres>>
let pool: pg.Pool

beforeAll(async () => {
  server = await startPostgres()
  pool = openPool(server.url)
}, 60_000)
beforeEach(async () => {
  await pool.query(
    'drop schema public cascade; drop schema if exists auth cascade; drop schema if exists "my ""schema""" cascade; create schema public',
  )
})
afterAll(async () => {
  await pool.end()
  await server.stop()
})

/** What a transaction that has read and written the table keeps of it until it ends. */
async function idleTransaction(): Promise<() => Promise<void>> {
  const client = await pool.connect()
  await client.query('begin')
  await client.query('select 1 from crossdomain_rows; update crossdomain_rows set version = version + 1')
  return async () => {
    await client.query('rollback')
    client.release()
  }
}

test('without its table the store says so: CDS304', async () => {
  for (const options of [{}, { schema: 'auth' }, { table: 'other' }]) {
    const store = postgresStore(pool, options)
    await expect(store.read([newId()])).rejects.toMatchObject({ code: 'CDS304', cause: { code: '42P01' } })
    await expect(store.swap([change(newId(), 0)])).rejects.toMatchObject({ code: 'CDS304' })
  }
})

test('sql/postgres.sql makes the same table as ensureTables, and both may be run again', async () => {
  const file = readFileSync('sql/postgres.sql', 'utf8')
  for (let times = 0; times < 2; times++) await pool.query(file)
  const byFile = await tableOf(pool, 'crossdomain_rows')
  await pool.query('drop table crossdomain_rows')
  for (let times = 0; times < 2; times++) await ensureTables(pool)
  expect(await tableOf(pool, 'crossdomain_rows')).toEqual(byFile)
})

test('makes what is missing, and keeps the rows', async () => {
  await ensureTables(pool)
  const complete = await tableOf(pool, 'crossdomain_rows')
  const [store, id] = [postgresStore(pool), newId()]
  await write(store, change(id, 0, { a: 1 }))
  await pool.query('drop index crossdomain_rows_user_id_idx, crossdomain_rows_purge_at_idx')
  await ensureTables(pool)
  expect(await tableOf(pool, 'crossdomain_rows')).toEqual(complete)
  expect((await rowOf(store, id))?.value).toEqual({ a: 1 })
})

test('leaves the tables of 0.1.0-pre alone', async () => {
  await pool.query(
    "create table crossdomain_sessions (hash text); insert into crossdomain_sessions values ('x')",
  )
  await ensureTables(pool)
  expect((await pool.query('select * from crossdomain_sessions')).rows).toEqual([{ hash: 'x' }])
})

test('uses a table of another name, in another schema', async () => {
  const options = { table: `odd"'rows`, schema: `my "schema"` }
  for (let times = 0; times < 2; times++) await ensureTables(pool, options)
  const [store, id] = [postgresStore(pool, options), newId()]
  await write(store, change(id, 0))
  expect(await rowOf(store, id)).toBeDefined()
  const { rows } = await pool.query(`select id from "my ""schema"""."odd""'rows"`)
  expect(rows).toEqual([{ id }])
})

test('finds an index whose name is longer than Postgres keeps', async () => {
  const table = 'of_an_application_that_has_names_of_more_than_fifty_one_bytes'
  for (let times = 0; times < 2; times++) await ensureTables(pool, { table })
  const { indexes } = await tableOf(pool, table)
  expect(indexes).toHaveLength(3)
})

test('six processes that start at the same moment create the table once', { timeout: 60_000 }, async () => {
  const instance = `
    import { ensureTables } from 'next-crossdomain-session/postgres'
    import pg from 'pg'
    const pool = new pg.Pool({ connectionString: process.argv[1] })
    await pool.query('select 1')
    // All at once, and not in the order in which their processes were started.
    process.stdout.write('ready')
    await new Promise((resolve) => process.stdin.once('data', resolve))
    await ensureTables(pool, { schema: 'auth' })
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
  expect(rows).toEqual([{ tablename: 'crossdomain_rows' }])
})

test('if nothing is missing, it waits for nobody and nobody waits for it', async () => {
  await ensureTables(pool)
  const end = await idleTransaction()
  const impatient = openPool(`${server.url}?options=-c%20lock_timeout%3D2s%20-c%20statement_timeout%3D2s`)
  try {
    await ensureTables(impatient)
    await impatient.query('select count(*) from crossdomain_rows')
  } finally {
    await end()
    await impatient.end()
  }
})

test('if an open transaction is in its way, it gives up before the visitors do: CDS305', async () => {
  await ensureTables(pool)
  const [store, id] = [postgresStore(pool), newId()]
  await write(store, change(id, 0))
  await pool.query('drop index crossdomain_rows_user_id_idx')
  const end = await idleTransaction()
  try {
    let refusal: unknown
    const refused = ensureTables(pool).catch((error: unknown) => (refusal = error))
    // Some of these stand behind the one that waits.
    while (refusal === undefined) await store.swap([change(newId(), 0)])
    await refused
    expect(refusal).toMatchObject({ code: 'CDS305' })
    expect(reasonsOf(refusal)).toContain('55P03')
  } finally {
    await end()
  }
  await ensureTables(pool)
  const { indexes } = await tableOf(pool, 'crossdomain_rows')
  expect(indexes).toHaveLength(3)
  expect(await rowOf(store, id)).toBeDefined()
})

test('if nothing is missing, a role that may create nothing may run it', async () => {
  await ensureTables(pool, { schema: 'auth' })
  await pool.query(
    'drop role if exists reader; create role reader login; grant usage on schema auth to reader',
  )
  const reader = openPool(server.url.replace('postgres@', 'reader@'), 1)
  try {
    await ensureTables(reader, { schema: 'auth' })
  } finally {
    await reader.end()
    await pool.query('drop owned by reader')
  }
})
