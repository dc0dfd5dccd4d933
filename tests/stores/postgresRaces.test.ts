import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RowChange, Store } from '../../src/core/store/store.js'
import { ensureTables, postgresStore } from '../../src/postgres.js'
import { change, hold, holds, newId, newIds, write } from '../../src/testing/given.js'
import { rowOf } from '../support/faults.js'
import { startDrivers } from '../support/postgresDrivers.js'
import { postgresFaults } from '../support/postgresFaults.js'

let drivers: Awaited<ReturnType<typeof startDrivers>>
let pool: pg.Pool
let store: Store
let strict: Store
let faults: ReturnType<typeof postgresFaults>

beforeAll(async () => {
  drivers = await startDrivers()
  pool = drivers.tcp()
  faults = postgresFaults(drivers.server, pool)
  await ensureTables(pool)
  store = postgresStore(pool, { timeoutMs: 20_000 })
  strict = postgresStore(drivers.connect('pg, where repeatable read is the default').plain, {
    timeoutMs: 20_000,
  })
}, 60_000)
afterAll(() => drivers.stop())

/** Does something in a transaction that stays open until somebody else waits for it, and then ends as told. */
async function heldOpen<T>(
  end: 'commit' | 'rollback',
  work: (store: Store) => Promise<unknown>,
  meanwhile: () => Promise<T>,
): Promise<T> {
  const client = await faults.connect()
  try {
    await client.query('begin')
    await work(postgresStore(client, { timeoutMs: 20_000 }))
    const result = meanwhile()
    result.catch(() => {})
    await faults.untilSomebodyWaits()
    await client.query(end)
    return await result
  } finally {
    await client.end()
  }
}

async function isRefusedWith(answer: Awaited<ReturnType<Store['swap']>>, ...current: readonly RowChange[]) {
  expect(answer.done).toBe(false)
  hold(answer.rows, ...current)
}

test.each([
  ['by default', () => store],
  ['where repeatable read is the default', () => strict],
])('a swap that waited for another one is refused, and told what that wrote: %s', async (_, on) => {
  const [a, b] = [newId(), newId()]
  await write(store, change(a, 0), change(b, 0))
  const first = [change(a, 1, { by: 'first' }), change(b, 1, { by: 'first' })]
  for (const second of [[change(a, 1)], [change(b, 1), change(a, 1)]]) {
    await isRefusedWith(
      await heldOpen(
        'commit',
        (held) => held.swap(first),
        () => on().swap(second),
      ),
      ...first.slice(0, second.length),
    )
    await holds(store, ...first)
    // For the next round.
    await pool.query('delete from crossdomain_rows')
    await write(store, change(a, 0), change(b, 0))
  }
})

test.each([
  ['by default', () => store],
  ['where repeatable read is the default', () => strict],
])('a row that another one inserts meanwhile makes a swap fail as a whole: %s', async (_, on) => {
  for (const beside of [0, 1]) {
    const [a, b] = [newId(), newId()]
    if (beside === 1) await write(store, change(a, 0))
    const theirs = change(b, 0, { by: 'first' })
    const answer = await heldOpen(
      'commit',
      (held) => held.swap([theirs]),
      () => on().swap([change(a, beside, { no: 1 }), change(b, 0, { no: 1 })]),
    )
    const current = [theirs, ...(beside === 1 ? [change(a, 0)] : [])]
    await isRefusedWith(answer, ...current)
    await holds(store, ...current)
    expect((await store.read([a])).rows).toHaveLength(beside)
  }
})

test('a swap that waited for one that is taken back is done', async () => {
  const [a, b] = [newId(), newId()]
  await write(store, change(a, 0))
  const ours = [change(a, 1, { ours: 1 }), change(b, 0, { ours: 1 })]
  const answer = await heldOpen(
    'rollback',
    (held) => held.swap([change(a, 1, { theirs: 1 }), change(b, 0, { theirs: 1 })]),
    () => store.swap(ours),
  )
  expect(answer.done).toBe(true)
  await holds(store, ...ours)
})

test('a swap that waited for a sweep does not bring back what that deleted', async () => {
  const id = newId()
  await write(store, change(id, 0, {}, { livesMs: -1 }))
  const answer = await heldOpen(
    'commit',
    (held) => held.sweep(1000),
    () => store.swap([change(id, 1)]),
  )
  await isRefusedWith(answer)
  expect(await rowOf(store, id)).toBeUndefined()
})

test('a sweep passes over a row that somebody is changing', async () => {
  const [busy, over] = [newId(), newId()]
  await write(store, change(busy, 0, {}, { livesMs: -1 }), change(over, 0, {}, { livesMs: -1 }))
  const holder = await faults.hold(busy)
  expect(await store.sweep(1000)).toBe(1)
  await holder.end()
  expect(await store.sweep(1000)).toBe(1)
})

// Whoever takes them in another order waits, sooner or later, in a circle.
test.each([
  ['locks', 1],
  ['inserts', 0],
])('a swap %s its rows in the order of their ids', async (_, version) => {
  for (let round = 0; round < 5; round++) {
    const [first = '', last = ''] = newIds(2).sort()
    if (version === 1) await write(store, change(first, 0), change(last, 0))
    const touch = (on: Pick<pg.Client, 'query'>, id: string) =>
      on.query(
        version === 1
          ? `select 1 from crossdomain_rows where id = '${id}' for update`
          : `insert into crossdomain_rows values ('${id}', 1, null, '{}', now())`,
      )
    /** Whether the swap, while it waits for `busy`, has the other row. */
    const hasOther = async (busy: string, other: string): Promise<boolean> => {
      const [holder, looker] = [await faults.connect(), await faults.connect()]
      try {
        await holder.query('begin')
        await touch(holder, busy)
        const swapped = store.swap([last, first].map((id) => change(id, version)))
        await faults.untilSomebodyWaits()
        await looker.query("begin; set local lock_timeout = '100ms'")
        const isFree = await touch(looker, other).then(
          () => true,
          () => false,
        )
        await looker.query('rollback')
        await holder.query('rollback')
        expect((await swapped).done).toBe(true)
        return !isFree
      } finally {
        await Promise.all([holder.end(), looker.end()])
        await pool.query('update crossdomain_rows set version = 1')
        if (version === 0) await pool.query('delete from crossdomain_rows')
      }
    }
    expect(await hasOther(last, first)).toBe(true)
    expect(await hasOther(first, last)).toBe(false)
  }
})

test('a swap that dies in a deadlock of others is sent again', async () => {
  await pool.query('create table if not exists others (id text primary key)')
  await pool.query("insert into others values ('x') on conflict do nothing")
  const id = newId()
  await write(store, change(id, 0))
  // Somebody's trigger lets our swap wait for a row of another table, whose holder waits for ours.
  await pool.query(`
    create function waits() returns trigger language plpgsql as $$ begin
      perform 1 from others where id = 'x' for update; return new; end $$;
    create trigger waits before update on crossdomain_rows for each row execute function waits()`)
  const holder = new pg.Client(`${drivers.server.url}?options=-c%20deadlock_timeout%3D1h`)
  holder.on('error', () => {})
  await holder.connect()
  try {
    await holder.query("begin; select 1 from others where id = 'x' for update")
    const swapped = store.swap([change(id, 1, { again: 1 })])
    await faults.untilSomebodyWaits()
    const waiting = holder.query('select 1 from crossdomain_rows where id = $1 for update', [id])
    await waiting
    await holder.query('rollback')
    expect((await swapped).done).toBe(true)
    await holds(store, change(id, 1, { again: 1 }))
  } finally {
    await holder.end()
    await pool.query('drop trigger waits on crossdomain_rows; drop function waits')
  }
})
