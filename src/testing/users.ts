import assert from 'node:assert/strict'
import type { SessionHash } from '../core/store/record.js'
import type { Store } from '../core/store/store.js'
import {
  atOnce,
  contentOf,
  isEnded,
  lifetime,
  newHash,
  race,
  save,
  stateOf,
  tombstoneSeconds,
  visit,
} from './given.js'
import type { Fact } from './fact.js'

/** What gives the content of a session another id; no more than one session may come out of it. */
type Move = (on: Store, from: SessionHash, to: SessionHash, userId: string) => Promise<unknown>

const rotate: Move = (on, from, to, userId) =>
  on.rotate({ from, to, userId, keepData: true, remembered: true, visit, lifetime })

const settle: Move = async (on, from, to) => {
  const [state] = await on.read([from], null)
  if (state?.state !== 'live') return
  const primary = { hash: to, version: 0, content: contentOf(state.record) }
  await on.settle({
    primary,
    secondary: { hash: from, version: state.record.version, successorSeconds: 60 },
    tombstoneSeconds,
  })
}

export const userFacts: readonly Fact[] = [
  {
    title: "lists a user's live sessions, the last seen first",
    run: async ({ store, advanceSeconds }) => {
      const userId = newHash()
      const [first, second, third, fourth, to] = [newHash(), newHash(), newHash(), newHash(), newHash()]
      for (const hash of [first, second, third, fourth]) {
        await save(store, hash, {}, { userId })
        await advanceSeconds(0.02)
      }
      await save(store, newHash(), {}, { userId: `${userId} ` })
      const seen = await save(store, first, { set: { a: 1 } })
      await store.end(second, tombstoneSeconds)
      await advanceSeconds(0.02)
      await store.rotate({ from: fourth, to, userId, keepData: true, remembered: true, visit, lifetime })
      const list = await store.listUser(userId)
      assert.deepEqual(
        list.map(({ hash }) => hash),
        [to, first, third],
      )
      assert.deepEqual(list[1], seen)
      assert.deepEqual(await store.listUser(newHash()), [])
    },
  },
  {
    title: 'a rotation to another user moves the session to that list',
    run: async ({ store }) => {
      const [before, after, from, to] = [newHash(), newHash(), newHash(), newHash()]
      await save(store, from, {}, { userId: before })
      await store.rotate({ from, to, userId: after, keepData: false, remembered: true, visit, lifetime })
      assert.deepEqual(await store.listUser(before), [])
      assert.deepEqual(
        (await store.listUser(after)).map(({ hash }) => hash),
        [to],
      )
    },
  },
  {
    title: "ends all of a user's sessions but one, and nobody else's",
    run: async ({ store }) => {
      const userId = newHash()
      const [kept, gone, away, other, nobodys] = [newHash(), newHash(), newHash(), newHash(), newHash()]
      for (const hash of [kept, gone, away]) await save(store, hash, {}, { userId })
      await save(store, other, {}, { userId: newHash() })
      await save(store, nobodys, {})
      await store.end(away, tombstoneSeconds)
      assert.equal(await store.endUser(userId, { tombstoneSeconds, except: kept }), 1)
      assert.deepEqual(
        (await store.read([kept, gone, other, nobodys], null)).map(({ state }) => state),
        ['live', 'ended', 'live', 'live'],
      )
      assert.deepEqual(await store.write(gone, { set: { late: 1 } }, { visit, lifetime }), {
        status: 'ended',
      })
      assert.equal(await store.endUser(userId, { tombstoneSeconds }), 1)
      await isEnded(store, kept)
      assert.deepEqual(await store.listUser(userId), [])
      assert.equal(await store.endUser(userId, { tombstoneSeconds }), 0)
    },
  },
  {
    title: 'an exception that is not of that user changes nothing',
    run: async ({ store }) => {
      const [userId, hash, stranger] = [newHash(), newHash(), newHash()]
      await save(store, hash, {}, { userId })
      await save(store, stranger, {})
      assert.equal(await store.endUser(userId, { tombstoneSeconds, except: stranger }), 1)
      assert.deepEqual(
        [(await stateOf(store, hash)).state, (await stateOf(store, stranger)).state],
        ['ended', 'live'],
      )
    },
  },
  {
    title: 'of five that end the same user at once, each session is counted once',
    run: async ({ store, connections }) => {
      const userId = newHash()
      await atOnce(6, connections, (on) => save(on, newHash(), {}, { userId }))
      const counts = await atOnce(5, connections, (on) => on.endUser(userId, { tombstoneSeconds }))
      assert.equal(
        counts.reduce((sum, count) => sum + count, 0),
        6,
      )
      assert.deepEqual(await store.listUser(userId), [])
    },
  },
  {
    title: "a session that changes its id while its user's sessions end does not get away",
    run: async ({ store, connections }) => {
      for (const move of [rotate, settle]) {
        for (let round = 0; round < 10; round++) {
          const [userId, kept, from, to] = [newHash(), newHash(), newHash(), newHash()]
          for (const hash of [kept, from]) await save(store, hash, {}, { userId })
          const ending = (on: Store) => on.endUser(userId, { tombstoneSeconds, except: kept })
          const [count] = await race(connections, round, ending, (on) => move(on, from, to, userId))
          assert.deepEqual(
            (await store.listUser(userId)).map(({ hash }) => hash),
            [kept],
          )
          assert.deepEqual(
            (await store.read([from, to], null)).filter(({ state }) => state === 'live'),
            [],
          )
          assert.equal(count, 1)
        }
      }
    },
  },
  {
    title:
      "the session that is to stay while its user's sessions end may change its id meanwhile: no other stays",
    run: async ({ store, connections }) => {
      for (const move of [rotate, settle]) {
        for (let round = 0; round < 5; round++) {
          const [userId, kept, to, other] = [newHash(), newHash(), newHash(), newHash()]
          for (const hash of [kept, other]) await save(store, hash, {}, { userId })
          const ending = (on: Store) => on.endUser(userId, { tombstoneSeconds, except: kept })
          await race(connections, round, ending, (on) => move(on, kept, to, userId))
          // Ended with the others where the change came first, as it is another session then.
          assert.deepEqual(
            (await store.listUser(userId)).filter(({ hash }) => hash !== to),
            [],
          )
          await isEnded(store, other)
        }
      }
    },
  },
]
