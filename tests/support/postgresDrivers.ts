import { neon, neonConfig } from '@neondatabase/serverless'
import { drizzle as overHttp } from 'drizzle-orm/neon-http'
import { drizzle as overWebSocket } from 'drizzle-orm/neon-serverless'
import { drizzle as overTcp } from 'drizzle-orm/node-postgres'
import { drizzle as overPostgresJs } from 'drizzle-orm/postgres-js'
import type pg from 'pg'
import postgres from 'postgres'
import { WebSocket } from 'ws'
import { serveNeon } from '../../fixtures/neon-postgres.mjs'
import { startPostgres } from '../../fixtures/postgres.mjs'
import type { PostgresClient } from '../../src/postgres.js'
import { sleep } from './faults.js'
import { openNeonPool, openPool } from './pools.js'

/** The drivers that reach a server. */
export const driverNames = [
  'pg',
  'pg, where repeatable read is the default',
  'neon()',
  'the Pool of Neon',
  'postgres.js',
] as const
export type DriverName = (typeof driverNames)[number]

/** A new connection of a driver, as it is and through drizzle. */
export interface Connection {
  readonly plain: PostgresClient
  readonly drizzle: PostgresClient
}

/**
 * As if time had passed: the rows grow older at once, and only less than a second is waited for. So tests need not
 * wait, and a slow machine does not make a row too old. Nobody else may use the table meanwhile.
 */
export function aging(send: (text: string) => Promise<unknown>): (seconds: number) => Promise<void> {
  return async (seconds) => {
    if (seconds < 1) return sleep(seconds * 1000)
    await send(`update crossdomain_rows set purge_at = purge_at - interval '${seconds} seconds'`)
  }
}

/** Starts a server that all of the drivers reach. */
export async function startDrivers(settings: Readonly<Record<string, string>> = {}) {
  const server = await startPostgres({ settings })
  const gateway = await serveNeon(server)
  neonConfig.fetchEndpoint = gateway.url
  neonConfig.wsProxy = gateway.wsProxy
  neonConfig.webSocketConstructor = WebSocket
  neonConfig.useSecureWebSocket = neonConfig.pipelineTLS = false
  neonConfig.pipelineConnect = false
  const pools: { end(): Promise<void> }[] = []
  const tcp = (options = ''): pg.Pool => {
    const pool = openPool(`${server.url}?options=${encodeURIComponent(options)}`)
    pools.push(pool)
    return pool
  }
  const overPool = (pool: pg.Pool): Connection => ({ plain: pool, drizzle: overTcp(pool) })
  const connections: Readonly<Record<DriverName, () => Connection>> = {
    pg: () => overPool(tcp()),
    'pg, where repeatable read is the default': () =>
      overPool(tcp('-c default_transaction_isolation=repeatable\\ read')),
    'neon()': () => {
      const sql = neon(server.url.replace('postgres@', 'postgres:any@'))
      return { plain: sql, drizzle: overHttp(sql) }
    },
    'the Pool of Neon': () => {
      const pool = openNeonPool(server.url)
      pools.push(pool)
      return { plain: pool, drizzle: overWebSocket(pool) }
    },
    'postgres.js': () => {
      const sql = postgres(server.url, { onnotice: () => {} })
      pools.push(sql)
      return { plain: sql, drizzle: overPostgresJs(sql) }
    },
  }
  return {
    server,
    tcp,
    connect: (name: DriverName) => connections[name](),
    async stop() {
      for (const pool of pools) await pool.end()
      await gateway.close()
      await server.stop()
    },
  }
}
