/**
 * What one read of a session costs this process in CPU, against what a team would write by hand for the same client.
 *
 *     npm run bench:reads [-- --rounds N]        half a minute
 *
 * The rounds are interleaved, and each way by hand is measured twice: what the two differ by is noise.
 */
import { drizzle } from 'drizzle-orm/node-postgres'
import { Redis } from 'ioredis'
import { kvStore } from 'next-crossdomain-session/kv'
import { ensureTables, postgresStore } from 'next-crossdomain-session/postgres'
import pg from 'pg'
import { createClient } from 'redis'
import { startPostgres } from '../fixtures/postgres.mjs'
import { startRedis } from '../fixtures/redis.mjs'
import { inTurns, livesMs, optionsFrom, printTable, quantile, timesOf, value } from './measure.mjs'

const { rounds, reads } = optionsFrom({ rounds: 15, reads: 2000 })
const sides = 4
const id = 'q7Zk0p9m3n5b7v1c2x4z6a8s0d1f3g5h7j9k2l4w6e8'
const row = { id, version: 0, userId: 'ada', value, livesMs }

const [postgres, redisServer] = [await startPostgres(), await startRedis()]
const pool = new pg.Pool({ connectionString: postgres.url, max: sides })
await ensureTables(pool)
await postgresStore(pool).swap([row])
const ioredis = new Redis(redisServer.url)
const redis = await createClient(redisServer).connect()
await kvStore(ioredis).swap([row])
await ioredis.set('by-hand', JSON.stringify(row))

const text = 'select version, user_id, value, now() from crossdomain_rows where id = $1'
const getBy = (client) => async () => JSON.parse(await client.get('by-hand'))
const through = (store) => async () => (await store.read([id])).rows[0]
/** By client; the first way is the measure of the others. */
const clients = {
  pg: {
    'by hand': async () => (await pool.query(text, [id])).rows[0],
    'by hand, prepared': async () => (await pool.query({ name: 'session', text, values: [id] })).rows[0],
    'the store': through(postgresStore(pool)),
    "the store on drizzle's db": through(postgresStore(drizzle(pool))),
  },
  ioredis: { 'by hand': getBy(ioredis), 'the store': through(kvStore(ioredis)) },
  redis: { 'by hand': getBy(redis), 'the store': through(kvStore(redis)) },
}

/** Microseconds of CPU, of one read. */
async function costOf(read) {
  const before = process.cpuUsage()
  let left = reads
  const checked = async () => {
    if ((await read()).value.cart.length !== value.cart.length) throw new Error('not what was written')
  }
  await timesOf(checked, sides, () => left-- <= 0)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / reads
}

const figures = {}
for (const [client, once] of Object.entries(clients)) {
  const ways = { ...once, 'by hand, again': once['by hand'] }
  const costs = await inTurns(rounds, Object.values(ways), costOf)
  for (const [index, way] of Object.keys(ways).entries()) {
    const ratios = costs[index].map((cost, round) => cost / costs[0][round])
    figures[`${client}: ${way}`] = { 'µs of CPU': quantile(costs[index], 0.5), ratio: quantile(ratios, 0.5) }
  }
}
printTable('One read', figures)
