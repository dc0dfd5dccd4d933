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
import { change, hold, holds, newId, newIds, write } from '../../src/testing/given.js'
import {
  countUp,
  insist,
  linkTo,
  meanwhile,
  operations,
  reasonsOf,
  refusal,
  rowOf,
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

  /** Adds to a row as it is now, and tries again if somebody was faster or if the server fails. */
  const add = (id: string, value: Readonly<Record<string, number>>): Promise<void> =>
    insist(async () => {
      const row = await rowOf(store, id)
      await write(store, change(id, row?.version ?? 0, { ...row?.value, ...value }))
    })

  test('a server that is away refuses every operation in time, and once it is back all works as before', async () => {
    const [id, refused] = newIds(2) as [string, string]
    const before = change(id, 0, { a: 1 })
    await write(store, before)
    await server.kill('SIGTERM')
    const impatient = kvStore(client, { timeoutMs: 300 })
    await Promise.all(Object.values(operations(impatient, refused)).map((call) => refusal(300, call)))
    await server.restart()
    await insist(() => holds(store, before))
    // A client that keeps commands for later keeps those too that nobody waits for any more.
    expect((await rowOf(store, refused))?.version).toBe(driver.away === 'late' ? 1 : undefined)
    await write(store, change(id, 1, { b: 2 }))
  })

  test('a swap whose connection is cut while it waits is made once or not at all, and the next one works', async () => {
    const [a, b] = newIds(2) as [string, string]
    await write(store, change(a, 0, { n: 1 }), change(b, 0, { n: 1 }))
    await admin.client('PAUSE', 60_000, 'WRITE')
    const outcome = store.swap([change(a, 1, { n: 2 }), change(b, 1, { n: 2 })]).then(
      ({ done }) => done,
      () => 'rejected',
    )
    await sleep(100)
    await admin.client('KILL', 'TYPE', 'normal')
    await sleep(100)
    await admin.client('UNPAUSE')
    const [done, n] = driver.cut === 'repeated' ? [true, 2] : ['rejected', 1]
    expect(await outcome).toBe(done)
    await insist(() => holds(store, change(a, n - 1, { n }), change(b, n - 1, { n })))
    await write(store, change(a, n, { n: 3 }))
  })

  test('a server that is killed while a command waits comes back empty, and rows begin anew', async () => {
    const id = newId()
    await write(store, change(id, 0))
    await admin.client('PAUSE', 60_000, 'WRITE')
    const impatient = kvStore(client, { timeoutMs: 300 })
    const refused = refusal(300, () => impatient.swap([change(newId(), 0)]))
    await sleep(100)
    await server.kill()
    await refused
    rmSync(path.join(folder, 'dump.rdb'), { force: true })
    await server.restart()
    expect(await insist(() => rowOf(store, id))).toBeUndefined()
    await write(store, change(id, 0))
  })

  test('twenty writers whose connections are cut again and again keep every write that was acknowledged', async () => {
    const ids = newIds(5)
    const acknowledged = ids.map((): Record<string, number> => ({}))
    const writer = async (_: unknown, index: number) => {
      for (let round = 0; round < 10; round++) {
        const key = `w${index}r${round}`
        await add(ids[index % 5] ?? '', { [key]: round })
        Object.assign(acknowledged[index % 5] ?? {}, { [key]: round })
        await sleep(Math.random() * 100)
      }
    }
    const cuts = await meanwhile(
      () => admin.client('KILL', 'TYPE', 'normal'),
      50,
      Promise.all(Array.from({ length: 20 }, writer)),
    )
    expect(cuts).toBeGreaterThan(2)
    const rows = await Promise.all(ids.map((id) => insist(() => rowOf(store, id))))
    expect(rows.map((row) => row?.value)).toEqual(acknowledged)
    expect(acknowledged.flatMap((values) => Object.keys(values))).toHaveLength(200)
  })

  test('a swap whose answers are lost is made once, however often the client repeats it', async () => {
    const link = await linkTo(driver.port())
    toClose.push(() => link.close())
    const through = kvStore(await driver.connect(link.port), { timeoutMs: 300 })
    const [a, b] = newIds(2) as [string, string]
    await insist(() => write(through, change(a, 0), change(b, 0)))
    link.lose(1)
    await refusal(300, () => through.swap([change(a, 1), change(b, 1)]))
    link.lose(0)
    // The client is still at it.
    await sleep(800)
    await insist(() => holds(through, change(a, 1), change(b, 1)))
    expect(link.lost).toBeGreaterThan(0)
  })

  test('counting goes on while connections are cut and answers are lost, and no repetition counts twice', async () => {
    const link = await linkTo(driver.port())
    toClose.push(() => link.close())
    const through = kvStore(await driver.connect(link.port), { timeoutMs })
    const id = newId()
    await insist(() => write(through, change(id, 0, { n: 0 })))
    link.lose(0.1)
    let cuts = 0
    const counting = countUp(through, id, (tally) => tally.acknowledged > 20 && link.lost > 10 && cuts > 5)
    await meanwhile(async () => (await admin.client('KILL', 'TYPE', 'normal'), cuts++), 70, counting)
    link.lose(0)
    const { acknowledged, unknown } = await counting
    const row = await insist(() => rowOf(store, id))
    expect(row?.value['n']).toBeGreaterThanOrEqual(acknowledged)
    expect(row?.value['n']).toBeLessThanOrEqual(acknowledged + unknown)
    expect(row?.version).toBe(1 + Number(row?.value['n']))
  })

  test('a server that hangs is given up at the time limit, by default after two seconds, and works once it goes on', async () => {
    const id = newId()
    await insist(() => write(store, change(id, 0)))
    process.kill(server.pid, 'SIGSTOP')
    try {
      const impatient = kvStore(client, { timeoutMs: 300 })
      const refusals = Object.values(operations(impatient)).map((call) => refusal(300, call))
      for (const { error, tookMs } of await Promise.all(refusals)) {
        expect(error.message).toBe('no answer within 300 ms')
        expect(tookMs).toBeGreaterThan(290)
      }
      const { error, tookMs } = await refusal(2000, () => kvStore(client).read([id]))
      expect(error.message).toBe('no answer within 2000 ms')
      expect(tookMs).toBeGreaterThan(1990)
    } finally {
      process.kill(server.pid, 'SIGCONT')
    }
    await insist(() => write(store, change(id, 1)))
  })

  test.each(reasons)(
    'a server that refuses writes (%s) answers those who look, and works when it may be written',
    async (reason) => {
      const [userId, a, b, over] = newIds(4) as [string, string, string, string]
      const [rowA, rowB] = [change(a, 0, { a: 1 }, { userId }), change(b, 0)]
      await write(store, rowA, rowB)
      // One that is over, and would be taken off the user's list.
      await write(store, change(over, 0, {}, { userId }))
      await admin.del(`crossdomain:row:{${over}}`)
      const { begin, end } = refusing(admin, folder)[reason]
      await begin()
      try {
        await insist(() => holds(store, rowA, rowB))
        hold((await store.listUser(userId)).rows, rowA)
        const refused = {
          'a first row': () => store.swap([change(newId(), 0)]),
          'a row with a user': () => store.swap([change(newId(), 0, {}, { userId: 'eve' })]),
          'two rows': () => store.swap([change(a, 1, { a: 2 }, { userId: 'eve' }), change(b, 1)]),
        }
        for (const [title, call] of Object.entries(refused))
          expect(reasonsOf((await refusal(timeoutMs, call)).error), title).toContain(reason)
        await holds(store, rowA, rowB)
        expect((await store.listUser('eve')).rows).toEqual([])
      } finally {
        await end()
      }
      await insist(() => write(store, change(a, 1), change(b, 1)))
    },
  )

  test('a server that forgets its scripts between and during twenty writers fails none of them', async () => {
    const ids = newIds(20)
    const writers = Promise.all(
      ids.map(async (id) => {
        for (let version = 0; version < 10; version++) {
          await write(store, change(id, version))
          await sleep(Math.random() * 20)
        }
      }),
    )
    expect(await meanwhile(() => admin.script('FLUSH'), 3, writers)).toBeGreaterThan(5)
    await holds(store, ...ids.map((id) => change(id, 9)))
  })
})

test('no fault reached the process', () => {
  expect(watch.seen).toEqual([])
})
