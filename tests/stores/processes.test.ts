import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { neon, neonConfig } from '@neondatabase/serverless'
import { drizzle } from 'drizzle-orm/neon-http'
import { drizzle as overTcp } from 'drizzle-orm/node-postgres'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startPostgres } from '../../fixtures/postgres.mjs'
import { startRedis } from '../../fixtures/redis.mjs'
import { startDatabase } from '../../scripts/database.mjs'
import { drizzleStore, ensureSchema } from '../../src/drizzle.js'
import type { Store } from '../../src/core/store.js'
import { kvStore } from '../../src/kv.js'
import { liveOf, newHash } from '../../src/testing/given.js'
import { openPool } from '../support/pools.js'

// Processes of their own, with the built package, as several instances of an application would be.
const connects = {
  'PGlite, one owner': `
    import { neon, neonConfig } from '@neondatabase/serverless'
    import { drizzle } from 'drizzle-orm/neon-http'
    import { drizzleStore } from 'next-crossdomain-session/drizzle'
    neonConfig.fetchEndpoint = url
    const store = drizzleStore(drizzle(neon('postgresql://user:password@localhost/test')), { timeoutMs: 20000 })
    const close = () => {}`,
  Postgres: `
    import { drizzle } from 'drizzle-orm/node-postgres'
    import pg from 'pg'
    import { drizzleStore } from 'next-crossdomain-session/drizzle'
    const pool = new pg.Pool({ connectionString: url, max: 5 })
    const store = drizzleStore(drizzle(pool), { timeoutMs: 20000 })
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
  const [url, hash, ...tickets] = process.argv.slice(1)
  ${connects[engine]}
  const visit = { domain: 'https://shop.example', ip: null, userAgent: null }
  const lifetime = { idleSeconds: 1000, absoluteSeconds: 1000, tombstoneSeconds: 1000 }
  const firsts = []
  for (const ticket of tickets) {
    const redeemed = await Promise.all(Array.from({ length: 5 }, () => store.redeem(ticket, 60, [])))
    firsts.push(redeemed.filter(({ first }) => first).length)
  }
  for (let done = 0; done < 5; ) {
    const [state] = await store.read([hash], null)
    const [n, ifVersion] = state.state === 'live' ? [state.record.data.n, state.record.version] : [0, 0]
    if ((await store.write(hash, { set: { n: n + 1 } }, { visit, lifetime, ifVersion })).status === 'saved') done++
  }
  console.log(JSON.stringify(firsts))
  await close()
`

const urls = new Map<Engine, string>()
const stores = new Map<Engine, Store>()
const toClose: (() => unknown)[] = []

beforeAll(async () => {
  const [database, postgres, redis] = await Promise.all([startDatabase(), startPostgres(), startRedis()])
  neonConfig.fetchEndpoint = database.url
  const [pglite, tcp] = [drizzle(neon('postgresql://user:password@localhost/test')), overTcp(openPool(postgres.url))]
  await Promise.all([ensureSchema(pglite), ensureSchema(tcp)])
  const client = new Redis(redis.url)
  for (const [index, url] of [database.url, postgres.url, redis.url].entries()) urls.set(engines[index] as Engine, url)
  for (const [index, store] of [drizzleStore(pglite), drizzleStore(tcp), kvStore(client)].entries()) stores.set(engines[index] as Engine, store)
  toClose.push(() => client.disconnect(), () => tcp.$client.end(), () => database.close(), () => postgres.stop(), () => redis.stop())
}, 60_000)
afterAll(async () => {
  for (const close of toClose) await close()
})

test.each(engines)('%s: of twenty tickets with twenty redeemers each, in four processes, each is burnt once, and of twenty updates none is lost', { timeout: 60_000 }, async (engine) => {
  const [hash, ...tickets] = Array.from({ length: 21 }, newHash)
  const run = () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', worker(engine), urls.get(engine) ?? '', hash ?? '', ...tickets])
  const outputs = await Promise.all([run(), run(), run(), run()])
  const firsts = outputs.map(({ stdout }) => JSON.parse(stdout) as number[])
  expect(tickets.map((_, index) => firsts.reduce((sum, list) => sum + (list[index] ?? 0), 0))).toEqual(tickets.map(() => 1))
  const store = stores.get(engine)
  if (store === undefined || hash === undefined) throw new Error(engine)
  expect((await liveOf(store, hash)).data).toEqual({ n: 20 })
})
