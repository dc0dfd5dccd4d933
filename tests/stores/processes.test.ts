import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { neon, neonConfig } from '@neondatabase/serverless'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { startPostgres } from '../../fixtures/postgres.mjs'
import { startRedis } from '../../fixtures/redis.mjs'
import { startDatabase } from '../../scripts/database.mjs'
import type { Store } from '../../src/core/store/store.js'
import { kvStore } from '../../src/kv.js'
import { ensureTables, postgresStore } from '../../src/postgres.js'
import { testStore } from '../../src/testing.js'
import { openPool } from '../support/pools.js'

// Processes of their own, with the built package, as several instances of an application would be.
const connects = {
  'PGlite, one owner': `
    import { neon, neonConfig } from '@neondatabase/serverless'
    import { postgresStore } from 'next-crossdomain-session/postgres'
    neonConfig.fetchEndpoint = url
    const store = postgresStore(neon('postgresql://user:password@localhost/test'), { timeoutMs: 20000 })
    const close = () => {}`,
  Postgres: `
    import pg from 'pg'
    import { postgresStore } from 'next-crossdomain-session/postgres'
    const pool = new pg.Pool({ connectionString: url, max: 5 })
    const store = postgresStore(pool, { timeoutMs: 20000 })
    const close = () => pool.end()`,
  Redis: `
    import { Redis } from 'ioredis'
    import { kvStore } from 'next-crossdomain-session/kv'
    const redis = new Redis(url)
    const store = kvStore(redis, { timeoutMs: 20000 })
    const close = () => redis.disconnect()`,
} as const
type Engine = keyof typeof connects
const engines = Object.keys(connects) as Engine[]

const worker = (engine: Engine) => `
  import { runJob } from 'next-crossdomain-session/testing'
  const [url, job] = process.argv.slice(1)
  ${connects[engine]}
  console.log(await runJob(store, job))
  await close()
`

const urls = new Map<Engine, string>()
const stores = new Map<Engine, Store>()
const toClose: (() => unknown)[] = []

beforeAll(async () => {
  const [database, postgres, redis] = await Promise.all([startDatabase(), startPostgres(), startRedis()])
  neonConfig.fetchEndpoint = database.url
  const [pglite, pool] = [neon('postgresql://user:password@localhost/test'), openPool(postgres.url)]
  await Promise.all([ensureTables(pglite), ensureTables(pool)])
  const client = new Redis(redis.url)
  for (const [index, url] of [database.url, postgres.url, redis.url].entries())
    urls.set(engines[index] as Engine, url)
  for (const [index, store] of [postgresStore(pglite), postgresStore(pool), kvStore(client)].entries())
    stores.set(engines[index] as Engine, store)
  toClose.push(
    () => client.disconnect(),
    () => pool.end(),
    () => database.close(),
    () => postgres.stop(),
    () => redis.stop(),
  )
}, 60_000)
afterAll(async () => {
  for (const close of toClose) await close()
})

describe.each(engines)('%s', (engine) => {
  const startProcess = async (job: string) => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--input-type=module',
      '-e',
      worker(engine),
      urls.get(engine) ?? '',
      job,
    ])
    return stdout
  }
  testStore({
    // The rest of the suite is run elsewhere.
    test: (title, run, timeoutMs) => title.includes('processes') && test(title, run, timeoutMs),
    createStore: () => {
      const store = stores.get(engine)
      if (store === undefined) throw new Error(engine)
      return store
    },
    startProcess,
  })
})
