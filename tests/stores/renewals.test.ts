// Memory and KV choose what to renew in JavaScript, Postgres in SQL: all three have to choose the same.
import { drizzle } from 'drizzle-orm/node-postgres'
import fc from 'fast-check'
import { Redis } from 'ioredis'
import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startPostgres } from '../../fixtures/postgres.mjs'
import { startRedis } from '../../fixtures/redis.mjs'
import type { SessionHash } from '../../src/core/store/record.js'
import type { Renewal, RenewalCandidate, Store, Visit } from '../../src/core/store/store.js'
import { drizzleStore, ensureSchema } from '../../src/drizzle.js'
import { kvStore } from '../../src/kv.js'
import { memoryStore } from '../../src/memory.js'
import { elsewhere, lifetime, newHash, save, tombstoneSeconds, visit } from '../../src/testing/given.js'
import { openPool } from '../support/pools.js'

interface Engine {
  readonly store: Store
  /** Makes something of one session, so many seconds ago. */
  ago(seconds: number, hash: SessionHash, make: () => Promise<unknown>): Promise<void>
}

let postgres: Awaited<ReturnType<typeof startPostgres>>
let server: Awaited<ReturnType<typeof startRedis>>
let pool: pg.Pool
let redis: Redis
let engines: readonly Engine[]

beforeAll(async () => {
  ;[postgres, server] = await Promise.all([startPostgres(), startRedis()])
  pool = openPool(postgres.url)
  redis = new Redis(server.url)
  await ensureSchema(drizzle(pool))
  let secondsAgo = 0
  engines = [
    {
      store: memoryStore({ now: () => Date.now() - secondsAgo * 1000 }),
      async ago(seconds, _, make) {
        secondsAgo = seconds
        await make()
        secondsAgo = 0
      },
    },
    {
      store: kvStore(redis, { timeoutMs: 20_000 }),
      async ago(seconds, hash, make) {
        await make()
        for (const field of ['e', 'said'])
          if (await redis.hexists(`crossdomain:session:${hash}`, field))
            await redis.hincrby(`crossdomain:session:${hash}`, field, -seconds * 1000)
      },
    },
    {
      store: drizzleStore(drizzle(pool), { timeoutMs: 20_000 }),
      async ago(seconds, hash, make) {
        await make()
        const by = `make_interval(secs => ${seconds})`
        await pool.query(
          `update crossdomain_sessions set expires_at = expires_at - ${by}, said_until = said_until - ${by} where hash = $1`,
          [hash],
        )
      },
    },
  ]
}, 60_000)
afterAll(async () => {
  redis.disconnect()
  await pool.end()
  await Promise.all([postgres.stop(), server.stop()])
})

const moves = ['rotated here', 'rotated elsewhere', 'rotated long ago', 'signed in elsewhere'] as const
const kinds = [
  'blank',
  'guest',
  'user',
  'ended',
  'merged',
  'expired guest',
  'expired user',
  ...moves,
] as const

/** @param next Where it goes if it moves. */
async function become(
  { store, ago }: Engine,
  kind: (typeof kinds)[number],
  hash: SessionHash,
  next: SessionHash,
): Promise<void> {
  const saved = (userId: string | null) => save(store, hash, { set: { of: hash } }, { userId })
  const rotate = (on: Visit, userId: string | null = null) =>
    store.rotate({ from: hash, to: next, userId, keepData: true, remembered: true, visit: on, lifetime })
  if (kind === 'blank') return
  if (kind === 'ended') await store.end(hash, tombstoneSeconds)
  else if (kind.startsWith('expired'))
    await ago(lifetime.idleSeconds + 1, hash, () => saved(kind === 'expired user' ? 'ada' : null))
  else {
    const { version } = await saved(kind === 'user' ? 'ada' : null)
    if (kind === 'merged')
      await store.settle({
        primary: { hash: next, version: 0, content: null },
        secondary: { hash, version, successorSeconds: 60 },
        tombstoneSeconds,
      })
    if (kind === 'rotated here') await rotate(visit)
    if (kind === 'rotated elsewhere') await rotate(elsewhere)
    if (kind === 'rotated long ago') await ago(11, hash, () => rotate(visit))
    if (kind === 'signed in elsewhere') await rotate(elsewhere, 'ada')
  }
}

const size = 4
/** Sessions are named by their place: the first four are made, and the others are where each of these goes if it moves. */
const place = fc.oneof({ weight: 2, arbitrary: fc.nat({ max: size - 1 }) }, fc.nat({ max: 2 * size - 1 }))
const asked = fc.oneof(
  fc.record({ is: fc.constantFrom('live', 'live', 'live', 'blank'), from: place }),
  fc.record({ is: fc.constant('lost'), from: place, after: place }),
  fc.nat({ max: size - 1 }).map((after) => ({ is: 'lost' as const, from: after + size, after })),
)
const kind = fc.constantFrom(...kinds, 'guest', 'guest', 'guest', 'blank')
const scene = fc.record({
  made: fc.tuple(kind, kind, kind, fc.oneof({ weight: 3, arbitrary: fc.constant('user' as const) }, kind)),
  asked: fc.array(asked, { minLength: 2, maxLength: 6 }),
  meets: fc.oneof({ weight: 3, arbitrary: fc.constant(size - 1) }, place),
  comesLate: fc.integer({ min: 0, max: 9 }).map((number) => number === 9),
})

/** Without the moments, which are each store's own, and without the fields that say nothing. */
const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (key, part: unknown) => (key.endsWith('At') ? undefined : part)))

test('every store renews the same session, or none, and leaves the same behind', async () => {
  const outcomes = new Set<string>()
  await fc.assert(
    fc.asyncProperty(scene, async ({ made, asked, meets, comesLate }) => {
      const [hashes, ticket] = [Array.from({ length: 2 * size }, newHash), newHash()]
      const targets = hashes.map(newHash)
      const at = (list: readonly SessionHash[], index: number): SessionHash => list[index] ?? newHash()
      const candidates = asked.map((each): RenewalCandidate => {
        const ids = { from: at(hashes, each.from), to: at(targets, each.from) }
        return 'after' in each
          ? { ...ids, is: 'lost', after: at(hashes, each.after) }
          : { ...ids, is: each.is }
      })
      const renewal: Renewal = { candidates, meets: at(hashes, meets), remembered: false, visit, lifetime }
      const results = await Promise.all(
        engines.map(async (engine) => {
          for (const [index, kind] of made.entries())
            await become(engine, kind, at(hashes, index), at(hashes, index + size))
          if (comesLate) await engine.store.redeem(ticket, 60, [])
          const redeemed = await engine.store.redeem(ticket, 60, hashes, renewal)
          outcomes.add(
            redeemed.renewed === null
              ? 'none'
              : (candidates.find(({ to }) => to === redeemed.renewed)?.is ?? 'unknown'),
          )
          return plain({ ...redeemed, after: await engine.store.read([...hashes, ...targets], null) })
        }),
      )
      for (const result of results) expect(result).toEqual(results[0])
    }),
    { numRuns: 300 },
  )
  expect([...outcomes].sort()).toEqual(['blank', 'live', 'lost', 'none'])
})
