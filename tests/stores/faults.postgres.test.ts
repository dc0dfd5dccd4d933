import { neon, neonConfig } from '@neondatabase/serverless'
import { drizzle as overHttp } from 'drizzle-orm/neon-http'
import { drizzle as overWebSocket } from 'drizzle-orm/neon-serverless'
import { drizzle as overTcp } from 'drizzle-orm/node-postgres'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { serveNeonHttp } from '../../fixtures/neon-gateway.mjs'
import { pgRunner, serveNeon } from '../../fixtures/neon-postgres.mjs'
import { startPostgres } from '../../fixtures/postgres.mjs'
import type { Store } from '../../src/core/store/store.js'
import { drizzleStore, ensureSchema, type PostgresDatabase } from '../../src/drizzle.js'
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
import { openNeonPool, openPool } from '../support/pools.js'
import { postgresFaults } from '../support/postgresFaults.js'

const timeoutMs = 2000
const watch = watchProcess()
let server: Awaited<ReturnType<typeof startPostgres>>
let gateway: Awaited<ReturnType<typeof serveNeon>>
let faults: ReturnType<typeof postgresFaults>
let admin: pg.Pool
const toClose: (() => unknown)[] = []

beforeAll(async () => {
  server = await startPostgres({ settings: { max_connections: '40' } })
  gateway = await serveNeon(server)
  const http = await serveNeonHttp({ run: pgRunner(nodePool(20)) })
  toClose.push(() => http.close())
  neonConfig.fetchEndpoint = http.url
  neonConfig.wsProxy = gateway.wsProxy
  neonConfig.webSocketConstructor = WebSocket
  neonConfig.useSecureWebSocket = neonConfig.pipelineTLS = false
  neonConfig.pipelineConnect = false
  admin = nodePool(3)
  faults = postgresFaults(server, admin)
  await ensureSchema(overTcp(admin))
}, 60_000)
afterAll(async () => {
  watch.stop()
  for (const close of toClose) await close()
  await gateway.close()
  await server.stop()
})

function nodePool(max = 5): pg.Pool {
  const pool = openPool(server.url, max)
  toClose.push(() => pool.end())
  return pool
}

const drivers: Readonly<Record<string, () => PostgresDatabase>> = {
  'node-postgres': () => overTcp(nodePool()),
  'neon-http': () => overHttp(neon(server.url.replace('postgres@', 'postgres:any@'))),
  'neon-serverless': () => {
    const pool = openNeonPool(server.url)
    toClose.push(() => pool.end())
    return overWebSocket(pool)
  },
}

describe.each(Object.keys(drivers))('Postgres through %s', (name) => {
  let db: PostgresDatabase
  let store: Store
  beforeAll(() => {
    db = drivers[name]?.() ?? overTcp(admin)
    store = drizzleStore(db, { timeoutMs })
  })

  test('a server that is away refuses every operation in time, and once it is back all works as before', async () => {
    const [hash, refused] = [newHash(), newHash()]
    const before = await save(store, hash, { set: { a: 1 } })
    await server.kill('SIGINT')
    for (const [title, call] of Object.entries({
      ...operations(store, refused),
      sweep: () => store.sweep(10),
    })) {
      const { error } = await refusal(timeoutMs, call)
      expect(reasonsOf(error), title).toMatch(
        /ECONNREFUSED|fetch failed|Server error|terminated|WebSocket|closed/,
      )
    }
    await server.restart()
    expect(await insist(() => liveOf(store, hash))).toEqual(before)
    expect(await stateOf(store, refused)).toEqual({ state: 'blank' })
    expect((await save(store, hash, { set: { b: 2 } })).data).toEqual({ a: 1, b: 2 })
  })

  test('a statement whose connection is cut writes nothing, and the next one works', async () => {
    const { hash } = await save(store, newHash(), { set: { a: 1 } })
    const holder = await faults.hold(hash)
    const refused = refusal(timeoutMs, () => store.write(hash, { set: { a: 2 } }, { visit, lifetime }))
    await faults.terminateWaiting()
    expect(reasonsOf((await refused).error)).toContain('57P01')
    await holder.end()
    expect(await liveOf(store, hash)).toMatchObject({ data: { a: 1 }, version: 1 })
    expect(await save(store, hash, { set: { a: 3 } })).toMatchObject({ data: { a: 3 }, version: 2 })
  })

  test('a server that is killed while a statement waits has written nothing of it when it is back', async () => {
    const { hash } = await save(store, newHash(), { set: { a: 1 } })
    const holder = await faults.hold(hash)
    const refused = refusal(timeoutMs, () => store.write(hash, { set: { a: 2 } }, { visit, lifetime }))
    await faults.untilSomebodyWaits()
    await server.kill()
    await refused
    await holder.end().catch(() => {})
    await server.restart()
    expect(await insist(() => liveOf(store, hash))).toMatchObject({ data: { a: 1 }, version: 1 })
    expect(await save(store, hash, { set: { a: 3 } })).toMatchObject({ data: { a: 3 }, version: 2 })
  })

  test('a statement that waits for longer than its time is rejected, and may be made later, once', async () => {
    const { hash } = await save(store, newHash(), { set: { a: 1 } })
    const holder = await faults.hold(hash)
    const impatient = drizzleStore(db, { timeoutMs: 300 })
    const { error } = await refusal(300, () =>
      impatient.write(hash, { set: { late: 1 } }, { visit, lifetime }),
    )
    expect(error.message).toBe('no answer from the database within 300 ms')
    await holder.end()
    await insist(async () =>
      expect(await liveOf(store, hash)).toMatchObject({ data: { a: 1, late: 1 }, version: 2 }),
    )
  })

  test('a server that is killed twice under twenty writers keeps every write that it acknowledged', async () => {
    const { hash } = await save(store, newHash(), {})
    const acknowledged: Record<string, number> = {}
    let tries = 0
    const writer = async (_: unknown, index: number) => {
      for (let round = 0; round < 25; round++) {
        const key = `w${index}r${round}`
        await insist(() => (tries++, save(store, hash, { set: { [key]: round } })))
        acknowledged[key] = round
        await sleep(Math.random() * 60)
      }
    }
    const crash = async () => {
      await server.kill()
      await server.restart()
    }
    const writers = Promise.all(Array.from({ length: 20 }, writer))
    for (let crashes = 0; crashes < 2; crashes++) {
      await sleep(200)
      await crash()
    }
    await writers
    const { data, version } = await liveOf(store, hash)
    expect(data).toEqual(acknowledged)
    expect(Object.keys(acknowledged)).toHaveLength(500)
    expect(tries, 'the crashes were felt').toBeGreaterThan(500)
    expect(version).toBeGreaterThan(500)
    expect(version).toBeLessThanOrEqual(1 + tries)
  })

  test('counting goes on while connections are cut, and no step is counted twice', async () => {
    const { hash } = await save(store, newHash(), { set: { n: 0 } })
    const counting = countUp(store, hash, ({ acknowledged, unknown }) => acknowledged > 20 && unknown > 10)
    await meanwhile(faults.terminate, 30, counting)
    const { acknowledged, unknown } = await counting
    const { data, version } = await insist(() => liveOf(store, hash))
    expect(data.n).toBeGreaterThanOrEqual(acknowledged)
    expect(data.n).toBeLessThanOrEqual(acknowledged + unknown)
    expect(version).toBe(1 + Number(data.n))
  })

  test('a server that hangs is given up at the time limit, by default after two seconds, and works once it goes on', async () => {
    const { hash } = await save(store, newHash(), { set: { a: 1 } })
    const goOn = await faults.freeze()
    try {
      const impatient = drizzleStore(db, { timeoutMs: 300 })
      const refusals = Object.values(operations(impatient)).map((call) => refusal(300, call))
      for (const { tookMs } of await Promise.all(refusals)) expect(tookMs).toBeGreaterThan(290)
      const { error, tookMs } = await refusal(2000, () => drizzleStore(db).read([hash], visit))
      expect(tookMs).toBeGreaterThan(1990)
      expect(error.message).toBe('no answer from the database within 2000 ms')
    } finally {
      goOn()
    }
    expect((await insist(() => save(store, hash, { set: { b: 2 } }))).data).toEqual({ a: 1, b: 2 })
  })

  test('a server that may only be read answers those who look, refuses the others, and works when it may be written', async () => {
    const record = await save(store, newHash(), { set: { a: 1 } })
    await faults.readOnly('on')
    try {
      expect(await stateOf(store, record.hash)).toEqual({ state: 'live', record })
      expect(await store.read([record.hash], { ...visit, domain: 'https://other.example' })).toEqual([
        { state: 'live', record },
      ])
      const {
        'read, only looking': _,
        'read of a visitor': ___,
        listUser: __,
        ...writing
      } = operations(store)
      for (const [title, call] of Object.entries(writing))
        expect(reasonsOf((await refusal(timeoutMs, call)).error), title).toContain('25006')
    } finally {
      await faults.readOnly('off')
    }
    expect((await save(store, record.hash, { set: { b: 2 } })).version).toBe(2)
  })

  test('a server whose disk is full answers those who look, refuses the others, and works when there is room', async () => {
    const record = await save(store, newHash(), { set: { a: 1 } })
    const hasRoom = await faults.fillDisk()
    try {
      expect(await store.read([record.hash], { ...visit, domain: 'https://other.example' })).toEqual([
        { state: 'live', record },
      ])
      const {
        'read, only looking': looking,
        'read of a visitor': visiting,
        listUser,
        endUser: _,
        ...writing
      } = operations(store)
      for (const call of [looking, visiting, listUser]) await call()
      for (const [title, call] of Object.entries(writing))
        expect(reasonsOf((await refusal(timeoutMs, call)).error), title).toContain('53100')
      expect(
        reasonsOf(
          (await refusal(timeoutMs, () => store.write(record.hash, { set: { b: 2 } }, { visit, lifetime })))
            .error,
        ),
      ).toContain('53100')
    } finally {
      await hasRoom()
    }
    expect((await save(store, record.hash, { set: { b: 2 } })).version).toBe(2)
  })

  test('a server without a free connection refuses in time, and works when there is one', async () => {
    const { hash } = await save(store, newHash(), { set: { a: 1 } })
    const taken = await faults.takeAll()
    try {
      for (const [title, call] of Object.entries(operations(store)))
        expect(reasonsOf((await refusal(timeoutMs, call)).error), title).toContain('53300')
    } finally {
      await Promise.all(taken.map((client) => client.end()))
    }
    expect((await insist(() => save(store, hash, { set: { b: 2 } }))).data).toEqual({ a: 1, b: 2 })
  })
})

test('a pool without a free connection is given up at the time limit, and works when one is released', async () => {
  const pool = nodePool(1)
  const store = drizzleStore(overTcp(pool), { timeoutMs: 300 })
  const { hash } = await save(store, newHash(), { set: { a: 1 } })
  const only = await pool.connect()
  for (const call of Object.values(operations(store)))
    expect((await refusal(300, call)).error.message).toContain('within 300 ms')
  only.release()
  expect((await insist(() => save(store, hash, { set: { b: 2 } }))).data).toEqual({ a: 1, b: 2 })
})

test('an answer that is lost on its way leaves the caller not knowing, and nothing is counted twice', async () => {
  const link = await linkTo(server.port)
  const pool = openPool(server.url.replace(`:${server.port}/`, `:${link.port}/`))
  toClose.push(
    () => pool.end(),
    () => link.close(),
  )
  const store = drizzleStore(overTcp(pool), { timeoutMs })
  const { hash } = await save(store, newHash(), { set: { n: 0 } })
  link.lose(0.1)
  const { acknowledged, unknown } = await countUp(
    store,
    hash,
    ({ acknowledged, unknown }) => acknowledged > 20 && unknown > 15,
  )
  link.lose(0)
  const { data, version } = await insist(() => liveOf(store, hash))
  expect(data.n, 'some were made and nobody was told').toBeGreaterThan(acknowledged)
  expect(data.n).toBeLessThanOrEqual(acknowledged + unknown)
  expect(version).toBe(1 + Number(data.n))
})

test('no fault reached the process', () => {
  expect(watch.seen).toEqual([])
})
