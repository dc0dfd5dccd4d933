import { neon, neonConfig, types as neonTypes } from '@neondatabase/serverless'
import { drizzle as overHttp } from 'drizzle-orm/neon-http'
import { drizzle as overTcp } from 'drizzle-orm/node-postgres'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ensureTables, postgresStore, type PgClient, type PostgresClient } from '../../src/postgres.js'
import { change, holds, newId, write } from '../../src/testing/given.js'
import { sleep } from '../support/faults.js'
import { openPool } from '../support/pools.js'
import { startDrivers } from '../support/postgresDrivers.js'

let drivers: Awaited<ReturnType<typeof startDrivers>>
beforeAll(async () => {
  drivers = await startDrivers()
  await ensureTables(drivers.tcp())
}, 60_000)
afterAll(() => drivers.stop())

const neonUrl = 'postgresql://user:password@localhost/test'

/** Everything that a store asks, once. */
async function works(client: PostgresClient): Promise<void> {
  const store = postgresStore(client)
  const [a, b, userId] = [newId(), newId(), newId()]
  const rows = [change(a, 0, { a: 1 }, { userId }), change(b, 0, {}, { livesMs: -1 })]
  await write(store, ...rows)
  await holds(store, ...rows)
  expect((await store.swap([change(a, 0)])).rows).toHaveLength(1)
  const { rows: listed, nowMs } = await store.listUser(userId)
  expect(listed).toEqual([{ id: a, version: 1, userId, value: { a: 1 } }])
  expect(Math.abs(nowMs - Date.now())).toBeLessThan(60_000)
  expect(await store.sweep(100)).toBe(1)
}

test('works on a single connection of pg, as it is and through drizzle', async () => {
  const client = new pg.Client(drivers.server.url)
  client.on('error', () => {})
  await client.connect()
  await works(client)
  await works(overTcp(client))
  await client.end()
})

test('works on neon(), whatever form of answers it was told to give', async () => {
  for (const options of [
    {},
    { fullResults: true },
    { arrayMode: true },
    { arrayMode: true, fullResults: true },
  ]) {
    const client = neon(neonUrl, options)
    await works(client)
    await works(overHttp(client))
  }
})

test('works whatever parsers the application has put into its drivers', async () => {
  const oids = [20, 23, 25, 114, 701]
  const odd = () => 'parsed by the application'
  const before = oids.map((oid) => [pg.types.getTypeParser(oid), neonTypes.getTypeParser(oid)] as const)
  try {
    for (const oid of oids) pg.types.setTypeParser(oid, odd)
    await works(drivers.tcp())
    // Neon's own parsers run in any case; numbers may come out as anything that is one.
    neonTypes.setTypeParser(20, BigInt)
    neonTypes.setTypeParser(23, BigInt)
    await works(neon(neonUrl))
  } finally {
    for (const [index, oid] of oids.entries()) {
      const [ofPg, ofNeon] = before[index] ?? []
      if (ofPg !== undefined) pg.types.setTypeParser(oid, ofPg)
      if (ofNeon !== undefined) neonTypes.setTypeParser(oid, ofNeon)
    }
  }
})

test('refuses what is no client of Postgres', () => {
  for (const client of [{}, () => {}, { $client: {} }])
    expect(() => postgresStore(client as PostgresClient)).toThrow(TypeError)
})

/** Names of the statements that are prepared on the only connection of a pool. */
async function preparedOn(pool: pg.Pool): Promise<readonly string[]> {
  const { rows } = await pool.query<{ name: string }>('select name from pg_prepared_statements order by 1')
  return rows.map(({ name }) => name)
}

test('prepares each statement once, and two tables on one connection do not mix', async () => {
  const pool = openPool(drivers.server.url, 1)
  await ensureTables(pool, { table: 'others' })
  const [store, others] = [postgresStore(pool), postgresStore(pool, { table: 'others' })]
  const id = newId()
  await write(store, change(id, 0, { here: 1 }))
  await write(others, change(id, 0, { there: 1 }))
  for (let times = 0; times < 3; times++) {
    await holds(store, change(id, 0, { here: 1 }))
    await holds(others, change(id, 0, { there: 1 }))
  }
  const names = await preparedOn(pool)
  expect(names).toHaveLength(4)
  for (const name of names) expect(name.length).toBeLessThan(64)
  await pool.end()
})

// What pgbouncer does that gives each transaction another connection of the server.
test('goes on when the connection that it gets has not prepared its statements', async () => {
  const pool = openPool(drivers.server.url, 1)
  const [store, id] = [postgresStore(pool), newId()]
  await write(store, change(id, 0))
  await store.read([id])
  await pool.query('deallocate all')
  await holds(store, change(id, 0))
  await write(store, change(id, 1))
  await holds(store, change(id, 1))
  expect(await preparedOn(pool)).toEqual([])
  await pool.end()
})

test('goes on when somebody else has prepared statements of its names on the connection that it gets', async () => {
  const [ours, theirs] = [openPool(drivers.server.url, 1), openPool(drivers.server.url, 1)]
  const id = newId()
  await write(postgresStore(ours), change(id, 0))
  await postgresStore(ours).read([id])
  for (const name of await preparedOn(ours)) await theirs.query(`prepare "${name}" as select 1`)
  const store = postgresStore(theirs)
  await write(store, change(id, 1))
  await holds(store, change(id, 1))
  for (const pool of [ours, theirs]) await pool.end()
})

test('no two requests over HTTP have the same body, so that no cache gives an old answer', async () => {
  const bodies: string[] = []
  const before = neonConfig.fetchFunction
  neonConfig.fetchFunction = (url: string, init: RequestInit) => {
    bodies.push(String(init.body))
    return fetch(url, init)
  }
  try {
    const [store, id] = [postgresStore(neon(neonUrl)), newId()]
    for (let times = 0; times < 2; times++) {
      await store.read([id])
      await store.listUser('ada')
    }
  } finally {
    neonConfig.fetchFunction = before
  }
  expect(bodies).toHaveLength(4)
  expect(new Set(bodies).size).toBe(4)
})

test('the time limit is of the whole operation, and nothing is sent after it', async () => {
  let sent = 0
  const slow: PgClient = {
    async query() {
      sent += 1
      await sleep(150)
      // Refused, so that the rows are read.
      return { rows: [[null, null, null, null, '0', '0']] }
    },
  }
  const swapped = postgresStore(slow, { timeoutMs: 100 }).swap([change(newId(), 1)])
  await expect(swapped).rejects.toThrow('within 100 ms')
  await sleep(200)
  expect(sent).toBe(1)
})

test('what is refused again and again is given up when its time is over', async () => {
  let sent = 0
  const refusing: PgClient = {
    async query() {
      sent += 1
      await sleep(10)
      throw Object.assign(new Error('could not serialize'), { code: '40001' })
    },
  }
  await expect(postgresStore(refusing, { timeoutMs: 100 }).read([newId()])).rejects.toThrow()
  const before = sent
  expect(before).toBeGreaterThan(1)
  await sleep(100)
  expect(sent - before).toBeLessThan(2)
})

test('gives up when the database does not answer in time', async () => {
  const silent = createServer(() => {})
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const before = neonConfig.fetchEndpoint
  neonConfig.fetchEndpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/sql`
  try {
    const started = Date.now()
    await expect(postgresStore(neon(neonUrl), { timeoutMs: 100 }).read([newId()])).rejects.toThrow(
      'within 100 ms',
    )
    expect(Date.now() - started).toBeLessThan(2000)
  } finally {
    neonConfig.fetchEndpoint = before
    silent.closeAllConnections()
    silent.close()
  }
})
