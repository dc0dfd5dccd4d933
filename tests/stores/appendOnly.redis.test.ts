import { Redis } from 'ioredis'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { startRedis } from '../../fixtures/redis.mjs'
import type { SessionHash } from '../../src/core/store/record.js'
import { kvStore } from '../../src/kv.js'
import { newHash, save, stateOf } from '../../src/testing/given.js'
import { insist, sleep } from '../support/faults.js'

test('a server that writes down each command is killed under twenty writers, and comes back with all that it acknowledged', async () => {
  const clients: Redis[] = []
  const connect = () => {
    const client = new Redis(server.port)
    client.on('error', () => {})
    clients.push(client)
    return kvStore(client)
  }
  const dir = mkdtempSync(path.join(tmpdir(), 'crossdomain-redis-'))
  const server = await startRedis({ settings: { appendonly: 'yes', appendfsync: 'always', dir } })
  try {
    const store = connect()
    const sessions = await Promise.all(
      Array.from({ length: 20 }, () => save(store, newHash(), {}, { userId: 'ada' })),
    )
    const ended = await save(store, newHash(), {})
    await store.end(ended.hash, 1000)
    const ticket = newHash()
    expect((await store.redeem(ticket, 60, [])).first).toBe(true)
    const acknowledged = new Map<SessionHash, number>()
    let isOver = false
    const writers = sessions.map(async ({ hash }) => {
      for (let n = 1; !isOver; n++) {
        await insist(() => save(store, hash, { set: { n } }))
        acknowledged.set(hash, n)
      }
    })
    for (let kills = 0; kills < 2; kills++) {
      await sleep(300)
      await server.kill()
      await server.restart()
    }
    await sleep(300)
    isOver = true
    await Promise.all(writers)
    // As a client that only now comes, of a server that has just started.
    await server.kill()
    await server.restart()
    const later = connect()
    const states = await insist(() =>
      later.read(
        sessions.map(({ hash }) => hash),
        null,
      ),
    )
    expect(states.map((state) => state.state === 'live' && state.record.data['n'])).toEqual(
      sessions.map(({ hash }) => acknowledged.get(hash)),
    )
    expect(await stateOf(later, ended.hash)).toEqual({ state: 'ended' })
    expect((await later.redeem(ticket, 60, [])).first).toBe(false)
    expect(await later.listUser('ada')).toHaveLength(20)
  } finally {
    for (const client of clients) client.disconnect()
    await server.stop()
    rmSync(dir, { recursive: true, force: true })
  }
})
