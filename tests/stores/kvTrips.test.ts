import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startRedis } from '../../fixtures/redis.mjs'
import { defineConfig } from '../../src/core/config.js'
import type { SessionHash } from '../../src/core/store/record.js'
import { createSessions } from '../../src/core/session/sessions.js'
import { within } from '../../src/next/environment.js'
import { kvStore, type UpstashClient } from '../../src/kv.js'
import {
  contentOf,
  lifetime,
  newHash,
  save,
  savePair,
  tombstoneSeconds,
  visit,
} from '../../src/testing/given.js'

let server: Awaited<ReturnType<typeof startRedis>>
let redis: Redis
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
  server = await startRedis()
  redis = new Redis(server.url)
})
afterAll(async () => {
  redis.disconnect()
  await server.stop()
})

// Sources are sent once, where the server does not know a script yet, and are not counted.
const client: UpstashClient = {
  eval: (source, keys, args) => redis.eval(source, keys.length, ...keys, ...args),
  evalsha: (sha1, keys, args) => counted(() => redis.evalsha(sha1, keys.length, ...keys, ...args)),
}
const store = () => kvStore(client, { timeoutMs: 20_000 })

const config = defineConfig(
  { primary: visit.domain, domains: [visit.domain], secret: 'a-secret-for-the-tests-of-the-round-trips' },
  {},
  () => Date.now() / 1000,
  within,
)
const sessions = () => createSessions(() => config, store())

const rotate = (userId: string | null, from = newHash()) =>
  store().rotate({ from, to: newHash(), userId, keepData: true, remembered: true, visit, lifetime })
const saved = (userId: string | null = null) => save(store(), newHash(), { set: { a: 1 } }, { userId })
const ofAda = (run: (hash: SessionHash) => Promise<unknown>) => async () => {
  const { hash } = await saved('ada')
  return () => run(hash)
}

// The table of docs/stores.md: trips, and what is sent in them.
const costs: readonly (readonly [string, () => Promise<() => Promise<unknown>>, number, number])[] = [
  ['a read', async () => () => store().read([newHash()], visit), 1, 1],
  ['a read of two ids', async () => () => store().read([newHash(), newHash()], visit), 1, 2],
  ['a write', async () => () => saved(), 1, 1],
  ['a first write with a user', async () => () => saved('ada'), 2, 2],
  ['a sign-in', async () => () => rotate('ada'), 4, 4],
  ['a sign-in of a session that had a user', ofAda((hash) => rotate('grace', hash)), 4, 5],
  ["a guest's new id", async () => () => rotate(null), 3, 3],
  ['a sign-out that keeps data', ofAda((hash) => rotate(null, hash)), 3, 4],
  ['an end', async () => () => store().end(newHash(), tombstoneSeconds), 1, 1],
  ['an end of a session that had a user', ofAda((hash) => store().end(hash, tombstoneSeconds)), 2, 2],
  [
    'a ticket, with two sessions',
    async () => () => store().redeem(newHash(), 60, [newHash(), newHash()]),
    1,
    3,
  ],
  [
    'a ticket that renews a session',
    async () => {
      const [{ hash: from }, { hash: meets }, to] = [await saved(), await saved('ada'), newHash()]
      const renewal = {
        candidates: [{ from, to, is: 'live' }],
        meets,
        remembered: true,
        visit,
        lifetime,
      } as const
      return () => store().redeem(newHash(), 60, [from, meets], renewal)
    },
    4,
    6,
  ],
  [
    'a settlement that ends one session alone',
    async () => {
      const { p } = await savePair(store())
      return () =>
        store().settle({
          primary: { ...p, content: null },
          secondary: { hash: newHash(), version: 0, successorSeconds: 60 },
          tombstoneSeconds,
        })
    },
    1,
    1,
  ],
  [
    'a settlement',
    async () => {
      const { p, s } = await savePair(store())
      return () =>
        store().settle({
          primary: { ...p, content: contentOf(s) },
          secondary: { ...s, successorSeconds: 60 },
          tombstoneSeconds,
        })
    },
    4,
    5,
  ],
  [
    'the list of a user with two sessions',
    async () => {
      const userId = newHash()
      await Promise.all([saved(userId), saved(userId)])
      return () => store().listUser(userId)
    },
    2,
    3,
  ],
  [
    'the end of all sessions of a user with two',
    async () => {
      const userId = newHash()
      await Promise.all([saved(userId), saved(userId)])
      return () => store().endUser(userId, { tombstoneSeconds })
    },
    3,
    4,
  ],
  [
    'the same through `sessions`, which lists them first',
    async () => {
      const userId = newHash()
      await Promise.all([saved(userId), saved(userId)])
      return () => sessions().destroyAll(userId)
    },
    5,
    7,
  ],
  [
    'a session of the API with a user',
    async () => () => sessions().createApiSession({ userId: newHash() }),
    2,
    2,
  ],
]

test.each(costs)('%s', async (_, prepare, expectedTrips, expectedCommands) => {
  // Once for the server to learn the scripts.
  await (
    await prepare()
  )()
  const run = await prepare()
  trips = commands = 0
  await run()
  expect({ trips, commands }).toEqual({ trips: expectedTrips, commands: expectedCommands })
})
