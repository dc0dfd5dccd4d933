import assert from 'node:assert/strict'
import {
  atOnce,
  elsewhere,
  isEnded,
  lifetime,
  liveOf,
  newHash,
  race,
  save,
  stateOf,
  tombstoneSeconds,
  visit,
} from './given.js'
import type { Fact } from './fact.js'

export const rotationFacts: readonly Fact[] = [
  {
    title: 'a rotation moves data and age to a new id with a new lifetime, and ends the old one',
    run: async ({ store }) => {
      const [from, to] = [newHash(), newHash()]
      await save(store, from, { domainSet: { language: 'de' } }, { visit: elsewhere, userId: 'eve' })
      const old = await save(store, from, { set: { cart: ['a'] }, domainSet: { currency: 'EUR' } })
      const now = { ...visit, ip: '198.51.100.1', userAgent: 'Another' }
      const longer = { idleSeconds: 2000, absoluteSeconds: 30_000, tombstoneSeconds }
      const result = await store.rotate({
        from,
        to,
        userId: 'ada',
        keepData: true,
        remembered: false,
        visit: now,
        lifetime: longer,
      })
      assert.ok(result.status === 'rotated')
      const { lastSeenAt, absoluteExpiresAt, domains, ...rest } = result.record
      assert.deepEqual(rest, {
        hash: to,
        kind: 'cookie',
        userId: 'ada',
        data: { cart: ['a'] },
        version: 1,
        ip: now.ip,
        userAgent: now.userAgent,
        createdAt: old.createdAt,
        idleSeconds: 2000,
        remembered: false,
      })
      assert.ok(lastSeenAt >= old.lastSeenAt)
      assert.ok(Math.abs(absoluteExpiresAt.getTime() - lastSeenAt.getTime() - 30_000_000) <= 1)
      assert.deepEqual(domains, {
        ...old.domains,
        [visit.domain]: { ...old.domains[visit.domain], lastSeenAt },
      })
      assert.deepEqual(await liveOf(store, to), result.record)
      assert.deepEqual(await stateOf(store, from), { state: 'ended', rotated: true, rotatedOn: visit.domain })
    },
  },
  {
    title: 'a rotation that keeps no data begins empty, and young',
    run: async ({ store, advanceSeconds }) => {
      const [from, to] = [newHash(), newHash()]
      const old = await save(
        store,
        from,
        { set: { private: 1 }, domainSet: { currency: 'EUR' } },
        { userId: 'ada' },
      )
      await save(store, from, { domainSet: { currency: 'CHF' } }, { visit: elsewhere })
      await advanceSeconds(0.02)
      await store.rotate({ from, to, userId: null, keepData: false, remembered: true, visit, lifetime })
      const { data, userId, domains, createdAt, lastSeenAt } = await liveOf(store, to)
      assert.deepEqual([data, userId], [{}, null])
      assert.deepEqual(domains, { [visit.domain]: { data: {}, firstSeenAt: createdAt, lastSeenAt } })
      assert.ok(createdAt > old.createdAt)
    },
  },
  {
    title: 'a blank id rotates too, and is ended then',
    run: async ({ store }) => {
      for (const keepData of [true, false]) {
        const [from, to] = [newHash(), newHash()]
        const result = await store.rotate({
          from,
          to,
          userId: 'ada',
          keepData,
          remembered: true,
          visit,
          lifetime,
        })
        assert.ok(result.status === 'rotated')
        const { userId, data, version, createdAt, lastSeenAt } = await liveOf(store, to)
        assert.deepEqual([userId, data, version, createdAt], ['ada', {}, 1, lastSeenAt])
        assert.deepEqual(await stateOf(store, from), {
          state: 'ended',
          rotated: true,
          rotatedOn: visit.domain,
        })
      }
    },
  },
  {
    title: 'what was rotated cannot be written or rotated again, and ends for good',
    run: async ({ store }) => {
      const [from, to, other] = [newHash(), newHash(), newHash()]
      const { version } = await save(store, from, { set: { a: 1 } })
      await store.rotate({ from, to, userId: 'ada', keepData: true, remembered: true, visit, lifetime })
      for (const ifVersion of [undefined, 0, version]) {
        const options = { visit, lifetime, ...(ifVersion === undefined ? {} : { ifVersion }) }
        assert.deepEqual(await store.write(from, { set: { a: 2 } }, options), {
          status: 'ended',
          rotated: true,
        })
      }
      assert.deepEqual(
        await store.rotate({
          from,
          to: other,
          userId: 'eve',
          keepData: true,
          remembered: true,
          visit,
          lifetime,
        }),
        { status: 'ended', rotated: true },
      )
      assert.deepEqual(await store.end(from, tombstoneSeconds), { status: 'ended', rotated: true })
      assert.equal((await liveOf(store, to)).userId, 'ada')
      assert.deepEqual(await stateOf(store, other), { state: 'blank' })
      await isEnded(store, from)
    },
  },
  {
    title: 'of ten rotations of one id at once, one is done, whether it was saved or blank',
    run: async ({ store, connections }) => {
      for (const data of [{ cart: ['a'] }, {}]) {
        const from = newHash()
        if ('cart' in data) await save(store, from, { set: data })
        const targets = Array.from({ length: 10 }, newHash)
        const results = await atOnce(10, connections, (on, index) =>
          on.rotate({
            from,
            to: targets[index] ?? newHash(),
            userId: `user${index}`,
            keepData: true,
            remembered: true,
            visit,
            lifetime,
          }),
        )
        const winners = results.flatMap((result) => (result.status === 'rotated' ? [result.record] : []))
        assert.deepEqual(
          winners.map((record) => record.data),
          [data],
        )
        const live = (await store.read(targets, null)).flatMap((state) =>
          state.state === 'live' ? [state.record] : [],
        )
        assert.deepEqual(live, winners)
      }
    },
  },
  {
    title: 'a write at the same moment as a rotation goes along or is refused, and is never lost',
    run: async ({ store, connections }) => {
      for (let round = 0; round < 20; round++) {
        const [from, to] = [newHash(), newHash()]
        // On a blank id the write is the one that makes the row.
        if (round % 4 < 2) await save(store, from, { set: { before: 1 } })
        const [written, rotated] = await race(
          connections,
          round,
          (on) => on.write(from, { set: { late: 1 } }, { visit, lifetime }),
          (on) => on.rotate({ from, to, userId: 'ada', keepData: true, remembered: true, visit, lifetime }),
        )
        assert.equal(rotated.status, 'rotated')
        assert.equal('late' in (await liveOf(store, to)).data, written.status === 'saved')
        await isEnded(store, from)
      }
    },
  },
  {
    title: 'of a rotation and an end at the same moment the old id is ended in any case',
    run: async ({ store, connections }) => {
      for (let round = 0; round < 6; round++) {
        const [from, to] = [newHash(), newHash()]
        await save(store, from, { set: { a: 1 } })
        const [rotated] = await race(
          connections,
          round,
          (on) => on.rotate({ from, to, userId: 'ada', keepData: true, remembered: true, visit, lifetime }),
          (on) => on.end(from, tombstoneSeconds),
        )
        assert.equal((await stateOf(store, to)).state, rotated.status === 'rotated' ? 'live' : 'blank')
        await isEnded(store, from)
      }
    },
  },
]
