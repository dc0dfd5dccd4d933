import assert from 'node:assert/strict'
import { elsewhere, isEnded, lifetime, liveOf, newHash, save, stateOf, visit } from './given.js'
import type { Fact } from './fact.js'

/** Long enough that a busy machine cannot make a test fail by being slow. */
const short = { idleSeconds: 6, absoluteSeconds: 12, tombstoneSeconds: 6 }

export const lifetimeFacts: readonly Fact[] = [
  {
    title: 'a session that nobody used expires, and cannot be written, rotated or merged then',
    run: async ({ store, advanceSeconds }) => {
      const hash = newHash()
      const record = await save(store, hash, { set: { a: 1 } }, { lifetime: short, userId: 'expiring' })
      await advanceSeconds(7)
      assert.deepEqual(await stateOf(store, hash), { state: 'ended', expired: true })
      assert.equal((await store.write(hash, { set: { a: 2 } }, { visit, lifetime })).status, 'ended')
      assert.equal(
        (
          await store.rotate({
            from: hash,
            to: newHash(),
            userId: 'eve',
            keepData: true,
            remembered: true,
            visit,
            lifetime,
          })
        ).status,
        'ended',
      )
      assert.equal(
        await store.settle({ primary: { ...record, content: record }, secondary: null, tombstoneSeconds: 1 }),
        'conflict',
      )
      assert.deepEqual(
        (await store.listUser('expiring')).filter((session) => session.hash === hash),
        [],
      )
    },
  },
  {
    title: 'a session that is used lives on, but not past its absolute end',
    run: async ({ store, advanceSeconds }) => {
      const hash = newHash()
      await save(store, hash, {}, { lifetime: short })
      for (let times = 0; times < 2; times++) {
        await advanceSeconds(4.2)
        assert.equal((await store.read([hash], visit))[0]?.state, 'live')
      }
      await advanceSeconds(4.2)
      await isEnded(store, hash)
    },
  },
  {
    title: 'what is no visit, a look or a write, neither slides nor records',
    run: async ({ store, advanceSeconds }) => {
      const hash = newHash()
      const record = await save(store, hash, {}, { lifetime: short })
      await advanceSeconds(4.2)
      assert.deepEqual(await liveOf(store, hash), record)
      assert.deepEqual(await save(store, hash, { set: { a: 1 } }, { visit: null }), {
        ...record,
        data: { a: 1 },
        version: 2,
      })
      await advanceSeconds(3)
      await isEnded(store, hash)
    },
  },
  {
    title: 'a visit is recorded when the last one is stale, and counts no version',
    run: async ({ store, advanceSeconds }) => {
      const hash = newHash()
      const { lastSeenAt, version } = await save(store, hash, {})
      await advanceSeconds(0.05)
      await store.read([hash], { ...visit, ip: '198.51.100.1' })
      assert.deepEqual((await liveOf(store, hash)).lastSeenAt, lastSeenAt)
      await store.read([hash], { ...elsewhere, ip: '198.51.100.1' })
      const touched = await liveOf(store, hash)
      assert.deepEqual(Object.keys(touched.domains).sort(), [elsewhere.domain, visit.domain])
      assert.ok(touched.lastSeenAt > lastSeenAt)
      assert.deepEqual([touched.ip, touched.version], ['198.51.100.1', version])
      const first = touched.domains[elsewhere.domain]
      assert.deepEqual(first?.firstSeenAt, first?.lastSeenAt)
    },
  },
  {
    title: 'a successor is named for as long as was asked',
    run: async ({ store, advanceSeconds }) => {
      const [p, hash] = [await save(store, newHash(), {}), newHash()]
      await store.settle({
        primary: { ...p, content: null },
        secondary: { hash, version: 0, successorSeconds: 6 },
        tombstoneSeconds: 100,
      })
      assert.deepEqual(await stateOf(store, hash), { state: 'ended', successor: p.hash })
      await advanceSeconds(7)
      assert.deepEqual(await stateOf(store, hash), { state: 'ended' })
    },
  },
  {
    title: 'sweeping deletes in bounded batches, and only what nobody can ask for any more',
    run: async ({ store, advanceSeconds }) => {
      const [live, expired, tombstone, kept] = [newHash(), newHash(), newHash(), newHash()]
      await save(store, live, {})
      await save(store, expired, {}, { lifetime: short })
      await store.end(tombstone, 6)
      await store.end(kept, 1000)
      await store.redeem(newHash(), 6, [])
      await advanceSeconds(7)
      const isForgotten = async () =>
        (await store.read([expired, tombstone], null)).every(({ state }) => state === 'blank')
      // A store whose rows go by themselves may keep what has expired for as long again, to say that it has ended.
      for (let waits = 0; waits < 20; waits++) {
        for (let rounds = 0; rounds < 1000; rounds++) {
          const swept = await store.sweep(1)
          assert.ok(swept <= 1, `${swept} rows at once`)
          if (swept === 0) break
        }
        if (await isForgotten()) break
        await advanceSeconds(0.5)
      }
      assert.ok(await isForgotten())
      assert.deepEqual(
        (await store.read([live, kept], null)).map(({ state }) => state),
        ['live', 'ended'],
      )
    },
  },
]
