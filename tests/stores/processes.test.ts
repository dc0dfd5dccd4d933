import { neon, neonConfig } from '@neondatabase/serverless'
import { drizzle } from 'drizzle-orm/neon-http'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDatabase } from '../../scripts/database.mjs'
import { drizzleStore, ensureSchema } from '../../src/drizzle.js'
import { liveOf, newHash } from '../../src/testing/given.js'

// Processes of their own, with the built package, as several instances of an application would be.
const worker = `
  import { neon, neonConfig } from '@neondatabase/serverless'
  import { drizzle } from 'drizzle-orm/neon-http'
  import { drizzleStore } from 'next-crossdomain-session/drizzle'
  const [url, ticket, hash] = process.argv.slice(1)
  neonConfig.fetchEndpoint = url
  const store = drizzleStore(drizzle(neon('postgresql://user:password@localhost/test')), { timeoutMs: 20000 })
  const visit = { domain: 'https://shop.example', ip: null, userAgent: null }
  const lifetime = { idleSeconds: 1000, absoluteSeconds: 1000, tombstoneSeconds: 1000 }
  const redeemed = await Promise.all(Array.from({ length: 20 }, () => store.redeem(ticket, 60, [])))
  for (let done = 0; done < 5; ) {
    const [state] = await store.read([hash], null)
    const [n, ifVersion] = state.state === 'live' ? [state.record.data.n, state.record.version] : [0, 0]
    if ((await store.write(hash, { set: { n: n + 1 } }, { visit, lifetime, ifVersion })).status === 'saved') done++
  }
  console.log(redeemed.filter(({ first }) => first).length)
`

let database: Awaited<ReturnType<typeof startDatabase>>
const db = () => drizzle(neon('postgresql://user:password@localhost/test'))

beforeAll(async () => {
  database = await startDatabase()
  neonConfig.fetchEndpoint = database.url
  await ensureSchema(db())
}, 60_000)
afterAll(() => database.close())

test('of 80 redeemers in four processes one is first, and of their 20 updates none is lost', { timeout: 60_000 }, async () => {
  const [ticket, hash] = [newHash(), newHash()]
  const run = () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', worker, database.url, ticket, hash])
  const outputs = await Promise.all([run(), run(), run(), run()])
  expect(outputs.map(({ stdout }) => Number(stdout)).sort()).toEqual([0, 0, 0, 1])
  expect((await liveOf(drizzleStore(db()), hash)).data).toEqual({ n: 20 })
})
