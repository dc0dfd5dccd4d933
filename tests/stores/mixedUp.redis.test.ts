import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createClient, createCluster } from 'redis'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { startRedis, startRedisCluster } from '../../fixtures/redis.mjs'
import type { Store } from '../../src/core/store/store.js'
import { kvStore, type KvClient } from '../../src/kv.js'
import { change, newId, write } from '../../src/testing/given.js'
import { insist, rowOf, sleep, watchProcess } from '../support/faults.js'

// What node-redis does with commands that it is about to send when its connection breaks is said in src/stores/kv/nodeRedis.ts.
const recoversWithinMs = 6000
const watch = watchProcess()
/** Connections that this process began, but for those that are cut. */
const sockets: Socket[] = []
const note = (message: unknown): void => void sockets.push((message as { socket: Socket }).socket)
let server: Awaited<ReturnType<typeof startRedis>>
let cluster: Awaited<ReturnType<typeof startRedisCluster>>
const toClose: (() => unknown)[] = []

beforeAll(async () => {
  ;[server, cluster] = await Promise.all([startRedis(), startRedisCluster()])
  subscribe('net.client.socket', note)
}, 60_000)
beforeEach(() => void sockets.splice(0))
afterAll(async () => {
  watch.stop()
  unsubscribe('net.client.socket', note)
  for (const close of toClose) close()
  await Promise.all([server.stop(), cluster.stop()])
})

async function single(options: { disableOfflineQueue?: true; RESP?: 3 } = {}) {
  const client = createClient({ url: server.url, ...options })
  client.on('error', () => {})
  toClose.push(() => client.isOpen && client.destroy())
  return client.connect()
}

async function ofCluster() {
  const client = createCluster({ rootNodes: [{ url: cluster.url }] })
  client.on('error', () => {})
  toClose.push(() => client.isOpen && client.destroy())
  return client.connect()
}

/** Breaks all connections while what was just asked is about to be sent. The next ones are not there yet when it is done. */
async function cut(): Promise<void> {
  // The digest of a script is a promise, so a command of the store waits its turn.
  for (let n = 0; n < 10; n++) await Promise.resolve()
  for (const socket of sockets.splice(0)) socket.destroy(new Error('cut'))
  await nextTurn()
}

/** Writes so many rows right before the connection is cut, and so many right after. @returns Those that were acknowledged. */
async function writesAroundCut(store: Store, before: number, after: number): Promise<readonly string[]> {
  const acknowledged: string[] = []
  const swap = async (): Promise<void> => {
    const id = newId()
    if ((await store.swap([change(id, 0)])).done) acknowledged.push(id)
  }
  const swaps = (count: number) => Array.from({ length: count }, () => swap().catch(() => {}))
  const early = swaps(before)
  await cut()
  await Promise.all([...early, ...swaps(after)])
  return acknowledged
}

/** Writes to a row that is there, as soon as that works. */
const goesOn = (store: Store, id: string): Promise<void> =>
  insist(async () => write(store, change(id, (await rowOf(store, id))?.version ?? 0)), recoversWithinMs)

const clients: Readonly<Record<string, () => Promise<KvClient>>> = {
  createClient: single,
  createCluster: ofCluster,
}

describe.each(Object.entries(clients))('redis, by %s, whose connection breaks', (_, connect) => {
  // With fewer after than before, the client gets stuck; else it goes on with strangers' answers, and with one each nobody sees it but by the time limit.
  test.each([
    [1, 0],
    [4, 2],
    [1, 1],
    [4, 8],
  ])(
    'under %i commands, with %i after: no write counts that was not made, and it recovers',
    async (before, after) => {
      const store = kvStore(await connect(), { timeoutMs: 300 })
      const id = newId()
      await write(store, change(id, 0))
      const acknowledged = await writesAroundCut(store, before, after)
      await goesOn(store, id)
      // On a cluster, each node recovers when it is asked.
      for (const each of acknowledged)
        expect(await insist(() => rowOf(store, each), recoversWithinMs)).toMatchObject({ version: 1 })
      for (let n = 0; n < 10; n++) await goesOn(store, newId())
      for (let n = 0; n < 10; n++) await write(store, change(newId(), 0))
    },
  )
})

describe('redis', () => {
  test('is sent one QUIT, however many answers are wrong', async () => {
    const client = await single()
    const sent = vi.spyOn(client, 'sendCommand')
    const store = kvStore(client)
    const id = newId()
    await write(store, change(id, 0))
    await writesAroundCut(store, 4, 20)
    await goesOn(store, id)
    expect(sent.mock.calls.filter(([[command]]) => command === 'QUIT')).toHaveLength(1)
    // After the cut, and after the QUIT.
    expect(sockets).toHaveLength(2)
  })

  test("that an application's own commands got stuck starts over, and keeps subscriptions", async () => {
    const client = await single({ RESP: 3 })
    const store = kvStore(client, { timeoutMs: 300 })
    const id = newId()
    await write(store, change(id, 0))
    const messages: string[] = []
    await client.subscribe('news', (message) => messages.push(message))
    const lost = Promise.allSettled(['a', 'b', 'c', 'd'].map((key) => client.get(key)))
    await cut()
    await goesOn(store, id)
    expect((await lost).map(({ status }) => status)).toContain('rejected')
    expect(await client.echo('own')).toBe('own')
    await client.publish('news', 'heard')
    await expect.poll(() => messages).toEqual(['heard'])
  })

  test('that keeps no commands for later mixes nothing up', async () => {
    const store = kvStore(await single({ disableOfflineQueue: true }))
    const id = newId()
    await write(store, change(id, 0))
    expect(await writesAroundCut(store, 4, 8)).toEqual([])
    await goesOn(store, id)
    expect(sockets).toHaveLength(1)
  })

  test('that got stuck and is closed then stays closed', async () => {
    const client = await single()
    kvStore(client)
    const lost = client.get('a').catch(() => {})
    await cut()
    await expect.poll(() => sockets).toHaveLength(1)
    client.destroy()
    await lost
    await sleep(3000)
    expect([client.isOpen, sockets.length]).toEqual([false, 1])
  })
})

test('no fault reached the process', () => {
  expect(watch.seen).toEqual([])
})
