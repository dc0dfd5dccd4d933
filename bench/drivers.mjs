// The servers of `bench:stores`, with their rows, and a store for each driver that the kit supports.
import { createHash } from 'node:crypto'
import { PGlite } from '@electric-sql/pglite'
import { neon, neonConfig, Pool as NeonPool } from '@neondatabase/serverless'
import { Redis as UpstashRedis } from '@upstash/redis'
import { createClient as createVercelKv } from '@vercel/kv'
import { Redis } from 'ioredis'
import { kvStore } from 'next-crossdomain-session/kv'
import { ensureTables, postgresStore } from 'next-crossdomain-session/postgres'
import pg from 'pg'
import { createClient } from 'redis'
import { WebSocket } from 'ws'
import { serveNeon } from '../fixtures/neon-postgres.mjs'
import { startPostgres } from '../fixtures/postgres.mjs'
import { startRedis } from '../fixtures/redis.mjs'
import { serveUpstash } from '../fixtures/upstash-gateway.mjs'
import { livesMs, value } from './measure.mjs'

/** The nth row. Like real ids, these are in no order. */
export const idOf = (n) => createHash('md5').update(`${n}`).digest('hex')
/** Half of the rows have a user, and each user has two. */
export const userOf = (n) => (n % 4 < 2 ? `user-${Math.floor(n / 4)}` : null)

/**
 * Starts the servers, and fills two tables in each: one with 1,000 rows, one with `rows`.
 * @param {number} connections Of each pool.
 * @returns For each driver, a store on both tables, with the version that each row has now. Drivers share tables.
 */
export async function startDrivers(rows, connections) {
  // The indexes and a part of the rows fit into memory, and no checkpoint falls into a measurement.
  const settings = { shared_buffers: '512MB', max_wal_size: '16GB', checkpoint_timeout: '1d' }
  const [postgres, redis, pglite] = [await startPostgres({ settings }), await startRedis(), new PGlite()]
  const neonGateway = await serveNeon(postgres)
  const token = 'token-of-the-benchmark'
  const upstash = { url: (await serveUpstash({ redisUrl: redis.url, token })).url, token }
  const [fetchEndpoint, wsProxy, webSocketConstructor] = [neonGateway.url, neonGateway.wsProxy, WebSocket]
  Object.assign(neonConfig, { fetchEndpoint, wsProxy, webSocketConstructor })
  Object.assign(neonConfig, { useSecureWebSocket: false, pipelineTLS: false, pipelineConnect: false })
  const pool = { connectionString: postgres.url, max: connections }
  const [pgPool, ioredis] = [new pg.Pool(pool), new Redis(redis.url)]

  const inPostgres = await filled(fillPostgres, pgPool, rows)
  const inRedis = await filled(fillRedis, ioredis, rows)
  // In the memory of this process, for development.
  const inProcess = await filled(fillPostgres, pglite, Math.min(rows, 100_000))
  const timeoutMs = 20_000
  const onPostgres = (client, tables = inPostgres) =>
    tables.map((each) => ({ ...each, store: postgresStore(client, { table: each.table, timeoutMs }) }))
  const onRedis = (client) =>
    inRedis.map((each) => ({ ...each, store: kvStore(client, { prefix: `${each.table}:`, timeoutMs }) }))
  const drivers = {
    pg: onPostgres(pgPool),
    'neon-http *': onPostgres(neon(postgres.url.replace('postgres@', 'postgres:any@'))),
    'neon Pool *': onPostgres(new NeonPool(pool)),
    'pglite †': onPostgres(pglite, inProcess),
    ioredis: onRedis(ioredis),
    redis: onRedis(await createClient(redis).connect()),
    '@vercel/kv *': onRedis(createVercelKv(upstash)),
    '@upstash/redis *': onRedis(new UpstashRedis(upstash)),
  }
  return { drivers, pgPool }
}

async function filled(fill, client, rows) {
  const tables = Object.entries({ few: 1000, many: rows })
  for (const [table, count] of tables) await fill(client, table, count)
  return tables.map(([table, count]) => ({ table, count, versions: new Uint32Array(count).fill(1) }))
}

/** @param {string} purgeAt SQL. */
export async function insertRows(client, table, first, count, purgeAt) {
  await client.query(
    `insert into ${table} (id, version, user_id, value, purge_at)
    select md5(n::text), 1, case when n % 4 < 2 then 'user-' || n / 4 end, $1::json, ${purgeAt}
    from generate_series($2::int, $3::int) n`,
    [JSON.stringify(value), first, first + count - 1],
  )
  await client.query(`vacuum analyze ${table}`)
  await client.query('checkpoint')
}

async function fillPostgres(client, table, count) {
  await ensureTables(client, { table })
  await insertRows(client, table, 0, count, `now() + (1 + random() * 29) * interval '1 day'`)
}

/** Through the store, so that the rows are as it writes them. This client does not wait for one answer to send the next. */
async function fillRedis(client, table, count) {
  const store = kvStore(client, { prefix: `${table}:`, timeoutMs: 60_000 })
  const insert = (n) => store.swap([{ id: idOf(n), version: 0, userId: userOf(n), value, livesMs }])
  for (let first = 0; first < count; first += 1000)
    await Promise.all(
      Array.from({ length: Math.min(1000, count - first) }, (_, index) => insert(first + index)),
    )
}
