import { PGlite } from '@electric-sql/pglite'
import { drizzle } from 'drizzle-orm/pglite'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { drizzleStore, ensureSchema } from '../../src/drizzle.js'
import { testStore } from '../../src/testing.js'

describe('Postgres through drizzle, in process', () => {
  let pglite: PGlite
  beforeAll(async () => {
    pglite = await PGlite.create()
    await ensureSchema(drizzle(pglite))
  }, 60_000)
  afterAll(() => pglite.close())

  testStore({
    // One after another: the database runs in this thread, and would keep the clocks of the others waiting.
    test: (title, run) => test(title, run, 60_000),
    createStore: () => drizzleStore(drizzle(pglite), { timeoutMs: 20_000 }),
    // It asks this process for the time.
    hasOwnClock: false,
  })
})
