import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serveNeonHttp } from '../../fixtures/neon-gateway.mjs'
import { pgRunner } from '../../fixtures/neon-postgres.mjs'
import { neonConfig } from '@neondatabase/serverless'
import type { Store } from '../../src/core/store/store.js'
import { ensureTables, postgresStore, type PostgresClient } from '../../src/postgres.js'
import { change, holds, newId, newIds, twenty, write } from '../../src/testing/given.js'
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
import { openPool } from '../support/pools.js'
import { startDrivers } from '../support/postgresDrivers.js'
import { postgresFaults } from '../support/postgresFaults.js'

const timeoutMs = 2000
const watch = watchProcess()
let drivers: Awaited<ReturnType<typeof startDrivers>>
let server: typeof drivers.server
let faults: ReturnType<typeof postgresFaults>
let admin: pg.Pool
const toClose: (() => unknown)[] = []

beforeAll(async () => {
  drivers = await startDrivers({ max_connections: '40' })
  server = drivers.server
  const http = await serveNeonHttp({ run: pgRunner(drivers.tcp()) })
  toClose.push(() => http.close())
  neonConfig.fetchEndpoint = http.url
  admin = drivers.tcp()
  faults = postgresFaults(server, admin)
  await ensureTables(admin)
}, 60_000)
afterAll(async () => {
  watch.stop()
  for (const close of toClose) await close()
  await drivers.stop()
})

describe.each(['pg', 'neon()', 'the Pool of Neon'] as const)('Postgres through %s', (name) => {
  let client: PostgresClient
  let store: Store
  beforeAll(() => {
    client = drivers.connect(name).plain
    store = postgresStore(client, { timeoutMs })
  })

  /** A row that is there, with this value at version 1. */
  async function made(value: { readonly [key: string]: number } = { a: 1 }): Promise<string> {
    const id = newId()
    await write(store, change(id, 0, value))
    return id
  }

  /** Expects that the row is as `made` left it, and that it can be changed. */
  async function isAsBefore(id: string): Promise<void> {
    await insist(() => holds(store, change(id, 0, { a: 1 })))
    await write(store, change(id, 1, { b: 2 }))
    await holds(store, change(id, 1, { b: 2 }))
  }

  test('a server that is away refuses every operation in time, and once it is back all works as before', async () => {
    const [id, refused] = [await made(), newId()]
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
    await isAsBefore(id)
    expect(await rowOf(store, refused)).toBeUndefined()
  })

  test('a statement whose connection is cut writes nothing, and the next one works', async () => {
    const [id, other] = [await made(), newId()]
    const holder = await faults.hold(id)
    const refused = refusal(timeoutMs, () => store.swap([change(id, 1, { a: 2 }), change(other, 0)]))
    await faults.terminateWaiting()
    expect(reasonsOf((await refused).error)).toContain('57P01')
    await holder.end()
    await isAsBefore(id)
    expect(await rowOf(store, other)).toBeUndefined()
  })

  test('a server that is killed while a statement waits has written nothing of it when it is back', async () => {
    const [id, other] = [await made(), newId()]
    const holder = await faults.hold(id)
    const refused = refusal(timeoutMs, () => store.swap([change(id, 1, { a: 2 }), change(other, 0)]))
    await faults.untilSomebodyWaits()
    await server.kill()
    await refused
    await holder.end().catch(() => {})
    await server.restart()
    await isAsBefore(id)
    expect(await rowOf(store, other)).toBeUndefined()
  })

  test('a statement that waits for longer than its time is rejected, and may be made later, once', async () => {
    const id = await made()
    const holder = await faults.hold(id)
    const impatient = postgresStore(client, { timeoutMs: 300 })
    const late = change(id, 1, { late: 1 })
    const { error } = await refusal(300, () => impatient.swap([late]))
    expect(error.message).toBe('no answer within 300 ms')
    await holder.end()
    await insist(() => holds(store, late))
  })

  test('a server that is killed twice under twenty writers keeps every write that it acknowledged', async () => {
    let felt = 0
    /** Changes two rows of its own again and again. */
    const writer = async () => {
      const pair = newIds(2)
      let [acknowledged, unknown] = [0, 0]
      while (acknowledged < 15) {
        try {
          const { rows } = await store.read(pair)
          const versionOf = (id: string) => rows.find((row) => row.id === id)?.version ?? 0
          if ((await store.swap(pair.map((id) => change(id, versionOf(id))))).done) acknowledged += 1
        } catch {
          unknown += 1
          felt += 1
        }
        await sleep(Math.random() * 60)
      }
      return { pair, acknowledged, unknown }
    }
    const crash = async () => {
      await server.kill()
      await server.restart()
    }
    const writers = Promise.all(twenty.map(writer))
    for (let crashes = 0; crashes < 2; crashes++) {
      await sleep(200)
      await crash()
    }
    for (const { pair, acknowledged, unknown } of await writers) {
      const versions = (await store.read(pair)).rows.map(({ version }) => version)
      expect(versions).toHaveLength(2)
      expect(versions[0], 'both rows were written, or neither').toBe(versions[1])
      expect(versions[0]).toBeGreaterThanOrEqual(acknowledged)
      expect(versions[0]).toBeLessThanOrEqual(acknowledged + unknown)
    }
    expect(felt, 'the crashes were felt').toBeGreaterThan(20)
  })

  test('counting goes on while connections are cut, and no step is counted twice', async () => {
    const id = await made({ n: 0 })
    const counting = countUp(store, id, ({ acknowledged, unknown }) => acknowledged > 20 && unknown > 10)
    await meanwhile(faults.terminate, 30, counting)
    const { acknowledged, unknown } = await counting
    const row = await insist(() => rowOf(store, id))
    const n = Number(row?.value['n'])
    expect(n).toBeGreaterThanOrEqual(acknowledged)
    expect(n).toBeLessThanOrEqual(acknowledged + unknown)
    expect(row?.version).toBe(1 + n)
  })

  test('a server that hangs is given up at the time limit, by default after two seconds, and works once it goes on', async () => {
    const id = await made()
    const goOn = await faults.freeze()
    try {
      const impatient = postgresStore(client, { timeoutMs: 300 })
      const refusals = Object.values(operations(impatient)).map((call) => refusal(300, call))
      for (const { tookMs } of await Promise.all(refusals)) expect(tookMs).toBeGreaterThan(290)
      const { error, tookMs } = await refusal(2000, () => postgresStore(client).read([id]))
      expect(tookMs).toBeGreaterThan(1990)
      expect(error.message).toBe('no answer within 2000 ms')
    } finally {
      goOn()
    }
    await isAsBefore(id)
  })

  test.each([
    ['may only be read', '25006', () => faults.readOnly('on').then(() => () => faults.readOnly('off'))],
    ['has a full disk', '53100', () => faults.fillDisk()],
  ] as const)(
    'a server that %s answers those who look, and refuses the others: %s',
    async (_, code, begin) => {
      const id = await made()
      const end = await begin()
      try {
        await holds(store, change(id, 0, { a: 1 }))
        const { read, listUser, ...writing } = operations(store)
        for (const call of [read, listUser]) await call()
        const update = () => store.swap([change(id, 1)])
        for (const [title, call] of Object.entries({ ...writing, update }))
          expect(reasonsOf((await refusal(timeoutMs, call)).error), title).toContain(code)
      } finally {
        await end()
      }
      await isAsBefore(id)
    },
  )

  test('a server without a free connection refuses in time, and works when there is one', async () => {
    const id = await made()
    const taken = await faults.takeAll()
    try {
      for (const [title, call] of Object.entries(operations(store)))
        expect(reasonsOf((await refusal(timeoutMs, call)).error), title).toContain('53300')
    } finally {
      await Promise.all(taken.map((each) => each.end()))
    }
    await isAsBefore(id)
  })
})

test('a pool without a free connection is given up at the time limit, and works when one is released', async () => {
  const pool = openPool(server.url, 1)
  toClose.push(() => pool.end())
  const [store, row] = [postgresStore(pool, { timeoutMs: 300 }), change(newId(), 0)]
  await write(store, row)
  const only = await pool.connect()
  for (const call of Object.values(operations(store)))
    expect((await refusal(300, call)).error.message).toContain('within 300 ms')
  only.release()
  await insist(() => holds(store, row))
})

test('an answer that is lost on its way leaves the caller not knowing, and nothing is counted twice', async () => {
  const link = await linkTo(server.port)
  const pool = openPool(server.url.replace(`:${server.port}/`, `:${link.port}/`))
  toClose.push(
    () => pool.end(),
    () => link.close(),
  )
  const [store, id] = [postgresStore(pool, { timeoutMs }), newId()]
  await write(store, change(id, 0, { n: 0 }))
  link.lose(0.1)
  const { acknowledged, unknown } = await countUp(
    store,
    id,
    ({ acknowledged, unknown }) => acknowledged > 20 && unknown > 15,
  )
  link.lose(0)
  const row = await insist(() => rowOf(store, id))
  const n = Number(row?.value['n'])
  expect(n, 'some were made and nobody was told').toBeGreaterThan(acknowledged)
  expect(n).toBeLessThanOrEqual(acknowledged + unknown)
  expect(row?.version).toBe(1 + n)
})

test('no fault reached the process', () => {
  expect(watch.seen).toEqual([])
})
