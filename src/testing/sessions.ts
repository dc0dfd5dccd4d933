import assert from 'node:assert/strict'
import { atOnce, elsewhere, isEnded, lifetime, liveOf, newHash, save, stateOf, tombstoneSeconds, visit } from './given.js'
import type { Fact } from './testStore.js'

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
      const [live, ended, blank] = [newHash(), newHash(), newHash()]
      await save(store, live, { set: { a: 1 } })
      await store.end(ended, tombstoneSeconds)
      assert.deepEqual((await store.read([blank, live, ended, live], null)).map(({ state }) => state), ['blank', 'live', 'ended', 'live'])
      assert.deepEqual(await store.read([], visit), [])
    },
  },
  {
    title: 'the first write creates the session, with all that is known',
    run: async ({ store }) => {
      const hash = newHash()
      const before = Date.now()
      const record = await save(store, hash, { set: { cart: ['a'] } })
      const { createdAt, lastSeenAt, absoluteExpiresAt, domains, ...rest } = record
      assert.deepEqual(rest, { hash, kind: 'cookie', userId: null, data: { cart: ['a'] }, version: 1, ip: visit.ip, userAgent: visit.userAgent, idleSeconds: 1000 })
      assert.ok(Math.abs(createdAt.getTime() - before) < 3_600_000 && lastSeenAt.getTime() >= createdAt.getTime())
      assert.ok(Math.abs(absoluteExpiresAt.getTime() - createdAt.getTime() - 10_000_000) <= 1)
      assert.deepEqual(Object.keys(domains), [visit.domain])
      assert.deepEqual(domains[visit.domain]?.data, {})
      assert.deepEqual(await liveOf(store, hash), record)
    },
  },
  {
    title: 'the first write takes kind and user',
    run: async ({ store }) => {
      const { kind, userId } = await save(store, newHash(), {}, { kind: 'api', userId: 'ada' })
      assert.deepEqual([kind, userId], ['api', 'ada'])
    },
  },
  {
    title: 'a write changes the keys that it names, in both scopes, and no other',
    run: async ({ store }) => {
      const hash = newHash()
      await save(store, hash, { set: { a: 1, b: { deep: 1 }, c: 3 }, domainSet: { currency: 'EUR', list: 1 } })
      await save(store, hash, { set: { b: { other: 2 } }, delete: ['c', 'never'], domainSet: { currency: 'CHF' }, domainDelete: ['list'] })
      const record = await save(store, hash, { domainSet: { currency: 'GBP' } }, { visit: elsewhere })
      assert.deepEqual(record.data, { a: 1, b: { other: 2 } })
      assert.deepEqual([record.domains[visit.domain]?.data, record.domains[elsewhere.domain]?.data], [{ currency: 'CHF' }, { currency: 'GBP' }])
      assert.equal(record.version, 3)
    },
  },
  {
    title: 'twenty writes of different keys at once all survive',
    run: async ({ store, connections }) => {
      const hash = newHash()
      await atOnce(20, connections, (on, index) => save(on, hash, { set: { [`k${index}`]: index } }))
      const { data, version } = await liveOf(store, hash)
      assert.deepEqual([Object.keys(data).length, version], [20, 20])
    },
  },
  {
    title: 'a write for a version is done for that version alone, and tells what is there',
    run: async ({ store }) => {
      const hash = newHash()
      const write = (ifVersion: number, set: { n: number }) => store.write(hash, { set }, { visit, lifetime, ifVersion })
      assert.deepEqual(await write(1, { n: 0 }), { status: 'conflict', current: { state: 'blank' } })
      assert.equal((await write(0, { n: 1 })).status, 'saved')
      const conflict = await write(0, { n: 2 })
      assert.ok(conflict.status === 'conflict' && conflict.current.state === 'live')
      assert.deepEqual(conflict.current.record.data, { n: 1 })
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
          const [n, ifVersion] = state?.state === 'live' ? [Number(state.record.data['n']), state.record.version] : [0, 0]
          if ((await on.write(hash, { set: { n: n + 1 } }, { visit, lifetime, ifVersion })).status === 'saved') return
        }
      })
      assert.deepEqual((await liveOf(store, hash)).data, { n: 20 })
    },
  },
  {
    title: 'what was read is a copy',
    run: async ({ store }) => {
      const hash = newHash()
      const given = { list: [1] }
      const record = await save(store, hash, { set: given })
      given.list.push(2)
      ;(record.data['list'] as number[]).push(3)
      assert.deepEqual((await liveOf(store, hash)).data, { list: [1] })
    },
  },
  {
    title: 'a rotation moves user, data and age to a new id, and ends the old one',
    run: async ({ store }) => {
      const [from, to] = [newHash(), newHash()]
      const old = await save(store, from, { set: { cart: ['a'] }, domainSet: { currency: 'EUR' } })
      const result = await store.rotate({ from, to, userId: 'ada', keepData: true, visit, lifetime })
      assert.ok(result.status === 'rotated')
      const { hash, userId, data, domains, createdAt } = result.record
      assert.deepEqual([hash, userId, data, domains[visit.domain]?.data, createdAt], [to, 'ada', old.data, { currency: 'EUR' }, old.createdAt])
      assert.deepEqual(await liveOf(store, to), result.record)
      assert.deepEqual(await stateOf(store, from), { state: 'ended', rotatedOn: visit.domain })
    },
  },
  {
    title: 'a rotation that keeps no data begins empty',
    run: async ({ store }) => {
      const [from, to] = [newHash(), newHash()]
      await save(store, from, { set: { private: 1 }, domainSet: { currency: 'EUR' } }, { userId: 'ada' })
      await store.rotate({ from, to, userId: null, keepData: false, visit, lifetime })
      const { data, userId, domains } = await liveOf(store, to)
      assert.deepEqual([data, userId, domains[visit.domain]?.data], [{}, null, {}])
    },
  },
  {
    title: 'a blank id rotates too, and is ended then',
    run: async ({ store }) => {
      const [from, to] = [newHash(), newHash()]
      assert.equal((await store.rotate({ from, to, userId: 'ada', keepData: true, visit, lifetime })).status, 'rotated')
      assert.equal((await liveOf(store, to)).userId, 'ada')
      await isEnded(store, from)
    },
  },
  {
    title: 'of ten rotations of one id at once, one is done',
    run: async ({ store, connections }) => {
      const from = newHash()
      await save(store, from, { set: { cart: ['a'] } })
      const targets = Array.from({ length: 10 }, newHash)
      const results = await atOnce(10, connections, (on, index) =>
        on.rotate({ from, to: targets[index] ?? newHash(), userId: `user${index}`, keepData: true, visit, lifetime }),
      )
      const winners = results.filter((result) => result.status === 'rotated')
      assert.equal(winners.length, 1)
      assert.deepEqual(winners.map(({ record }) => record.data), [{ cart: ['a'] }])
      assert.equal((await store.read(targets, null)).filter(({ state }) => state === 'live').length, 1)
    },
  },
  {
    title: 'an ended id stays ended, whoever comes late',
    run: async ({ store }) => {
      for (const exists of [true, false]) {
        const hash = newHash()
        if (exists) await save(store, hash, { set: { a: 1 } }, { userId: 'ada' })
        assert.deepEqual(await store.end(hash, tombstoneSeconds), { status: 'ended' })
        assert.deepEqual(await store.end(hash, tombstoneSeconds), { status: 'ended' })
        assert.deepEqual(await store.write(hash, { set: { a: 2 } }, { visit, lifetime }), { status: 'ended' })
        assert.deepEqual(await store.write(hash, { set: { a: 2 } }, { visit, lifetime, ifVersion: 0 }), { status: 'ended' })
        assert.deepEqual(await store.rotate({ from: hash, to: newHash(), userId: 'eve', keepData: true, visit, lifetime }), { status: 'ended' })
        assert.deepEqual(await store.read([hash], visit), [{ state: 'ended' }])
      }
    },
  },
  {
    title: "lists a user's live sessions, the last seen first",
    run: async ({ store, advanceSeconds }) => {
      const userId = newHash()
      const hashes = [newHash(), newHash(), newHash()]
      for (const hash of hashes) {
        await save(store, hash, {}, { userId })
        await advanceSeconds(0.02)
      }
      await save(store, newHash(), {}, { userId: 'somebody else' })
      const [first, second, third] = hashes
      assert.ok(first !== undefined && second !== undefined && third !== undefined)
      await save(store, first, { set: { a: 1 } })
      await store.end(second, tombstoneSeconds)
      assert.deepEqual((await store.listUser(userId)).map(({ hash }) => hash), [first, third])
    },
  },
  {
    title: "ends all of a user's sessions but one",
    run: async ({ store }) => {
      const userId = newHash()
      const [kept, gone, other] = [newHash(), newHash(), newHash()]
      for (const hash of [kept, gone]) await save(store, hash, {}, { userId })
      await save(store, other, {}, { userId: newHash() })
      assert.equal(await store.endUser(userId, { tombstoneSeconds, except: kept }), 1)
      assert.deepEqual((await store.read([kept, gone, other], null)).map(({ state }) => state), ['live', 'ended', 'live'])
      assert.equal(await store.endUser(userId, { tombstoneSeconds }), 1)
      assert.deepEqual(await store.listUser(userId), [])
    },
  },
]
