import assert from 'node:assert/strict'
import type { SessionRecord } from '../core/store/record.js'
import {
  atOnce,
  elsewhere,
  liveOf,
  lifetime,
  newHash,
  now,
  save,
  stateOf,
  tombstoneSeconds,
  visit,
} from './given.js'
import type { Fact } from './fact.js'

/** Breaks a record in every way, to see that it is nobody else's. */
function spoil(record: SessionRecord): void {
  ;(record.data['list'] as number[]).push(3)
  ;(record.domains as Record<string, unknown>)['https://evil.example'] = {}
  record.createdAt.setTime(0)
  record.absoluteExpiresAt.setTime(0)
}

export const sessionFacts: readonly Fact[] = [
  {
    title: 'an id that was never saved is blank, and reading it makes no row',
    run: async ({ store }) => {
      const hash = newHash()
      assert.deepEqual(await store.read([hash], visit), [{ state: 'blank' }])
      assert.deepEqual(await store.read([hash], visit), [{ state: 'blank' }])
    },
  },
  {
    title: 'reads what was asked, in the order asked',
    run: async ({ store }) => {
      const [live, ended, blank, other] = [newHash(), newHash(), newHash(), newHash()]
      const records = [
        await save(store, live, { set: { a: 1 } }),
        await save(store, other, { set: { b: 1 } }),
      ]
      await store.end(ended, tombstoneSeconds)
      for (const by of [null, visit]) {
        const states = await store.read([blank, other, live, ended, live], by)
        assert.deepEqual(
          states.map(({ state }) => state),
          ['blank', 'live', 'live', 'ended', 'live'],
        )
        assert.deepEqual(
          [states[2], states[1]],
          records.map((record) => ({ state: 'live', record })),
        )
        assert.deepEqual(states[4], states[2])
      }
      assert.deepEqual(await store.read([], visit), [])
      assert.deepEqual(await store.read([], null), [])
    },
  },
  {
    title: 'the first write creates the session, with all that is known',
    run: async ({ store }) => {
      const hash = newHash()
      const before = now()
      const record = await save(store, hash, { set: { cart: ['a'] }, domainSet: { currency: 'EUR' } })
      const { createdAt, lastSeenAt, absoluteExpiresAt, domains, ...rest } = record
      assert.deepEqual(rest, {
        hash,
        kind: 'cookie',
        userId: null,
        data: { cart: ['a'] },
        version: 1,
        ip: visit.ip,
        userAgent: visit.userAgent,
        idleSeconds: 1000,
        remembered: true,
      })
      assert.ok(
        Math.abs(createdAt.getTime() - before) < 3_600_000 && lastSeenAt.getTime() >= createdAt.getTime(),
      )
      assert.ok(Math.abs(absoluteExpiresAt.getTime() - createdAt.getTime() - 10_000_000) <= 1)
      assert.deepEqual(domains, {
        [visit.domain]: { data: { currency: 'EUR' }, firstSeenAt: createdAt, lastSeenAt },
      })
      assert.deepEqual(await liveOf(store, hash), record)
    },
  },
  {
    title:
      'the first write takes kind, user and whether it is remembered, and later ones leave them and the lifetime as they are',
    run: async ({ store }) => {
      const hash = newHash()
      const first = await save(store, hash, {}, { kind: 'api', userId: 'ada', remembered: false })
      assert.deepEqual([first.kind, first.userId, first.remembered], ['api', 'ada', false])
      const longer = { idleSeconds: 2000, absoluteSeconds: 20_000, tombstoneSeconds: 1 }
      const { lastSeenAt, domains, ...rest } = await save(
        store,
        hash,
        {},
        { kind: 'cookie', userId: 'eve', lifetime: longer },
      )
      const { lastSeenAt: _, domains: __, ...before } = first
      assert.deepEqual(rest, { ...before, version: 2 })
      assert.ok(lastSeenAt >= first.lastSeenAt)
      assert.deepEqual(domains[visit.domain]?.firstSeenAt, first.createdAt)
    },
  },
  {
    title:
      'a write that is no visit names no domain and no visitor, and leaves those that are there as they are',
    run: async ({ store }) => {
      const hash = newHash()
      const change = { set: { plan: 'pro' }, domainSet: { ignored: 1 }, domainDelete: ['ignored'] }
      const { createdAt, lastSeenAt, absoluteExpiresAt, ...rest } = await save(store, hash, change, {
        visit: null,
        kind: 'api',
        userId: 'ada',
      })
      assert.deepEqual(rest, {
        hash,
        kind: 'api',
        userId: 'ada',
        data: { plan: 'pro' },
        domains: {},
        version: 1,
        ip: null,
        userAgent: null,
        idleSeconds: 1000,
        remembered: true,
      })
      assert.deepEqual(lastSeenAt, createdAt)
      assert.ok(Math.abs(absoluteExpiresAt.getTime() - createdAt.getTime() - 10_000_000) <= 1)
      const [visited] = await store.read([hash], visit)
      assert.ok(visited?.state === 'live')
      assert.deepEqual([Object.keys(visited.record.domains), visited.record.ip], [[visit.domain], visit.ip])
      const before = await save(store, hash, { domainSet: { currency: 'EUR' } })
      const after = await save(
        store,
        hash,
        { set: { a: 1 }, delete: ['plan'], domainSet: { ignored: 1 }, domainDelete: ['currency'] },
        { visit: null },
      )
      assert.deepEqual(after, { ...before, data: { a: 1 }, version: 3 })
      assert.deepEqual(await store.write(hash, {}, { visit: null, lifetime, ifVersion: 2 }), {
        status: 'conflict',
        current: { state: 'live', record: after },
      })
      assert.deepEqual(await liveOf(store, hash), after)
    },
  },
  {
    title: 'a write changes the keys that it names, in both scopes, and no other',
    run: async ({ store }) => {
      const hash = newHash()
      await save(store, hash, {
        set: { a: 1, b: { deep: 1 }, c: 3 },
        domainSet: { currency: 'EUR', list: 1 },
      })
      await save(store, hash, {
        set: { b: { other: 2 } },
        delete: ['c', 'never'],
        domainSet: { currency: 'CHF' },
        domainDelete: ['list', 'a'],
      })
      const record = await save(
        store,
        hash,
        { domainSet: { currency: 'GBP' }, domainDelete: ['never'] },
        { visit: elsewhere },
      )
      assert.deepEqual(record.data, { a: 1, b: { other: 2 } })
      assert.deepEqual(
        [record.domains[visit.domain]?.data, record.domains[elsewhere.domain]?.data],
        [{ currency: 'CHF' }, { currency: 'GBP' }],
      )
      assert.equal(record.version, 3)
      assert.deepEqual(await liveOf(store, hash), record)
    },
  },
  {
    title: 'a key that is deleted and set in one write is set',
    run: async ({ store }) => {
      const hash = newHash()
      await save(store, hash, { set: { a: 1, b: 1 }, domainSet: { a: 1, b: 1 } })
      const { data, domains } = await save(store, hash, {
        set: { a: 2 },
        delete: ['a', 'b'],
        domainSet: { a: 2 },
        domainDelete: ['a', 'b'],
      })
      assert.deepEqual([data, domains[visit.domain]?.data], [{ a: 2 }, { a: 2 }])
    },
  },
  {
    title: 'twenty writes of different keys at once all survive, in both scopes',
    run: async ({ store, connections }) => {
      const hash = newHash()
      await atOnce(20, connections, (on, index) => {
        const set = { [`k${index}`]: index }
        return save(on, hash, { set, domainSet: set }, { visit: index % 2 === 0 ? visit : elsewhere })
      })
      const { data, domains, version } = await liveOf(store, hash)
      const sizes = [data, domains[visit.domain]?.data, domains[elsewhere.domain]?.data].map(
        (scope) => Object.keys(scope ?? {}).length,
      )
      assert.deepEqual([sizes, version], [[20, 10, 10], 20])
    },
  },
  {
    title: 'of twenty first writes at once, each for version 0, one creates the session',
    run: async ({ store, connections }) => {
      const hash = newHash()
      const results = await atOnce(20, connections, (on, n) =>
        on.write(hash, { set: { n } }, { visit: n % 2 === 0 ? visit : null, lifetime, ifVersion: 0 }),
      )
      const saved = results.flatMap((result) => (result.status === 'saved' ? [result.record] : []))
      assert.deepEqual(saved, [await liveOf(store, hash)])
      for (const result of results) {
        if (result.status !== 'saved')
          assert.deepEqual(result, { status: 'conflict', current: { state: 'live', record: saved[0] } })
      }
    },
  },
  {
    title: 'a write for a version is done for that version alone, and tells what is there',
    run: async ({ store }) => {
      const hash = newHash()
      const write = (ifVersion: number, set: { n: number }) =>
        store.write(hash, { set, domainSet: set }, { visit: elsewhere, lifetime, ifVersion })
      assert.deepEqual(await write(1, { n: 0 }), { status: 'conflict', current: { state: 'blank' } })
      assert.deepEqual(await stateOf(store, hash), { state: 'blank' })
      assert.equal((await write(0, { n: 1 })).status, 'saved')
      const state = await stateOf(store, hash)
      for (const version of [0, 2])
        assert.deepEqual(await write(version, { n: 2 }), { status: 'conflict', current: state })
      assert.deepEqual(await stateOf(store, hash), state)
      assert.equal((await write(1, { n: 3 })).status, 'saved')
      assert.deepEqual((await liveOf(store, hash)).data, { n: 3 })
    },
  },
  {
    title: 'twenty increments at once, each for the version that it read, lose none',
    run: async ({ store, connections }) => {
      const hash = newHash()
      await atOnce(20, connections, async (on) => {
        for (;;) {
          const [state] = await on.read([hash], null)
          const [n, ifVersion] =
            state?.state === 'live' ? [Number(state.record.data['n']), state.record.version] : [0, 0]
          if (
            (await on.write(hash, { set: { n: n + 1 } }, { visit, lifetime, ifVersion })).status === 'saved'
          )
            return
        }
      })
      assert.deepEqual((await liveOf(store, hash)).data, { n: 20 })
    },
  },
  {
    title: 'what goes in and what comes out are copies',
    run: async ({ store }) => {
      const [hash, userId] = [newHash(), newHash()]
      const given = { list: [1] }
      const saved = await save(store, hash, { set: given, domainSet: given }, { userId })
      const before = structuredClone(saved)
      given.list.push(2)
      spoil(saved)
      spoil(await liveOf(store, hash))
      const conflict = await store.write(hash, {}, { visit, lifetime, ifVersion: 9 })
      if (conflict.status === 'conflict' && conflict.current.state === 'live') spoil(conflict.current.record)
      for (const record of await store.listUser(userId)) spoil(record)
      for (const state of (await store.redeem(newHash(), 60, [hash])).states)
        if (state.state === 'live') spoil(state.record)
      assert.deepEqual(await liveOf(store, hash), before)
    },
  },
  {
    title: 'an ended id stays ended, whoever comes late',
    run: async ({ store }) => {
      for (const exists of [true, false]) {
        const [hash, to] = [newHash(), newHash()]
        if (exists) await save(store, hash, { set: { a: 1 } }, { userId: 'ada' })
        assert.deepEqual(await store.end(hash, tombstoneSeconds), { status: 'ended' })
        assert.deepEqual(await store.end(hash, tombstoneSeconds), { status: 'ended' })
        for (const ifVersion of [0, 1, 2]) {
          assert.deepEqual(await store.write(hash, { set: { a: 2 } }, { visit, lifetime, ifVersion }), {
            status: 'ended',
          })
        }
        assert.deepEqual(await store.write(hash, { set: { a: 2 } }, { visit, lifetime }), { status: 'ended' })
        assert.deepEqual(
          await store.rotate({
            from: hash,
            to,
            userId: 'eve',
            keepData: true,
            remembered: true,
            visit,
            lifetime,
          }),
          { status: 'ended' },
        )
        assert.deepEqual(await store.read([hash, to], visit), [{ state: 'ended' }, { state: 'blank' }])
      }
    },
  },
  {
    title: 'a write at the same moment as the end is refused or ended with the rest, and brings nothing back',
    run: async ({ store, connections }) => {
      for (const exists of [true, false]) {
        const hash = newHash()
        if (exists) await save(store, hash, { set: { a: 1 } })
        const results = await atOnce(10, connections, async (on, index) =>
          index === 5
            ? on.end(hash, tombstoneSeconds)
            : on.write(hash, { set: { [`k${index}`]: 1 } }, { visit, lifetime }),
        )
        assert.ok(results.every(({ status }) => status === 'saved' || status === 'ended'))
        assert.deepEqual(await stateOf(store, hash), { state: 'ended' })
      }
    },
  },
]
