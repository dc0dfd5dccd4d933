import type pg from 'pg'
import { afterAll, beforeAll, describe, test } from 'vitest'
import type { Store } from '../../src/core/store/store.js'
import { ensureTables, postgresStore } from '../../src/postgres.js'
import { testStore } from '../../src/testing.js'
import { aging, driverNames, startDrivers } from '../support/postgresDrivers.js'

let drivers: Awaited<ReturnType<typeof startDrivers>>
let admin: pg.Pool
beforeAll(async () => {
  drivers = await startDrivers()
  admin = drivers.tcp()
  await ensureTables(admin)
}, 60_000)
afterAll(() => drivers.stop())

describe.each(driverNames)('Postgres through %s, as it is and through drizzle', (name) => {
  let stores: readonly Store[] | undefined
  /** Two connections, each as it is and through drizzle. */
  const opened = () =>
    (stores ??= [drivers.connect(name), drivers.connect(name)]
      .flatMap(({ plain, drizzle }) => [plain, drizzle])
      .map((client) => postgresStore(client, { timeoutMs: 20_000 })))
  let turn = 0
  testStore({
    test: (title, run) => test(title, run, 60_000),
    createStore: () => opened()[turn++ % 2] ?? Promise.reject(new Error(name)),
    otherConnections: opened,
    advanceSeconds: aging((text) => admin.query(text)),
  })
})
