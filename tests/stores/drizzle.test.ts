import { neon, neonConfig } from '@neondatabase/serverless'
import { PGlite } from '@electric-sql/pglite'
import { drizzle as overHttp } from 'drizzle-orm/neon-http'
import { drizzle as inProcess } from 'drizzle-orm/pglite'
import { PgDialect, pgTable, text } from 'drizzle-orm/pg-core'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDatabase } from '../../scripts/database.mjs'
import { drizzleStore, ensureSchema, type PostgresDatabase } from '../../src/drizzle.js'
import { crossDomainTables } from '../../src/schema.js'
import { lifetime, liveOf, newHash, save, visit } from '../../src/testing/given.js'
import { testStore } from '../../src/testing.js'
import { sleep } from '../support/faults.js'

const connectionString = 'postgresql://user:password@localhost/test'

describe('Postgres through drizzle, over the Neon driver', () => {
  let database: Awaited<ReturnType<typeof startDatabase>>
  const connect = () => drizzleStore(overHttp(neon(connectionString)), { timeoutMs: 20_000 })
  beforeAll(async () => {
    database = await startDatabase()
    neonConfig.fetchEndpoint = database.url
    // Six instances of an application that start at the same moment.
    await Promise.all(Array.from({ length: 6 }, () => ensureSchema(overHttp(neon(connectionString)))))
  }, 60_000)
  afterAll(() => database.close())

  testStore({
    // Side by side, because some wait for something to expire; what sweeps the table has it for itself.
    test: (title, run) => (title.startsWith('sweeping') ? test : test.concurrent)(title, run, 60_000),
    createStore: connect,
    otherConnections: () => [connect(), connect(), connect()],
    // The database runs in this thread, and asks it for the time.
    hasOwnClock: false,
  })
})

describe('Postgres through drizzle', () => {
  let pglite: PGlite
  let db: PostgresDatabase
  beforeAll(async () => {
    pglite = await PGlite.create()
    db = inProcess(pglite)
  }, 60_000)
  afterAll(() => pglite.close())

  test('says that the tables are missing: CDS304', async () => {
    await expect(drizzleStore(db).read([newHash()], null)).rejects.toMatchObject({ code: 'CDS304' })
  })

  test('uses tables of other names, in another schema', async () => {
    const tables = crossDomainTables({ prefix: `odd"'`, schema: `my "schema"` })
    await ensureSchema(db, { tables })
    await ensureSchema(db, { tables })
    const store = drizzleStore(db, { tables })
    const hash = newHash()
    await store.end(hash, 60)
    expect(await store.read([hash], null)).toEqual([{ state: 'ended' }])
    const { rows } = await pglite.query<{ n: number }>(
      `select count(*)::int as n from "my ""schema"""."odd""'sessions"`,
    )
    expect(rows).toEqual([{ n: 1 }])
  })

  test('takes its sessions along when a user of the application goes', async () => {
    await pglite.exec('create table users (id text primary key); insert into users values ($$ada$$)')
    const users = pgTable('users', { id: text('id').primaryKey() })
    const tables = crossDomainTables({ prefix: 'own_', users: () => users.id })
    await ensureSchema(db, { tables })
    await ensureSchema(db, { tables })
    const store = drizzleStore(db, { tables })
    const hash = newHash()
    await save(store, hash, { set: { a: 1 } }, { userId: 'ada' })
    await expect(save(store, newHash(), {}, { userId: 'nobody' })).rejects.toMatchObject({
      cause: { code: '23503' },
    })
    await pglite.exec('delete from users')
    expect(await store.read([hash], null)).toEqual([{ state: 'blank' }])
  })

  test('ensureSchema adds what a later version has added, and keeps the rows', async () => {
    const tables = crossDomainTables({ prefix: 'old_' })
    await ensureSchema(db, { tables })
    const store = drizzleStore(db, { tables })
    const hash = newHash()
    await save(store, hash, { set: { a: 1 } })
    await pglite.exec(
      'alter table old_sessions drop column remembered, drop column rotated_on, drop column replaced_on',
    )
    await expect(store.read([hash], null)).rejects.toMatchObject({ cause: { code: '42703' } })
    await ensureSchema(db, { tables })
    expect((await liveOf(store, hash)).data).toEqual({ a: 1 })
  })

  test('the time limit is of the whole operation, and nothing is sent after it', async () => {
    let sent = 0
    const slow: PostgresDatabase = {
      async execute() {
        sent += 1
        await sleep(150)
        return [{ answer: JSON.stringify({ status: 'refused', current: { state: 'blank' } }) }]
      },
    }
    const write = drizzleStore(slow, { timeoutMs: 200 }).write(
      newHash(),
      {},
      { visit, lifetime, ifVersion: 1 },
    )
    await expect(write).rejects.toThrow('within 200 ms')
    const rotated = drizzleStore(slow, { timeoutMs: 200 }).rotate({
      from: newHash(),
      to: newHash(),
      userId: 'ada',
      keepData: true,
      remembered: true,
      visit,
      lifetime,
    })
    await expect(rotated).rejects.toThrow('within 200 ms')
    const before = sent
    await sleep(400)
    expect(sent).toBe(before)
  })

  test('no two requests for a look have the same body, so that no cache of HTTP answers gives an old one', async () => {
    const bodies: string[] = []
    const noted: PostgresDatabase = {
      execute(query) {
        bodies.push(JSON.stringify(new PgDialect().sqlToQuery(query)))
        return Promise.resolve([{ answer: '[]' }])
      },
    }
    const [store, hash] = [drizzleStore(noted), newHash()]
    for (let times = 0; times < 2; times++) {
      await store.read([hash], null)
      await store.read([hash], visit)
      await store.listUser('ada')
    }
    expect(new Set(bodies).size).toBe(6)
    expect(
      new Set(bodies.map((body) => (JSON.parse(body) as { sql: string }).sql)).size,
      'the text is the same, for the plan of a prepared statement',
    ).toBe(3)
  })

  test('gives up when the database does not answer in time', async () => {
    const silent = createServer(() => {})
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const never = neon(connectionString, { fetchOptions: {} })
    const before = neonConfig.fetchEndpoint
    neonConfig.fetchEndpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/sql`
    try {
      const started = Date.now()
      await expect(drizzleStore(overHttp(never), { timeoutMs: 100 }).read([newHash()], null)).rejects.toThrow(
        'within 100 ms',
      )
      expect(Date.now() - started).toBeLessThan(2000)
    } finally {
      neonConfig.fetchEndpoint = before
      silent.closeAllConnections()
      silent.close()
    }
  })
})
