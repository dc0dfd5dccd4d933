import { Redis as UpstashRedis } from '@upstash/redis'
import { createClient as createVercelKv } from '@vercel/kv'
import { Cluster, Redis } from 'ioredis'
import { createClient, createCluster } from 'redis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startRedis, startRedisCluster } from '../../fixtures/redis.mjs'
import { serveUpstash } from '../../fixtures/upstash-gateway.mjs'
import { kvStore, type KvClient, type UpstashClient } from '../../src/kv.js'
import { change, holds, hourMs, newId, newIds, write } from '../../src/testing/given.js'
import { testStore } from '../../src/testing.js'

const token = 'token-of-the-tests'
let server: Awaited<ReturnType<typeof startRedis>>
let cluster: Awaited<ReturnType<typeof startRedisCluster>>
let gateway: Awaited<ReturnType<typeof serveUpstash>>
const toClose: (() => unknown)[] = []

beforeAll(async () => {
  ;[server, cluster] = await Promise.all([startRedis(), startRedisCluster()])
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
  const client = new Cluster([{ host: '127.0.0.1', port: Number(new URL(cluster.url).port) }])
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
  'a cluster whose client sends every command twice': () => twice(ioredisCluster()),
}

function twice(redis: Redis | Cluster): UpstashClient {
  const again = async (send: () => Promise<unknown>) => {
    await send()
    return send()
  }
  return {
    eval: (source, keys, args) => again(() => redis.eval(source, keys.length, ...keys, ...args)),
    evalsha: (sha1, keys, args) => again(() => redis.evalsha(sha1, keys.length, ...keys, ...args)),
  }
}

describe.each(Object.keys(clients))('KV through %s', (name) => {
  const cluster = name.startsWith('a cluster') ? { cluster: true } : {}
  const connect = async () =>
    kvStore((await clients[name]?.()) ?? ioredis(), { timeoutMs: 20_000, ...cluster })
  const stores = new Map<number, ReturnType<typeof connect>>()
  const connection = (index: number) =>
    stores.get(index) ?? stores.set(index, connect()).get(index) ?? connect()
  testStore({
    // What waits for rows to expire is the server's doing: once for a server and once for a cluster is enough.
    test: (title, run, timeoutMs) => {
      if (!/time|clock|swept|sweeping|lives longest/.test(title)) test(title, run, timeoutMs)
      else if (name.startsWith('ioredis')) test.concurrent(title, run, timeoutMs)
    },
    createStore: () => connection(0),
    otherConnections: () => Promise.all([1, 2, 3].map(connection)),
  })
})

describe('KV', () => {
  const client = ioredis

  test('keeps two applications apart by their prefix', async () => {
    const id = newId()
    await write(kvStore(client(), { prefix: 'one:' }), change(id, 0))
    expect((await kvStore(client(), { prefix: 'two:' }).read([id])).rows).toEqual([])
  })

  test('a cluster refuses what would not work with its keys on several nodes', async () => {
    const cluster = ioredisCluster()
    await expect(
      ofOneSlot(cluster).eval("return redis.call('GET', 'elsewhere')", ['here'], []),
    ).rejects.toThrow(/slot|non local key/)
    await expect(cluster.eval('return 1', 2, 'here', 'elsewhere')).rejects.toThrow(/slot|non local key/)
  })

  test('every key has its time to live, and that of a note is short', async () => {
    const redis = client()
    const store = kvStore(redis, { prefix: 'ttl:' })
    const [a, b] = newIds(2) as [string, string]
    await write(store, change(a, 0, {}, { userId: 'ada' }), change(b, 0))
    await store.swap([change(b, 7)])
    const keys = await redis.keys('ttl:*')
    expect(keys.map((key) => key.replace(/\{.*\}/, '').replace(/[\da-f-]{36}/, 'note')).sort()).toEqual([
      'ttl:row:',
      'ttl:row:',
      'ttl:row::note',
      'ttl:user:ada',
    ])
    for (const key of keys) {
      const ms = await redis.pttl(key)
      expect(ms, key).toBeGreaterThan(0)
      if (key.includes('}:')) expect(ms).toBeLessThanOrEqual(4000)
    }
  })

  test("a user's list forgets rows that others have, or nobody, when somebody looks", async () => {
    const redis = client()
    const store = kvStore(redis, { prefix: 'list:' })
    const [stays, over, guests, others] = newIds(4) as [string, string, string, string]
    for (const id of [stays, over, guests, others]) await write(store, change(id, 0, {}, { userId: 'ada' }))
    await redis.del(`list:row:{${over}}`)
    await write(store, change(guests, 1), change(others, 1, {}, { userId: 'ada2' }))
    expect(await redis.zcard('list:user:ada')).toBe(4)
    const { rows } = await store.listUser('ada')
    expect(rows.map(({ id }) => id)).toEqual([stays])
    expect(await redis.zrange('list:user:ada', 0, -1)).toEqual([stays])
    expect(await redis.zrange('list:user:ada2', 0, -1)).toEqual([others])
  })

  test('a row that gets its user back while somebody looks stays listed', async () => {
    const redis = client()
    const [id, userId] = newIds(2) as [string, string]
    const store = kvStore(redis)
    await write(store, change(id, 0, {}, { userId }))
    await write(store, change(id, 1))
    let version = 2
    const slow: UpstashClient = {
      eval: (source, keys, args) => redis.eval(source, keys.length, ...keys, ...args),
      evalsha: async (sha1, keys, args) => {
        const answer = await redis.evalsha(sha1, keys.length, ...keys, ...args)
        // After each of its commands the row gets the user and loses it again, or the other way round.
        await write(store, change(id, version++, {}, version % 2 === 1 ? { userId } : {}))
        return answer
      },
    }
    for (let times = 0; times < 4; times++) {
      await kvStore(slow).listUser(userId)
      await write(store, change(id, version++, {}, { userId }))
      expect((await store.listUser(userId)).rows).toHaveLength(1)
    }
  })

  test('on a cluster, a list forgets rows by their time alone, and is kept until the last', async () => {
    const cluster = ioredisCluster()
    const store = kvStore(cluster, { prefix: 'until:' })
    const [userId, over, ended] = newIds(3) as [string, string, string]
    const list = `until:user:${userId}`
    for (const id of [over, ended]) await write(store, change(id, 0, {}, { userId }))
    await write(store, change(ended, 1))
    await store.listUser(userId)
    expect(await cluster.zcard(list)).toBe(2)
    await cluster.zadd(list, Date.now() - 1000, over)
    const [long, short] = newIds(2) as [string, string]
    await write(store, change(long, 0, {}, { userId, livesMs: 100 * hourMs }))
    await write(store, change(short, 0, {}, { userId, livesMs: 1000 }))
    expect((await cluster.zrange(list, 0, -1)).sort()).toEqual([ended, long, short].sort())
    expect(await cluster.pttl(list)).toBeGreaterThan(100 * hourMs)
  })

  test('a swap that the client repeats is done once, however many others came between, and is told so', async () => {
    const redis = client()
    const store = kvStore(redis)
    const [a, b] = newIds(2) as [string, string]
    const late: UpstashClient = {
      eval: (source, keys, args) => redis.eval(source, keys.length, ...keys, ...args),
      evalsha: async (sha1, keys, args) => {
        const send = () => redis.evalsha(sha1, keys.length, ...keys, ...args)
        await send()
        for (let version = 1; version < 100; version++) await write(store, change(a, version))
        return send()
      },
    }
    const answer = await kvStore(late).swap([change(a, 0), change(b, 0)], [a, b])
    expect(answer.done).toBe(true)
    expect(answer.rows.map(({ id, version }) => [id, version])).toEqual([
      [a, 100],
      [b, 1],
    ])
  })

  test('a client that mixes up its answers shows nobody a row of somebody else', async () => {
    const redis = client()
    const [ada, grace] = newIds(2) as [string, string]
    for (const userId of [ada, grace]) await write(kvStore(redis), change(userId, 0, {}, { userId }))
    // Now the server knows the script, so that it is not sent again in words.
    await kvStore(redis).read([ada])
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
    expect((await store.read([ada])).rows).toMatchObject([{ userId: ada }])
    await expect(store.read([grace])).rejects.toThrow('answered another question')
    await expect(store.swap([change(ada, 1)])).rejects.toThrow('answered another question')
    // What answers no script is no JSON.
    const ok = { ...mixed, evalsha: () => Promise.resolve('OK') }
    await expect(kvStore(ok).read([ada])).rejects.toThrow('answered another question')
  })

  test('goes on when the server has forgotten its scripts', async () => {
    const redis = client()
    const store = kvStore(redis)
    const id = newId()
    for (let version = 0; version < 3; version++) {
      await redis.script('FLUSH')
      await write(store, change(id, version))
    }
    await holds(store, change(id, 2))
  })

  test('two stores of one client never give two calls the same number', async () => {
    const redis = client()
    const numbers: string[] = []
    const noting: UpstashClient = {
      eval: (source, keys, args) => redis.eval(source, keys.length, ...keys, ...args),
      evalsha: (sha1, keys, args) => {
        numbers.push(args[0] ?? '')
        return redis.evalsha(sha1, keys.length, ...keys, ...args)
      },
    }
    for (const store of [kvStore(noting), kvStore(noting)])
      await Promise.all([store.read(['a']), store.read(['a'])])
    expect(new Set(numbers).size).toBe(4)
  })
})
