import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startPostgres } from '../../fixtures/postgres.mjs'
import type { JsonObject } from '../../src/core/values/json.js'
import type { SessionHash } from '../../src/core/store/record.js'
import type { RenewalCandidate, Store } from '../../src/core/store/store.js'
import { drizzleStore, ensureSchema } from '../../src/drizzle.js'
import {
  contentOf,
  isEnded,
  lifetime,
  liveOf,
  newHash,
  save,
  stateOf,
  tombstoneSeconds,
  visit,
} from '../../src/testing/given.js'
import { openPool } from '../support/pools.js'
import { postgresFaults } from '../support/postgresFaults.js'

let server: Awaited<ReturnType<typeof startPostgres>>
let pool: pg.Pool
let store: Store
let faults: ReturnType<typeof postgresFaults>

beforeAll(async () => {
  server = await startPostgres()
  pool = openPool(server.url)
  faults = postgresFaults(server, pool)
  await ensureSchema(drizzle(pool))
  store = drizzleStore(drizzle(pool), { timeoutMs: 20_000 })
}, 60_000)
afterAll(async () => {
  await pool.end()
  await server.stop()
})

/** Does something in a transaction that stays open until somebody else waits for it. */
async function heldOpen<T>(
  work: (store: Store) => Promise<unknown>,
  meanwhile: () => Promise<T>,
): Promise<T> {
  const client = new pg.Client(server.url)
  client.on('error', () => {})
  await client.connect()
  try {
    await client.query('begin')
    await work(drizzleStore(drizzle(client), { timeoutMs: 20_000 }))
    const result = meanwhile()
    result.catch(() => {})
    await faults.untilSomebodyWaits()
    await client.query('commit')
    return await result
  } finally {
    await client.end()
  }
}

const rotation = { keepData: true, remembered: true, visit, lifetime }

test("ending a user's sessions ends the one whose id is just changing", async () => {
  const [userId, from, to] = [newHash(), newHash(), newHash()]
  await save(store, from, {}, { userId })
  expect(
    await heldOpen(
      (held) => held.rotate({ ...rotation, from, to, userId }),
      () => store.endUser(userId, { tombstoneSeconds }),
    ),
  ).toBe(1)
  for (const hash of [from, to]) await isEnded(store, hash)
})

test.each([
  ['is new', false],
  ['was there', true],
])("ending a user's sessions ends the one that just merges into an id that %s", async (_, isSaved) => {
  const [userId, p] = [newHash(), newHash()]
  const secondary = await save(store, newHash(), {}, { userId })
  const version = isSaved ? (await save(store, p, {})).version : 0
  const settlement = {
    primary: { hash: p, version, content: contentOf(secondary) },
    secondary: { hash: secondary.hash, version: secondary.version, successorSeconds: 60 },
    tombstoneSeconds,
  }
  expect(
    await heldOpen(
      (held) => held.settle(settlement),
      () => store.endUser(userId, { tombstoneSeconds }),
    ),
  ).toBe(1)
  for (const hash of [p, secondary.hash]) await isEnded(store, hash)
})

test('the excepted session may change its id meanwhile', async () => {
  const [userId, from, to, other] = [newHash(), newHash(), newHash(), newHash()]
  for (const hash of [from, other]) await save(store, hash, {}, { userId })
  const holdOther = async (held: Store) => {
    await held.rotate({ ...rotation, from, to, userId })
    await held.write(other, { set: { a: 1 } }, { visit, lifetime })
  }
  expect(await heldOpen(holdOther, () => store.endUser(userId, { tombstoneSeconds, except: from }))).toBe(1)
  await isEnded(store, other)
  expect((await liveOf(store, to)).userId).toBe(userId)
})

test('a session that another process ends first is neither waited for twice nor counted', async () => {
  const [userId, hash] = [newHash(), newHash()]
  await save(store, hash, {}, { userId })
  expect(
    await heldOpen(
      (held) => held.end(hash, tombstoneSeconds),
      () => store.endUser(userId, { tombstoneSeconds }),
    ),
  ).toBe(0)
  await isEnded(store, hash)
})

test('who is refused by the isolation level of the database asks again', async () => {
  const strict = openPool(
    `${server.url}?options=${encodeURIComponent('-c default_transaction_isolation=repeatable\\ read')}`,
  )
  try {
    const on = drizzleStore(drizzle(strict), { timeoutMs: 20_000 })
    const { hash } = await save(on, newHash(), {})
    expect(
      await heldOpen(
        (held) => held.write(hash, { set: { a: 1 } }, { visit, lifetime }),
        () => save(on, hash, { set: { b: 1 } }),
      ),
    ).toMatchObject({ data: { a: 1, b: 1 } })
    const merged = await liveOf(on, hash)
    const settlement = {
      primary: { hash, version: merged.version, content: contentOf(merged) },
      secondary: null,
      tombstoneSeconds,
    }
    expect(
      await heldOpen(
        (held) => held.write(hash, { set: { c: 1 } }, { visit, lifetime }),
        () => on.settle(settlement),
      ),
    ).toBe('conflict')
    const to = newHash()
    expect(
      await heldOpen(
        (held) => held.write(hash, { set: { d: 1 } }, { visit, lifetime }),
        () => on.rotate({ ...rotation, from: hash, to, userId: 'ada' }),
      ),
    ).toMatchObject({ record: { data: { c: 1, d: 1 } } })
    expect((await stateOf(on, hash)).state).toBe('ended')
  } finally {
    await strict.end()
  }
})

describe.each(['read committed', 'repeatable read'])(
  'a renewal and whatever else happens to the session, %s',
  (isolation) => {
    let strict: pg.Pool
    let on: Store
    beforeAll(() => {
      strict = openPool(
        `${server.url}?options=${encodeURIComponent(`-c default_transaction_isolation=${isolation.replace(' ', '\\ ')}`)}`,
      )
      on = drizzleStore(drizzle(strict), { timeoutMs: 20_000 })
    })
    afterAll(() => strict.end())

    /** A guest's session `from`, or the id of one that has yet to be saved, and a user's that it meets. */
    async function given(data: JsonObject | null) {
      const [from, to, meets, ticket] = [newHash(), newHash(), newHash(), newHash()]
      if (data !== null) await save(store, from, { set: data })
      await save(store, meets, {}, { userId: 'ada' })
      const candidates = [
        { from, to, is: 'live' },
        { from, to, is: 'blank' },
      ] as const
      return { from, to, meets, ticket, renew: renewing(ticket, meets, ...candidates) }
    }

    const renewing =
      (ticket: string, meets: SessionHash, ...candidates: readonly RenewalCandidate[]) =>
      async (at: Store) => {
        const { first, renewed } = await at.redeem(
          ticket,
          60,
          [...candidates.map(({ from }) => from), meets],
          { candidates, meets, remembered: true, visit, lifetime },
        )
        return { first, renewed }
      }
    const shown = async (...hashes: readonly SessionHash[]) =>
      (await store.read(hashes, null)).map((state) =>
        state.state === 'live' ? [state.record.userId, state.record.data] : state.state,
      )

    const write = (hash: SessionHash) => (at: Store) =>
      at.write(hash, { set: { late: 1 } }, { visit, lifetime })
    const signIn = (from: SessionHash, to: SessionHash) => (at: Store) =>
      at.rotate({ ...rotation, from, to, userId: 'eve' })
    /** Merges another session into this one. */
    async function settlementInto(hash: SessionHash, userId: string | null) {
      const other = await save(store, newHash(), {}, { userId })
      const content = { ...contentOf(other), data: { merged: 1 } }
      return (at: Store) =>
        at.settle({
          primary: { hash, version: 1, content },
          secondary: { hash: other.hash, version: 1, successorSeconds: 60 },
          tombstoneSeconds,
        })
    }
    const settlementOf = (hash: SessionHash, primary: SessionHash) => (at: Store) =>
      at.settle({
        primary: { hash: primary, version: 1, content: null },
        secondary: { hash, version: 1, successorSeconds: 60 },
        tombstoneSeconds,
      })

    test('comes after a write: that goes along', async () => {
      const { from, to, renew } = await given({ cart: 1 })
      expect(await heldOpen(write(from), () => renew(on))).toEqual({ first: true, renewed: to })
      expect(await shown(from, to)).toEqual(['ended', [null, { cart: 1, late: 1 }]])
    })

    test('comes after the first write: nothing is renewed that it did not see, and all of what it did', async () => {
      const { from, to, renew } = await given(null)
      const { renewed } = await heldOpen(write(from), () => renew(on))
      expect(renewed).toBe(isolation === 'read committed' ? null : to)
      expect(await shown(from, to)).toEqual(
        renewed === null ? [[null, { late: 1 }], 'blank'] : ['ended', [null, { late: 1 }]],
      )
    })

    test('comes after a sign-in, a sign-out or an exchange that ends it: there is nothing to renew', async () => {
      for (const happen of [
        signIn,
        (from: SessionHash) => (at: Store) => at.end(from, tombstoneSeconds),
        settlementOf,
      ]) {
        for (const data of happen === settlementOf ? [{}] : [{}, null]) {
          const { from, to, renew } = await given(data)
          const elsewhere = newHash()
          if (happen === settlementOf) await save(store, elsewhere, {})
          expect(await heldOpen(happen(from, elsewhere), () => renew(on))).toEqual({
            first: true,
            renewed: null,
          })
          expect(await shown(from, to)).toEqual(['ended', 'blank'])
        }
      }
    })

    test('comes after an exchange that brings a user: it is no guest’s any more', async () => {
      const { from, to, renew } = await given({ cart: 1 })
      expect(await heldOpen(await settlementInto(from, 'grace'), () => renew(on))).toEqual({
        first: true,
        renewed: null,
      })
      expect(await shown(from, to)).toEqual([['grace', { merged: 1 }], 'blank'])
    })

    test('comes after an exchange that brings a guest: what that made of it goes along', async () => {
      const { from, to, renew } = await given({ cart: 1 })
      expect(await heldOpen(await settlementInto(from, null), () => renew(on))).toEqual({
        first: true,
        renewed: to,
      })
      expect(await shown(from, to)).toEqual(['ended', [null, { merged: 1 }]])
    })

    test('comes after another one, also by the same ticket: one of them does it', async () => {
      for (const data of [{ cart: 1 }, null]) {
        const { from, to, meets, ticket, renew } = await given(data)
        const other = newHash()
        const again = renewing(newHash(), meets, { from, to, is: 'live' }, { from, to, is: 'blank' })
        expect(await heldOpen(renew, () => again(on))).toEqual({ first: true, renewed: null })
        expect(await shown(from, to)).toEqual(['ended', [null, data ?? {}]])
        const third = renewing(newHash(), meets, { from: to, to: other, is: 'live' })
        await heldOpen(renewing(ticket + 1, meets), async () =>
          expect(await renewing(ticket + 1, meets, { from: to, to: other, is: 'live' })(on)).toEqual({
            first: false,
            renewed: null,
          }),
        )
        expect(await third(on)).toEqual({ first: true, renewed: other })
      }
    })

    test('of a lost one comes after a sign-in there: it is no guest’s any more', async () => {
      const { from, to, meets } = await given({ cart: 1 })
      const [next, signedIn] = [newHash(), newHash()]
      await store.rotate({
        ...rotation,
        from,
        to,
        userId: null,
        visit: { ...visit, domain: 'https://other.example' },
      })
      expect(
        await heldOpen(signIn(to, signedIn), () =>
          renewing(newHash(), meets, { from: to, to: next, is: 'lost', after: from })(on),
        ),
      ).toEqual({ first: true, renewed: null })
      expect(await shown(to, next, signedIn)).toEqual(['ended', 'blank', ['eve', { cart: 1 }]])
    })

    test('comes first: whatever comes then finds a session that was renewed', async () => {
      for (const data of [{ cart: 1 }, null]) {
        const { from, to, renew } = await given(data)
        expect(await heldOpen(renew, () => write(from)(on))).toEqual({ status: 'ended', rotated: true })
        expect(await shown(from, to)).toEqual(['ended', [null, data ?? {}]])
      }
      for (const happen of [signIn, (from: SessionHash) => (at: Store) => at.end(from, tombstoneSeconds)]) {
        const { from, to, renew } = await given({ cart: 1 })
        expect(await heldOpen(renew, () => happen(from, newHash())(on) as Promise<unknown>)).toEqual({
          status: 'ended',
          rotated: true,
        })
        expect(await shown(from, to)).toEqual(['ended', [null, { cart: 1 }]])
      }
      const { from, to, renew } = await given({ cart: 1 })
      const into = await settlementInto(from, 'grace')
      expect(await heldOpen(renew, () => into(on))).toBe('conflict')
      const second = await given({ cart: 2 })
      expect(await heldOpen(second.renew, () => settlementOf(second.from, to)(on))).toBe('conflict')
      expect(await shown(from, to, second.from, second.to)).toEqual([
        'ended',
        [null, { cart: 1 }],
        'ended',
        [null, { cart: 2 }],
      ])
    })

    test('of a session that meets a user whose sessions end meanwhile is done, and gives nobody the user', async () => {
      const { from, to, meets, renew } = await given({ cart: 1 })
      const client = new pg.Client(server.url)
      await client.connect()
      await client.query('begin')
      await drizzleStore(drizzle(client)).end(meets, tombstoneSeconds)
      expect(await renew(on)).toEqual({ first: true, renewed: to })
      await client.query('commit')
      await client.end()
      expect(await shown(from, to, meets)).toEqual(['ended', [null, { cart: 1 }], 'ended'])
    })
  },
)
