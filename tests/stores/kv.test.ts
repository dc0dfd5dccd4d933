import { Redis as UpstashRedis } from '@upstash/redis'
import { createClient as createVercelKv } from '@vercel/kv'
import { Cluster, Redis } from 'ioredis'
import { createClient, createCluster } from 'redis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startRedis } from '../../fixtures/redis.mjs'
import { serveUpstash } from '../../fixtures/upstash-gateway.mjs'
import { kvStore, type KvClient, type UpstashClient } from '../../src/kv.js'
import {
  contentOf,
  lifetime,
  liveOf,
  newHash,
  save,
  tombstoneSeconds,
  visit,
} from '../../src/testing/given.js'
import { testStore } from '../../src/testing.js'

const token = 'token-of-the-tests'
let server: Awaited<ReturnType<typeof startRedis>>
let cluster: typeof server
let gateway: Awaited<ReturnType<typeof serveUpstash>>
const toClose: (() => unknown)[] = []

beforeAll(async () => {
  ;[server, cluster] = await Promise.all([startRedis(), startRedis({ cluster: true })])
  gateway = await serveUpstash({ redisUrl: server.url, token })
}, 60_000)
afterAll(async () => {
  for (const close of toClose) await close()
  await gateway.close()
  await Promise.all([server.stop(), cluster.stop()])
})

function ioredis(): Redis {
  const client = new Redis(server.url)
  toClose.push(() => client.disconnect())
  return client
}

async function nodeRedis(): Promise<KvClient> {
  const client = createClient({ url: server.url })
  await client.connect()
  toClose.push(() => client.destroy())
  return client
}

function ioredisCluster(): Cluster {
  const client = new Cluster([{ host: '127.0.0.1', port: cluster.port }])
  toClose.push(() => client.disconnect())
  return client
}

async function nodeRedisCluster(): Promise<KvClient> {
  const client = createCluster({ rootNodes: [{ url: cluster.url }] })
  await client.connect()
  toClose.push(() => client.destroy())
  return client
}

/** With that first line, Redis holds each script to keys of one slot, as if the others were on other nodes. */
function ofOneSlot(client: Cluster): UpstashClient {
  return {
    eval: (source, keys, args) => client.eval(`#!lua\n${source}`, keys.length, ...keys, ...args),
    evalsha: () => Promise.reject(new Error('NOSCRIPT')),
  }
}

const clients: Readonly<Record<string, () => KvClient | Promise<KvClient>>> = {
  ioredis,
  redis: nodeRedis,
  '@vercel/kv': () => createVercelKv({ url: gateway.url, token }),
  '@upstash/redis': () => new UpstashRedis({ url: gateway.url, token }),
  '@upstash/redis that does not deserialise': () =>
    new UpstashRedis({ url: gateway.url, token, automaticDeserialization: false }),
  '@upstash/redis that neither encodes nor pipelines': () =>
    new UpstashRedis({ url: gateway.url, token, responseEncoding: false, enableAutoPipelining: false }),
  'ioredis, on a cluster': ioredisCluster,
  'redis, on a cluster': nodeRedisCluster,
  'a cluster that lets no script leave its slot': () => ofOneSlot(ioredisCluster()),
  // As a client does that lost the answer to a command and repeats it.
  'a client that sends every command twice': () => twice(ioredis()),
}

function twice(redis: Redis): UpstashClient {
  const again = async (send: () => Promise<unknown>) => {
    await send()
    return send()
  }
  return {
    eval: (source, keys, args) => again(() => redis.eval(source, keys.length, ...keys, ...args)),
    evalsha: (sha1, keys, args) => again(() => redis.evalsha(sha1, keys.length, ...keys, ...args)),
  }
}

describe.concurrent.each(Object.keys(clients))('KV through %s', (name) => {
  const connect = async () => kvStore((await clients[name]?.()) ?? ioredis(), { timeoutMs: 20_000 })
  const stores = new Map<number, ReturnType<typeof connect>>()
  const connection = (index: number) =>
    stores.get(index) ?? stores.set(index, connect()).get(index) ?? connect()
  testStore({
    test: test.concurrent,
    createStore: () => connection(0),
    otherConnections: () => Promise.all([1, 2, 3].map(connection)),
  })
})

describe('KV', () => {
  test('keeps two applications apart by their prefix', async () => {
    const hash = newHash()
    await save(kvStore(ioredis(), { prefix: 'one:' }), hash, { set: { a: 1 } })
    expect(await kvStore(ioredis(), { prefix: 'two:' }).read([hash], null)).toEqual([{ state: 'blank' }])
  })

  test('a cluster refuses what would not work with its keys on several nodes', async () => {
    const client = ioredisCluster()
    await expect(
      ofOneSlot(client).eval("return redis.call('GET', 'elsewhere')", ['here'], []),
    ).rejects.toThrow('slot')
    await expect(client.eval('return 1', 2, 'here', 'elsewhere')).rejects.toThrow('slot')
  })

  test('every key has its time to live', async () => {
    const redis = ioredis()
    const store = kvStore(redis, { prefix: 'ttl:' })
    const [hash, other, to] = [newHash(), newHash(), newHash()]
    await save(store, hash, { set: { a: 1 } }, { userId: 'ada' })
    await save(store, other, {})
    await store.redeem(newHash(), 60, [])
    await store.end(newHash(), tombstoneSeconds)
    await store.rotate({
      from: hash,
      to,
      userId: 'grace',
      keepData: true,
      remembered: true,
      visit,
      lifetime: { idleSeconds: 100, absoluteSeconds: 1000, tombstoneSeconds },
    })
    const keys = await redis.keys('ttl:*')
    expect(keys).toHaveLength(6)
    for (const key of keys) expect(await redis.pttl(key), key).toBeGreaterThan(0)
  })

  test('the list of a user holds no session that is over, whichever way it went', async () => {
    const redis = ioredis()
    const store = kvStore(redis, { prefix: 'list:' })
    const listed = () => redis.zrange('list:user:ada', 0, -1)
    const [ended, rotated, merged, away, into, to] = [
      newHash(),
      newHash(),
      newHash(),
      newHash(),
      newHash(),
      newHash(),
    ]
    for (const each of [ended, rotated, merged, away]) await save(store, each, {}, { userId: 'ada' })
    const [p, s] = [await save(store, into, {}), await liveOf(store, merged)]
    await store.end(ended, tombstoneSeconds)
    await store.rotate({
      from: rotated,
      to,
      userId: 'ada',
      keepData: true,
      remembered: true,
      visit,
      lifetime,
    })
    await store.settle({
      primary: { ...p, content: contentOf(s) },
      secondary: { ...s, successorSeconds: 60 },
      tombstoneSeconds,
    })
    await store.settle({
      primary: { ...p, content: null },
      secondary: { hash: away, version: 1, successorSeconds: 60 },
      tombstoneSeconds,
    })
    expect((await listed()).sort()).toEqual([into, to].sort())
    await store.endUser('ada', { tombstoneSeconds })
    expect(await redis.exists('list:user:ada')).toBe(0)
  })

  test.each(['listUser', 'endUser'] as const)(
    '%s takes out what expired or never came about, a minute after it was listed',
    async (method) => {
      const redis = ioredis()
      const prefix = `${method}:`
      const store = kvStore(redis, { prefix })
      const [live, blank, expired, ended, others, young] = [
        newHash(),
        newHash(),
        newHash(),
        newHash(),
        newHash(),
        newHash(),
      ]
      for (const each of [live, blank, expired, ended, others, young])
        await save(store, each, {}, { userId: 'ada' })
      await redis.del(`${prefix}session:${blank}`, `${prefix}session:${young}`)
      await redis.hset(`${prefix}session:${expired}`, 'e', '1')
      await redis.hset(`${prefix}session:${ended}`, 'E', '1')
      await redis.hset(`${prefix}session:${others}`, 'u', 'grace')
      // Two minutes earlier.
      for (const each of [live, blank, expired, ended, others])
        await redis.zincrby(`${prefix}user:ada`, -2, each)
      if (method === 'listUser') expect((await store.listUser('ada')).map(({ hash }) => hash)).toEqual([live])
      else expect(await store.endUser('ada', { tombstoneSeconds, except: live })).toBe(0)
      expect((await redis.zrange(`${prefix}user:ada`, 0, -1)).sort()).toEqual([live, young].sort())
      expect((await liveOf(store, others)).userId).toBe('grace')
    },
  )

  test('the list of a user forgets a session at its absolute end, and is kept until the last', async () => {
    const redis = ioredis()
    const store = kvStore(redis, { prefix: 'index:' })
    const [over, next] = [newHash(), newHash()]
    await save(store, over, {}, { userId: 'ada', lifetime: { ...lifetime, absoluteSeconds: 3600 } })
    // All that ends before the next minute.
    await redis.zincrby('index:user:ada', -100 * 2 ** 26, over)
    await save(store, next, {}, { userId: 'ada' })
    expect(await redis.zrange('index:user:ada', 0, -1)).toEqual([next])
    await save(store, newHash(), {}, { userId: 'ada', lifetime: { ...lifetime, absoluteSeconds: 60 } })
    expect(await redis.ttl('index:user:ada')).toBeGreaterThanOrEqual(lifetime.absoluteSeconds)
  })

  test('a repeated write is known after ninety others, and its number is told to nobody', async () => {
    const redis = ioredis()
    let repeat: (() => Promise<unknown>) | undefined
    const noting: UpstashClient = {
      eval: (source, keys, args) => (repeat = () => redis.eval(source, keys.length, ...keys, ...args))(),
      evalsha: (sha1, keys, args) => redis.evalsha(sha1, keys.length, ...keys, ...args),
    }
    const hash = newHash()
    await redis.script('FLUSH')
    await save(kvStore(noting), hash, { set: { n: 0 } })
    const store = kvStore(redis)
    for (let n = 1; n <= 90; n++) await save(store, hash, { set: { n } })
    expect(repeat).toBeDefined()
    const [, answer] = JSON.parse(String(await repeat?.())) as [string, [string, string, string[]]]
    expect([answer[0], answer[2].includes('op')]).toEqual(['saved', false])
    expect(await liveOf(store, hash)).toMatchObject({ data: { n: 90 }, version: 91 })
    // 64 bits in hex each; so many as repetitions can overtake, and no more.
    for (let n = 1; n <= 90; n++) await save(store, hash, { set: { n } })
    expect((await redis.hget(`crossdomain:session:${hash}`, 'op'))?.split(' ')).toHaveLength(100)
  })

  test('a client that mixes up its answers shows nobody a session of somebody else', async () => {
    const redis = ioredis()
    const [ada, grace] = [newHash(), newHash()]
    for (const [hash, userId] of [
      [ada, 'ada'],
      [grace, 'grace'],
    ] as const)
      await save(kvStore(redis), hash, { set: { private: userId } }, { userId })
    // Now the server knows the script, so that it is not sent again in words.
    await liveOf(kvStore(redis), ada)
    let late: Promise<unknown> | undefined
    const mixed: UpstashClient = {
      eval: (source, keys, args) => redis.eval(source, keys.length, ...keys, ...args),
      // Each call gets the answer of the one before, as from a connection that lost its place.
      evalsha: (sha1, keys, args) => {
        const [before, own] = [late, redis.evalsha(sha1, keys.length, ...keys, ...args)]
        late = own
        return before ?? own
      },
    }
    const store = kvStore(mixed)
    expect(await store.read([ada], null)).toMatchObject([{ record: { userId: 'ada' } }])
    await expect(store.read([grace], null)).rejects.toThrow('answered another question')
    await expect(store.write(ada, { set: { a: 1 } }, { visit, lifetime })).rejects.toThrow(
      'answered another question',
    )
    // What answers no script is no JSON.
    const ok = { ...mixed, evalsha: () => Promise.resolve('OK') }
    await expect(kvStore(ok).read([ada], null)).rejects.toThrow('answered another question')
  })

  test('goes on where the server has forgotten its scripts', async () => {
    const redis = ioredis()
    const store = kvStore(redis)
    const hash = newHash()
    for (let n = 0; n < 3; n++) {
      await redis.script('FLUSH')
      await save(store, hash, { set: { n } })
    }
    expect((await liveOf(store, hash)).version).toBe(3)
  })
})
