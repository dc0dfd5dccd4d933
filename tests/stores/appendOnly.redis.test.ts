import { Redis } from 'ioredis'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { startRedis } from '../../fixtures/redis.mjs'
import { kvStore } from '../../src/kv.js'
import { change, hold, newIds, write } from '../../src/testing/given.js'
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
    const [userId, claim] = newIds(2) as [string, string]
    const ids = newIds(20)
    await Promise.all(ids.map((id) => write(store, change(id, 0, {}, { userId }))))
    await write(store, change(claim, 0))
    const acknowledged = new Map<string, number>()
    let isOver = false
    const writers = ids.map(async (id) => {
      for (let version = 1; !isOver; version++) {
        await insist(async () => {
          const { done, rows } = await store.swap([change(id, version, {}, { userId })])
          // A repetition of one whose answer was lost with the server.
          if (!done) expect(rows.map((row) => row.version)).toEqual([version + 1])
        })
        acknowledged.set(id, version)
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
    const rows = ids.map((id) => change(id, acknowledged.get(id) ?? 0, {}, { userId }))
    hold((await insist(() => later.read(ids))).rows, ...rows)
    hold((await later.listUser(userId)).rows, ...rows)
    expect((await later.swap([change(claim, 0)])).done).toBe(false)
  } finally {
    for (const client of clients) client.disconnect()
    await server.stop()
    rmSync(dir, { recursive: true, force: true })
  }
})
