import { Cluster, Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startRedis, startRedisCluster } from '../../fixtures/redis.mjs'
import type { Store } from '../../src/core/store/store.js'
import { kvStore, type UpstashClient } from '../../src/kv.js'
import { change, newId, write } from '../../src/testing/given.js'
import { idsOnThreeNodes, teachScripts } from '../support/redisCommands.js'

let server: Awaited<ReturnType<typeof startRedis>>
let cluster: Awaited<ReturnType<typeof startRedisCluster>>
let redis: Redis
let nodes: Cluster
let underWay = 0
let trips = 0
let commands = 0

/** Commands that are sent while others are under way share their trip. */
async function counted<T>(send: () => Promise<T>): Promise<T> {
  if (underWay++ === 0) trips += 1
  commands += 1
  try {
    return await send()
  } finally {
    underWay -= 1
  }
}

beforeAll(async () => {
  ;[server, cluster] = await Promise.all([startRedis(), startRedisCluster()])
  redis = new Redis(server.url)
  nodes = new Cluster([{ host: '127.0.0.1', port: Number(new URL(cluster.url).port) }])
  await Promise.all([kvStore(redis), kvStore(nodes)].map(teachScripts))
}, 60_000)
afterAll(async () => {
  redis.disconnect()
  nodes.disconnect()
  await Promise.all([server.stop(), cluster.stop()])
})

const counting = (client: Redis | Cluster): UpstashClient => ({
  eval: (source, keys, args) => client.eval(source, keys.length, ...keys, ...args),
  evalsha: (sha1, keys, args) => counted(() => client.evalsha(sha1, keys.length, ...keys, ...args)),
})

type Ids = readonly [string, string, string]
interface Cost {
  readonly call: (store: Store, ids: Ids) => Promise<unknown>
  /** Trips and commands on one node, and on a cluster. */
  readonly one: readonly [number, number]
  readonly several: readonly [number, number]
}
const user = (id: string) => ({ userId: `user-${id}` })

// The table of docs/stores.md. The first row is there, and has a user.
const costs: Readonly<Record<string, Cost>> = {
  'a read': { call: (store, [a]) => store.read([a]), one: [1, 1], several: [1, 1] },
  'a read of two ids': { call: (store, [a, b]) => store.read([a, b]), one: [1, 1], several: [1, 2] },
  'a swap of one row': { call: (store, [a]) => write(store, change(a, 1)), one: [1, 1], several: [1, 1] },
  'a swap of one row that has a user': {
    call: (store, [a]) => write(store, change(a, 1, {}, user(a))),
    one: [1, 1],
    several: [2, 2],
  },
  'a swap that then reads two more': {
    call: (store, [a, b, c]) => store.swap([change(c, 0)], [a, b]),
    one: [1, 1],
    several: [2, 3],
  },
  'a swap that is refused': {
    call: (store, [a]) => store.swap([change(a, 7)]),
    one: [1, 1],
    several: [2, 2],
  },
  // The last command on a cluster is one that nobody waits for.
  'a swap of two rows': {
    call: (store, [a, b]) => write(store, change(a, 1), change(b, 0)),
    one: [1, 1],
    several: [4, 4],
  },
  'a swap of two rows, of which one has a user': {
    call: (store, [a, b]) => write(store, change(a, 1), change(b, 0, {}, user(b))),
    one: [1, 1],
    several: [5, 5],
  },
  'a swap of two rows that is refused at the first': {
    call: (store, [a, b]) => store.swap([change(a, 7), change(b, 0)]),
    one: [1, 1],
    several: [3, 4],
  },
  'the list of a user with one row': {
    call: (store, [a]) => store.listUser(`user-${a}`),
    one: [2, 2],
    several: [2, 2],
  },
  'the list of a user without any': {
    call: (store) => store.listUser(newId()),
    one: [1, 1],
    several: [1, 1],
  },
}

describe.each(['one', 'several'] as const)('on %s', (where) => {
  test.each(Object.entries(costs))('%s', async (_, cost) => {
    const client = where === 'one' ? redis : nodes
    const store = kvStore(counting(client), { timeoutMs: 20_000, cluster: where === 'several' })
    const ids = await idsOnThreeNodes(nodes)
    await write(kvStore(client), change(ids[0], 0, {}, user(ids[0])))
    trips = commands = 0
    await cost.call(store, ids)
    expect([trips, commands]).toEqual(cost[where])
  })
})
