import { neon, neonConfig } from '@neondatabase/serverless'
import { drizzle as overHttp } from 'drizzle-orm/neon-http'
import { drizzle as overWebSocket } from 'drizzle-orm/neon-serverless'
import { drizzle as overTcp } from 'drizzle-orm/node-postgres'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { WebSocket } from 'ws'
import { serveNeon } from '../../fixtures/neon-postgres.mjs'
import { startPostgres } from '../../fixtures/postgres.mjs'
import { drizzleStore, ensureSchema, type PostgresDatabase } from '../../src/drizzle.js'
import { testStore } from '../../src/testing.js'
import { openNeonPool, openPool } from '../support/pools.js'

let server: Awaited<ReturnType<typeof startPostgres>>
let gateway: Awaited<ReturnType<typeof serveNeon>>
const toClose: (() => unknown)[] = []

beforeAll(async () => {
  server = await startPostgres()
  gateway = await serveNeon(server)
  neonConfig.fetchEndpoint = gateway.url
  neonConfig.wsProxy = gateway.wsProxy
  neonConfig.webSocketConstructor = WebSocket
  neonConfig.useSecureWebSocket = neonConfig.pipelineTLS = false
  neonConfig.pipelineConnect = false
  await ensureSchema(nodePostgres())
}, 60_000)
afterAll(async () => {
  for (const close of toClose) await close()
  await gateway.close()
  await server.stop()
})

function nodePostgres(options = '') {
  const pool = openPool(`${server.url}?options=${encodeURIComponent(options)}`)
  toClose.push(() => pool.end())
  return overTcp(pool)
}

const drivers: Readonly<Record<string, () => PostgresDatabase>> = {
  'node-postgres': () => nodePostgres(),
  'node-postgres, where repeatable read is the default': () =>
    nodePostgres('-c default_transaction_isolation=repeatable\\ read'),
  'neon-http': () => overHttp(neon(server.url.replace('postgres@', 'postgres:any@'))),
  'neon-serverless': () => {
    const pool = openNeonPool(server.url)
    toClose.push(() => pool.end())
    return overWebSocket(pool)
  },
}

describe.each(Object.keys(drivers))('Postgres through %s', (name) => {
  const databases = new Map<number, PostgresDatabase>()
  const connection = (index: number) => {
    const db = databases.get(index) ?? drivers[name]?.()
    if (db === undefined) throw new Error(name)
    databases.set(index, db)
    return drizzleStore(db, { timeoutMs: 20_000 })
  }
  testStore({
    // Side by side, because some wait for something to expire; what sweeps the table has it for itself.
    test: (title, run) => (title.startsWith('sweeping') ? test : test.concurrent)(title, run, 60_000),
    createStore: () => connection(0),
    otherConnections: () => [1, 2, 3].map(connection),
  })
})
