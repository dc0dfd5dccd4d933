import { PGlite } from '@electric-sql/pglite'
import { neon, neonConfig } from '@neondatabase/serverless'
import { drizzle } from 'drizzle-orm/pglite'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { startDatabase } from '../../scripts/database.mjs'
import { ensureTables, postgresStore } from '../../src/postgres.js'
import { testStore } from '../../src/testing.js'
import { aging } from '../support/postgresDrivers.js'

const timeoutMs = 20_000

describe('PGlite in this process, as it is and through drizzle', () => {
  let pglite: PGlite
  beforeAll(async () => {
    pglite = await PGlite.create()
    await ensureTables(pglite)
  }, 60_000)
  afterAll(() => pglite.close())

  testStore({
    test: (title, run) => test(title, run, 60_000),
    createStore: () => postgresStore(pglite, { timeoutMs }),
    otherConnections: () => [postgresStore(drizzle(pglite), { timeoutMs })],
    advanceSeconds: aging((text) => pglite.query(text)),
    // It asks this process for the time.
    hasOwnClock: false,
  })
})

describe('PGlite behind the protocol of Neon', () => {
  const client = neon('postgresql://user:password@localhost/test')
  const connect = () => postgresStore(client, { timeoutMs })
  let database: Awaited<ReturnType<typeof startDatabase>>
  beforeAll(async () => {
    database = await startDatabase()
    neonConfig.fetchEndpoint = database.url
    // Six instances of an application that start at the same moment.
    await Promise.all(Array.from({ length: 6 }, () => ensureTables(client)))
  }, 60_000)
  afterAll(() => database.close())

  testStore({
    test: (title, run) => test(title, run, 60_000),
    createStore: connect,
    otherConnections: () => [connect(), connect(), connect()],
    advanceSeconds: aging((text) => client.query(text)),
    hasOwnClock: false,
  })
})
