// Fills tables and keys with copies of one session that the store itself has written, so that they are what it would write.
import { createHash } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { getTableConfig } from 'drizzle-orm/pg-core'
import { drizzleStore, ensureSchema } from 'next-crossdomain-session/drizzle'
import { kvStore } from 'next-crossdomain-session/kv'
import { keysOf, tablesOf } from './drivers.mjs'

const day = 86_400
export const visit = {
  domain: 'https://shop.example',
  ip: '203.0.113.7',
  userAgent:
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
}
export const lifetime = { idleSeconds: 30 * day, absoluteSeconds: 90 * day, tombstoneSeconds: 90 * day }

/** Hash of the nth session; the same as `hashInSql`. */
export function hashOf(n) {
  return createHash('sha256').update(String(n)).digest('base64url')
}
export const hashInSql = `rtrim(translate(encode(sha256(n::text::bytea), 'base64'), '+/', '-_'), '=')`

/** A cart and a choice of language, seen on two domains: a few hundred bytes. */
async function saveTemplate(store) {
  const cart = Array.from({ length: 3 }, (_, index) => ({
    sku: `SKU-${1000 + index}`,
    quantity: index + 1,
    priceCents: 1999,
  }))
  await store.write(
    template,
    { set: { cart, locale: 'en' }, domainSet: { theme: 'dark' } },
    { visit, lifetime, userId: 'user-0' },
  )
  await store.write(
    template,
    { set: { currency: 'EUR' } },
    { visit: { ...visit, domain: 'https://brand.example' }, lifetime },
  )
}
const template = hashOf(0)

/**
 * Half of the sessions have a user, and a user has two.
 * @param {import('next-crossdomain-session/drizzle').PostgresDatabase} db
 * @param {{ few: number, many: number }} counts
 * @returns {Promise<{ bytesPerSession: number }>} Of the many: rows, indexes and what Postgres keeps beside them.
 */
export async function fillPostgres(db, counts) {
  const run = (statement) => db.execute(sql.raw(statement))
  for (const [size, count] of Object.entries(counts)) {
    const tables = tablesOf[size]
    const { name, columns } = getTableConfig(tables.sessions)
    await ensureSchema(db, { tables })
    await saveTemplate(drizzleStore(db, { tables }))
    const own = {
      hash: hashInSql,
      user_id: `case when n % 4 < 2 then 'user-' || n / 4 end`,
      purge_at: 'over',
      expires_at: 'over',
    }
    const values = columns.map((column) => own[column.name] ?? `t.${column.name}`)
    // Over within the next 30 days, in no order.
    await run(`
      insert into ${name} (${columns.map((column) => column.name).join(', ')})
      select ${values.join(', ')} from ${name} t cross join (select n, now() + (1 + random() * 29) * interval '1 day' as over from generate_series(1, ${count - 1}) n) row
      where t.hash = '${template}'`)
    await run(`vacuum analyze ${name}`)
  }
  await run('checkpoint')
  const { rows } = await run(
    `select pg_total_relation_size('${getTableConfig(tablesOf.many.sessions).name}') as bytes`,
  )
  return { bytesPerSession: Math.round(Number(rows[0].bytes) / counts.many) }
}

/** KEYS[1] is the template; ARGV: prefix, number of the first, seconds until users' lists go, then the hashes. */
const copies = `
local minute = math.floor(redis.call('TIME')[1] / 60)
for i = 4, #ARGV do
  local n = ARGV[2] + i - 4
  local key = ARGV[1] .. 'session:' .. ARGV[i]
  redis.call('COPY', KEYS[1], key)
  if n % 4 < 2 then
    local user = 'user-' .. math.floor(n / 4)
    local list = ARGV[1] .. 'user:' .. user
    redis.call('HSET', key, 'u', user)
    redis.call('ZADD', list, string.format('%.0f', (minute + math.ceil(ARGV[3] / 60)) * 67108864 + minute), ARGV[i])
    redis.call('EXPIRE', list, ARGV[3])
  else
    redis.call('HDEL', key, 'u')
  end
end`

/**
 * The same sessions, with the lists of their users.
 * @param {import('./drivers.mjs').Engines} engines
 * @param {{ few: number, many: number }} counts
 * @returns {Promise<{ bytesPerSession: number }>} Of the many.
 */
export async function fillRedis({ client }, counts) {
  let bytesPerSession = 0
  for (const [size, count] of Object.entries(counts)) {
    const before = await usedBytes(client)
    await saveTemplate(kvStore(client, { prefix: keysOf[size] }))
    for (let n = 1; n < count; n += 2000) {
      const hashes = Array.from({ length: Math.min(2000, count - n) }, (_, index) => hashOf(n + index))
      await client.eval(
        copies,
        1,
        `${keysOf[size]}session:${template}`,
        keysOf[size],
        n,
        lifetime.absoluteSeconds,
        ...hashes,
      )
    }
    bytesPerSession = Math.round(((await usedBytes(client)) - before) / count)
  }
  return { bytesPerSession }
}

async function usedBytes(client) {
  return Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1])
}
