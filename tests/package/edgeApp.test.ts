import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serveNeon } from '../../fixtures/neon-postgres.mjs'
import { startPostgres } from '../../fixtures/postgres.mjs'
import { startRedis } from '../../fixtures/redis.mjs'
import { serveUpstash } from '../../fixtures/upstash-gateway.mjs'
import { ensureTables } from 'next-crossdomain-session/postgres'
import { planApp } from '../support/builtApp.js'
import { openPool } from '../support/pools.js'

// An application built and started by Next.js, whose routes run in its edge runtime and reach both stores.
const token = 'token-of-the-tests'

let postgres: Awaited<ReturnType<typeof startPostgres>>
let redis: Awaited<ReturnType<typeof startRedis>>
let app: Awaited<ReturnType<typeof planApp>>
const toClose: (() => unknown)[] = []

beforeAll(async () => {
  ;[postgres, redis, app] = await Promise.all([startPostgres(), startRedis(), planApp('tests/apps/edge')])
  const [neon, upstash] = await Promise.all([
    serveNeon(postgres),
    serveUpstash({ redisUrl: redis.url, token }),
  ])
  const pool = openPool(postgres.url)
  await ensureTables(pool)
  toClose.push(
    () => redis.stop(),
    () => postgres.stop(),
    () => upstash.close(),
    () => neon.close(),
    () => pool.end(),
  )
  const env = {
    NEON_FETCH_ENDPOINT: neon.url,
    DATABASE_URL: 'postgresql://user:password@localhost/test',
    KV_REST_API_URL: upstash.url,
    KV_REST_API_TOKEN: token,
  }
  app.build(env)
  const { stop } = await app.start(env)
  toClose.push(stop)
}, 240_000)
afterAll(async () => {
  for (const close of toClose.reverse()) await close()
}, 30_000)

function ask(path: string, options: { readonly cookie?: string; readonly json?: object } = {}) {
  const headers = {
    ...(path === '/'
      ? { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', 'sec-fetch-site': 'none' }
      : { 'sec-fetch-site': 'same-origin' }),
    ...(options.cookie !== undefined && { cookie: options.cookie }),
  }
  if (options.json === undefined) return app.ask(path, { headers })
  return app.ask(path, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json', origin: app.originOf('primary') },
    body: JSON.stringify(options.json),
  })
}

/** A visitor whom the middleware, which runs on the edge too, has given a cookie. */
async function visitor(): Promise<string> {
  const cookies = (await ask('/')).cookies.map((line) => line.split(';')[0] ?? '')
  expect(cookies.map((cookie) => cookie.split('=')[0])).toEqual([
    '__Host-Http-crossdomain',
    '__Host-Http-crossdomain-link',
  ])
  return cookies.join('; ')
}

const stores = {
  neon: {
    restart: () => postgres.restart(),
    kill: () => postgres.kill(),
    count: async () => Number((await withPostgres('select count(*) as n from crossdomain_rows'))[0]?.['n']),
  },
  kv: {
    restart: () => redis.restart(),
    kill: () => redis.kill(),
    count: async () => (await withRedis((client) => client.keys('crossdomain:row:{*}'))).length,
  },
}

async function withPostgres(query: string): Promise<readonly Record<string, unknown>[]> {
  const pool = openPool(postgres.url)
  const { rows } = await pool.query<Record<string, unknown>>(query)
  await pool.end()
  return rows
}
async function withRedis<T>(call: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(redis.url)
  const result = await call(client)
  client.disconnect()
  return result
}

describe.each(Object.entries(stores))(
  'in the edge runtime of Next.js, over %s',
  (name, { kill, restart, count }) => {
    const show = async (cookie: string) => JSON.parse((await ask(`/${name}`, { cookie })).body) as object
    const set = async (cookie: string, key: string, value: string) =>
      JSON.parse((await ask(`/${name}`, { cookie, json: { key, value } })).body) as object

    test('a session is written and read', async () => {
      const cookie = await visitor()
      const before = await count()
      expect(await show(cookie)).toEqual({
        data: {},
        isNew: true,
        isAvailable: true,
        runtime: 'edge-runtime',
      })
      expect(await count()).toBe(before)
      expect(await set(cookie, 'a', 'ü💥')).toMatchObject({ data: { a: 'ü💥' } })
      expect(await show(cookie)).toMatchObject({ data: { a: 'ü💥' }, isNew: false })
      expect(await count()).toBe(before + 1)
    })

    test('ten writes of different keys at once all survive', async () => {
      const cookie = await visitor()
      await Promise.all(Array.from({ length: 10 }, (_, index) => set(cookie, `k${index}`, 'x')))
      expect(Object.keys(((await show(cookie)) as { data: object }).data)).toHaveLength(10)
    })

    test('a store that is down shows a guest and refuses a write, and all is there when it is back', async () => {
      const cookie = await visitor()
      // A Redis without persistence forgets when it is killed, so only Postgres is asked for what was there before.
      await set(cookie, 'a', 'kept')
      await kill()
      expect(await show(cookie)).toMatchObject({ data: {}, isAvailable: false })
      expect(await set(cookie, 'a', 'lost')).toMatchObject({ code: 'CDS301' })
      await restart()
      await expect
        .poll(() => show(cookie), { timeout: 10_000 })
        .toMatchObject({ isAvailable: true, data: name === 'neon' ? { a: 'kept' } : {} })
      expect(await set(cookie, 'b', 'again')).toMatchObject({ data: { b: 'again' } })
    })
  },
)

describe('a route handler that writes while its answer streams', () => {
  const navigation = { 'sec-fetch-site': 'same-origin' }
  const stream = (runtime: string, cookie?: string) =>
    app.ask(`/stream/${runtime}`, { headers: { ...navigation, ...(cookie !== undefined && { cookie }) } })

  // The first request of a process loads the kit, which sees what begins after that.
  beforeAll(() => Promise.all([stream('node'), stream('edge')]))

  test.each(['node', 'edge'])('is refused what would take a cookie that nobody gets: %s', async (runtime) => {
    expect(await stream(runtime)).toMatchObject({ status: 200, body: 'CDS201', cookies: [] })
    // To a session whose cookies the browser has, it is free to write.
    expect(await stream(runtime, await visitor())).toMatchObject({ status: 200, body: 'saved', cookies: [] })
  })
})
