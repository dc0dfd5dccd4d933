import { createClient as createVercelKv } from '@vercel/kv'
import { Redis } from 'ioredis'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startRedis } from '../../fixtures/redis.mjs'
import { serveUpstash } from '../../fixtures/upstash-gateway.mjs'
import type { Store } from '../../src/core/store/store.js'
import { kvStore, type KvClient } from '../../src/kv.js'
import { lifetime, liveOf, newHash, save, stateOf, visit } from '../../src/testing/given.js'
import {
  countUp,
  insist,
  linkTo,
  meanwhile,
  operations,
  reasonsOf,
  refusal,
  sleep,
  watchProcess,
} from '../support/faults.js'
import { reasons, refusing } from '../support/redisFaults.js'

const timeoutMs = 2000
const token = 'token-of-the-tests'
const watch = watchProcess()
const folder = mkdtempSync(path.join(tmpdir(), 'crossdomain-redis-'))
let server: Awaited<ReturnType<typeof startRedis>>
let gateway: Awaited<ReturnType<typeof serveUpstash>>
let admin: Redis
const toClose: (() => unknown)[] = []

beforeAll(async () => {
  // Ended in good order, it keeps its data; killed, it has lost them.
  server = await startRedis({ settings: { save: '3600 1', dir: folder } })
  gateway = await serveUpstash({ redisUrl: server.url, token })
  admin = ioredis(server.port)
})
afterAll(async () => {
  watch.stop()
  for (const close of toClose) await close()
  await gateway.close()
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

function ioredis(port: number): Redis {
  const client = new Redis(port, '127.0.0.1')
  client.on('error', () => {})
  toClose.push(() => client.disconnect())
  return client
}

interface Driver {
  readonly connect: (port: number) => KvClient | Promise<KvClient>
  /** Where the client connects to. */
  readonly port: () => number
  /** What becomes of a command whose connection is cut. */
  readonly cut: 'rejected' | 'repeated'
  /** What becomes of a command that was asked while the server was away. */
  readonly away: 'forgotten' | 'late'
}

const drivers: Readonly<Record<string, Driver>> = {
  ioredis: { connect: ioredis, port: () => server.port, cut: 'repeated', away: 'late' },
  redis: {
    connect: async (port) => {
      const client = createClient({ url: `redis://127.0.0.1:${port}` })
      client.on('error', () => {})
      await client.connect()
      toClose.push(() => client.destroy())
      return client
    },
    port: () => server.port,
    cut: 'rejected',
    away: 'late',
  },
  '@vercel/kv': {
    connect: (port) => createVercelKv({ url: `http://127.0.0.1:${port}`, token }),
    port: () => Number(new URL(gateway.url).port),
    cut: 'rejected',
    away: 'forgotten',
  },
}

describe.each(Object.entries(drivers))('Redis through %s', (_, driver) => {
  let client: KvClient
  let store: Store
  beforeAll(async () => {
    client = await driver.connect(driver.port())
    store = kvStore(client, { timeoutMs })
  })

  test('a server that is away refuses every operation in time, and once it is back all works as before', async () => {
    const [hash, refused] = [newHash(), newHash()]
    const before = await save(store, hash, { set: { a: 1 } })
    await server.kill('SIGTERM')
    const impatient = kvStore(client, { timeoutMs: 300 })
    await Promise.all(Object.values(operations(impatient, refused)).map((call) => refusal(300, call)))
    await server.restart()
    expect(await insist(() => liveOf(store, hash))).toEqual(before)
    // A client that keeps commands for later keeps those too that nobody waits for any more.
    expect((await stateOf(store, refused)).state).toBe(driver.away === 'late' ? 'live' : 'blank')
    expect((await save(store, hash, { set: { b: 2 } })).data).toEqual({ a: 1, b: 2 })
  })

  test('a write whose connection is cut while it waits is made once or not at all, and the next one works', async () => {
    const { hash } = await save(store, newHash(), { set: { a: 1 } })
    await admin.client('PAUSE', 60_000, 'WRITE')
    const outcome = store.write(hash, { set: { a: 2 } }, { visit, lifetime }).then(
      ({ status }) => status,
      () => 'rejected',
    )
    await sleep(100)
    await admin.client('KILL', 'TYPE', 'normal')
    await sleep(100)
    await admin.client('UNPAUSE')
    const [status, n] = driver.cut === 'repeated' ? ['saved', 2] : ['rejected', 1]
    expect(await outcome).toBe(status)
    expect(await insist(() => liveOf(store, hash))).toMatchObject({ data: { a: n }, version: n })
    expect(await save(store, hash, { set: { a: 3 } })).toMatchObject({ data: { a: 3 }, version: n + 1 })
  })

  test('a server that is killed while a command waits comes back empty, and sessions begin anew', async () => {
    const { hash } = await save(store, newHash(), { set: { a: 1 } })
    await admin.client('PAUSE', 60_000, 'WRITE')
    const impatient = kvStore(client, { timeoutMs: 300 })
    const refused = refusal(300, () => impatient.write(newHash(), { set: { a: 2 } }, { visit, lifetime }))
    await sleep(100)
    await server.kill()
    await refused
    rmSync(path.join(folder, 'dump.rdb'), { force: true })
    await server.restart()
    expect(await insist(() => stateOf(store, hash))).toEqual({ state: 'blank' })
    expect(await save(store, hash, { set: { a: 3 } })).toMatchObject({ data: { a: 3 }, version: 1 })
  })

  test('twenty writers whose connections are cut again and again keep every write that was acknowledged', async () => {
    // The test before may have cut a connection that is not back yet.
    const { hash } = await insist(() => save(store, newHash(), {}))
    const acknowledged: Record<string, number> = {}
    const writer = async (_: unknown, index: number) => {
      for (let round = 0; round < 10; round++) {
        const key = `w${index}r${round}`
        await insist(() => save(store, hash, { set: { [key]: round } }))
        acknowledged[key] = round
        await sleep(Math.random() * 100)
      }
    }
    const cuts = await meanwhile(
      () => admin.client('KILL', 'TYPE', 'normal'),
      50,
      Promise.all(Array.from({ length: 20 }, writer)),
    )
    expect(cuts).toBeGreaterThan(2)
    expect((await insist(() => liveOf(store, hash))).data).toEqual(acknowledged)
    expect(Object.keys(acknowledged)).toHaveLength(200)
  })

  test('a write whose answers are lost is made once, however often the client repeats it', async () => {
    const link = await linkTo(driver.port())
    toClose.push(() => link.close())
    const through = kvStore(await driver.connect(link.port), { timeoutMs: 300 })
    const { hash } = await insist(() => save(through, newHash(), { set: { a: 1 } }))
    link.lose(1)
    await refusal(300, () => through.write(hash, { set: { a: 2 } }, { visit, lifetime }))
    link.lose(0)
    // The client is still at it.
    await sleep(800)
    expect(await insist(() => liveOf(through, hash))).toMatchObject({ data: { a: 2 }, version: 2 })
    expect(link.lost).toBeGreaterThan(0)
  })

  test('counting goes on while connections are cut and answers are lost, and no repetition counts twice', async () => {
    const link = await linkTo(driver.port())
    toClose.push(() => link.close())
    const through = kvStore(await driver.connect(link.port), { timeoutMs })
    const { hash } = await insist(() => save(through, newHash(), { set: { n: 0 } }))
    link.lose(0.1)
    let cuts = 0
    const counting = countUp(through, hash, (tally) => tally.acknowledged > 20 && link.lost > 10 && cuts > 5)
    await meanwhile(async () => (await admin.client('KILL', 'TYPE', 'normal'), cuts++), 70, counting)
    link.lose(0)
    const { acknowledged, unknown } = await counting
    const { data, version } = await insist(() => liveOf(store, hash))
    expect(data.n).toBeGreaterThanOrEqual(acknowledged)
    expect(data.n).toBeLessThanOrEqual(acknowledged + unknown)
    expect(version).toBe(1 + Number(data.n))
  })

  test('a server that hangs is given up at the time limit, by default after two seconds, and works once it goes on', async () => {
    const { hash } = await insist(() => save(store, newHash(), { set: { a: 1 } }))
    process.kill(server.pid, 'SIGSTOP')
    try {
      const impatient = kvStore(client, { timeoutMs: 300 })
      const refusals = Object.values(operations(impatient)).map((call) => refusal(300, call))
      for (const { error, tookMs } of await Promise.all(refusals)) {
        expect(error.message).toBe('no answer from the database within 300 ms')
        expect(tookMs).toBeGreaterThan(290)
      }
      const { error, tookMs } = await refusal(2000, () => kvStore(client).read([hash], visit))
      expect(error.message).toBe('no answer from the database within 2000 ms')
      expect(tookMs).toBeGreaterThan(1990)
    } finally {
      process.kill(server.pid, 'SIGCONT')
    }
    expect((await insist(() => save(store, hash, { set: { b: 2 } }))).data).toEqual({ a: 1, b: 2 })
  })

  test.each(reasons)(
    'a server that refuses writes (%s) answers those who look, and works when it may be written',
    async (reason) => {
      const userId = newHash()
      const record = await save(store, newHash(), { set: { a: 1 } }, { userId })
      // One that is over, and would be taken off the user's list.
      const { hash: over } = await save(store, newHash(), {}, { userId })
      await admin.del(`crossdomain:session:${over}`)
      await admin.zincrby(`crossdomain:user:${userId}`, -2, over)
      const { begin, end } = refusing(admin, folder)[reason]
      await begin()
      try {
        const look = await insist(() => stateOf(store, record.hash))
        expect(look).toEqual({ state: 'live', record })
        expect(await store.listUser(userId)).toEqual([record])
        // A visit that was recorded a moment ago need not be recorded again.
        expect(await store.read([record.hash], visit)).toEqual([look])
        const { write, rotate, redeem, settle, 'first write of a user': first } = operations(store)
        const unseen = { ...visit, domain: 'https://other.example' }
        const refused = { write, first, rotate, redeem, settle }
        expect(await store.read([record.hash], unseen)).toEqual([look])
        for (const [title, call] of Object.entries(refused))
          expect(reasonsOf((await refusal(timeoutMs, call)).error), title).toContain(reason)
        // To end a session takes no memory.
        if (reason === 'OOM') expect(await store.end(newHash(), 60)).toEqual({ status: 'ended' })
        else await refusal(timeoutMs, () => store.end(newHash(), 60))
      } finally {
        await end()
      }
      expect((await insist(() => save(store, record.hash, { set: { b: 2 } }))).version).toBe(2)
    },
  )

  test('a server that forgets its scripts between and during twenty writes fails none of them', async () => {
    const { hash } = await save(store, newHash(), {})
    const writers = Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        for (let round = 0; round < 10; round++) {
          await save(store, hash, { set: { [`w${index}r${round}`]: round } })
          await sleep(Math.random() * 20)
        }
      }),
    )
    expect(await meanwhile(() => admin.script('FLUSH'), 3, writers)).toBeGreaterThan(5)
    const { data, version } = await liveOf(store, hash)
    expect([Object.keys(data).length, version]).toEqual([200, 201])
  })
})

test('no fault reached the process', () => {
  expect(watch.seen).toEqual([])
})
