// The servers of the benchmark, and a store for each driver that the kit supports.
import { PGlite } from '@electric-sql/pglite'
import { neon, neonConfig, Pool as NeonPool } from '@neondatabase/serverless'
import { Redis as UpstashRedis } from '@upstash/redis'
import { createClient as createVercelKv } from '@vercel/kv'
import { drizzle as overHttp } from 'drizzle-orm/neon-http'
import { drizzle as overWebSocket } from 'drizzle-orm/neon-serverless'
import { drizzle as overTcp } from 'drizzle-orm/node-postgres'
import { drizzle as inProcess } from 'drizzle-orm/pglite'
import { Redis } from 'ioredis'
import { drizzleStore } from 'next-crossdomain-session/drizzle'
import { kvStore } from 'next-crossdomain-session/kv'
import { crossDomainTables } from 'next-crossdomain-session/schema'
import pg from 'pg'
import { createClient } from 'redis'
import { WebSocket } from 'ws'
import { serveNeon } from '../fixtures/neon-postgres.mjs'
import { startPostgres } from '../fixtures/postgres.mjs'
import { startRedis } from '../fixtures/redis.mjs'
import { serveUpstash } from '../fixtures/upstash-gateway.mjs'

const timeoutMs = 20_000

/** Each size has its own tables and its own keys, in the same servers. */
export const tablesOf = {
  few: crossDomainTables({ prefix: 'few_' }),
  many: crossDomainTables({ prefix: 'many_' }),
}
export const keysOf = { few: 'few:', many: 'many:' }

/**
 * @typedef {object} Engines
 * @property {Awaited<ReturnType<typeof startPostgres>>} postgres
 * @property {Awaited<ReturnType<typeof startRedis>>} redis
 * @property {pg.Pool} pool To fill and to ask with, not to measure.
 * @property {import('next-crossdomain-session/drizzle').PostgresDatabase} db The same through drizzle.
 * @property {Redis} client The same for Redis.
 * @property {import('next-crossdomain-session/drizzle').PostgresDatabase} pgliteDb In the memory of this process.
 * @property {string[]} versions
 */

/**
 * @param {(close: () => Promise<unknown>) => void} onClose
 * @returns {Promise<Engines>}
 */
export async function startEngines(onClose) {
  // Memory for the indexes and part of the rows; no checkpoint while something is measured.
  const postgres = await startPostgres({
    settings: { shared_buffers: '512MB', max_wal_size: '16GB', checkpoint_timeout: '1d' },
  })
  onClose(() => postgres.stop())
  const redis = await startRedis()
  onClose(() => redis.stop())
  const pool = new pg.Pool({ connectionString: postgres.url, max: 4 })
  pool.on('error', () => {})
  onClose(() => pool.end())
  const client = new Redis(redis.url)
  client.on('error', () => {})
  onClose(async () => client.disconnect())
  const pglite = await PGlite.create()
  onClose(() => pglite.close())
  const { rows } = await pool.query(`select split_part(current_setting('server_version'), ' ', 1) as version`)
  const redisVersion = /redis_version:(\S+)/.exec(await client.info('server'))?.[1]
  return {
    postgres,
    redis,
    pool,
    db: overTcp(pool),
    client,
    pgliteDb: inProcess(pglite),
    versions: [`Postgres ${rows[0].version}`, `Redis ${redisVersion}`],
  }
}

/**
 * @param {Engines} engines
 * @param {(close: () => Promise<unknown>) => void} onClose
 * @param {number} connections Of each pool.
 * @returns {Promise<{ name: string, kind: 'postgres' | 'redis' | 'pglite', storeAt(size: 'few' | 'many'): import('next-crossdomain-session').Store }[]>}
 */
export async function connectDrivers({ postgres, redis, pgliteDb }, onClose, connections) {
  const neonGateway = await serveNeon(postgres)
  onClose(() => neonGateway.close())
  const token = 'token-of-the-benchmark'
  const upstash = await serveUpstash({ redisUrl: redis.url, token })
  onClose(() => upstash.close())
  Object.assign(neonConfig, {
    ...{ fetchEndpoint: neonGateway.url, wsProxy: neonGateway.wsProxy, webSocketConstructor: WebSocket },
    ...{ useSecureWebSocket: false, pipelineTLS: false, pipelineConnect: false },
  })

  const pool = (Pool) => {
    const created = new Pool({ connectionString: postgres.url, max: connections })
    created.on('error', () => {})
    onClose(() => created.end())
    return created
  }
  const ioredis = new Redis(redis.url)
  ioredis.on('error', () => {})
  onClose(async () => ioredis.disconnect())
  const nodeRedis = createClient({ url: redis.url })
  nodeRedis.on('error', () => {})
  await nodeRedis.connect()
  onClose(async () => nodeRedis.destroy())

  const ofPostgres = (name, db, kind = 'postgres') => ({
    name,
    kind,
    storeAt: (size) => drizzleStore(db, { tables: tablesOf[size], timeoutMs }),
  })
  const ofRedis = (name, client) => ({
    name,
    kind: 'redis',
    storeAt: (size) => kvStore(client, { prefix: keysOf[size], timeoutMs }),
  })
  return [
    ofPostgres('node-postgres', overTcp(pool(pg.Pool))),
    ofPostgres('neon-http *', overHttp(neon(postgres.url.replace('postgres@', 'postgres:any@')))),
    ofPostgres('neon-serverless *', overWebSocket(pool(NeonPool))),
    ofRedis('ioredis', ioredis),
    ofRedis('redis', nodeRedis),
    ofRedis('@vercel/kv *', createVercelKv({ url: upstash.url, token })),
    ofRedis('@upstash/redis *', new UpstashRedis({ url: upstash.url, token })),
    ofPostgres('pglite †', pgliteDb, 'pglite'),
  ]
}
