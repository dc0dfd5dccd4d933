import assert from 'node:assert/strict'
import type { SessionHash, SessionRecord } from '../core/store/record.js'
import type { Settlement } from '../core/store/store.js'
import {
  atOnce,
  contentOf,
  elsewhere,
  isEnded,
  lifetime,
  liveOf,
  newHash,
  savePair,
  stateOf,
  tombstoneSeconds,
  visit,
} from './given.js'
import type { Fact } from './fact.js'

function merging(p: SessionRecord, s: SessionRecord, change: Partial<Settlement> = {}): Settlement {
  return {
    primary: {
      hash: p.hash,
      version: p.version,
      content: { ...contentOf(s), data: { ...s.data, ...p.data } },
    },
    secondary: { hash: s.hash, version: s.version, successorSeconds: 60 },
    tombstoneSeconds,
    ...change,
  }
}

const blank = (hash: SessionHash) => ({ hash, version: 0, successorSeconds: 60 })

export const settleFacts: readonly Fact[] = [
  {
    title: 'settles two sessions into the first, which takes the content exactly',
    run: async ({ store }) => {
      const { p, s } = await savePair(store)
      assert.equal(await store.settle(merging(p, s)), 'settled')
      const record = await liveOf(store, p.hash)
      assert.deepEqual(contentOf(record), { ...contentOf(s), data: { s: 1, p: 1 } })
      assert.equal(record.version, p.version + 1)
      assert.deepEqual(await stateOf(store, s.hash), { state: 'ended', successor: p.hash })
    },
  },
  {
    title: 'settles into an id that had no row',
    run: async ({ store }) => {
      const { s } = await savePair(store)
      const hash = newHash()
      assert.equal(await store.settle(merging({ ...s, hash, version: 0 }, s)), 'settled')
      assert.deepEqual(contentOf(await liveOf(store, hash)), contentOf(s))
      await isEnded(store, s.hash)
    },
  },
  {
    title: 'ends a blank id, so that a late save is refused and finds the survivor',
    run: async ({ store }) => {
      const { p } = await savePair(store)
      const hash = newHash()
      assert.equal(
        await store.settle({ primary: { ...p, content: null }, secondary: blank(hash), tombstoneSeconds }),
        'settled',
      )
      assert.deepEqual(await store.write(hash, { set: { late: 1 } }, { visit, lifetime }), {
        status: 'ended',
        successor: p.hash,
      })
      assert.deepEqual(await store.write(hash, { set: { late: 1 } }, { visit, lifetime, ifVersion: 0 }), {
        status: 'ended',
        successor: p.hash,
      })
      assert.deepEqual(
        await store.rotate({
          from: hash,
          to: newHash(),
          userId: 'ada',
          keepData: true,
          remembered: true,
          visit,
          lifetime,
        }),
        { status: 'ended', successor: p.hash },
      )
      assert.deepEqual(await store.end(hash, tombstoneSeconds), { status: 'ended', successor: p.hash })
      assert.deepEqual(await liveOf(store, p.hash), p)
    },
  },
  {
    title: 'ends a blank id and writes to the survivor at once, or does neither',
    run: async ({ store }) => {
      const { p } = await savePair(store)
      const hash = newHash()
      const settlement = { ...merging(p, p), secondary: blank(hash) }
      assert.equal(
        await store.settle({ ...settlement, primary: { ...settlement.primary, version: p.version + 1 } }),
        'conflict',
      )
      assert.deepEqual([await stateOf(store, hash), await liveOf(store, p.hash)], [{ state: 'blank' }, p])
      assert.equal(await store.settle(settlement), 'settled')
      assert.deepEqual(await stateOf(store, hash), { state: 'ended', successor: p.hash })
      const { version, data } = await liveOf(store, p.hash)
      assert.deepEqual([version, data], [p.version + 1, p.data])
    },
  },
  {
    title:
      'where no successor is wanted, an ended id names the domain on which it was replaced for ten seconds, and leads nowhere',
    run: async ({ store, advanceSeconds }) => {
      const [merged, ended] = [await savePair(store), await savePair(store)]
      const [replacedOn, hash] = [elsewhere.domain, newHash()]
      const settlements: readonly Settlement[] = [
        merging(merged.p, merged.s, { secondary: { ...merged.s, replacedOn } }),
        { primary: { ...ended.p, content: null }, secondary: { ...ended.s, replacedOn }, tombstoneSeconds },
        {
          primary: { ...ended.p, content: null },
          secondary: { hash, version: 0, replacedOn },
          tombstoneSeconds,
        },
      ]
      for (const settlement of settlements) assert.equal(await store.settle(settlement), 'settled')
      assert.deepEqual((await liveOf(store, merged.p.hash)).data, { s: 1, p: 1 })
      assert.deepEqual(await liveOf(store, ended.p.hash), ended.p)
      const all = [merged.s.hash, ended.s.hash, hash]
      for (const each of all) {
        const refused = { status: 'ended', replacedOn }
        assert.deepEqual(await store.read([each], visit), [{ state: 'ended', replacedOn }])
        assert.deepEqual(await store.write(each, { set: { late: 1 } }, { visit, lifetime }), refused)
        assert.deepEqual(
          await store.write(each, { set: { late: 1 } }, { visit, lifetime, ifVersion: 0 }),
          refused,
        )
        assert.deepEqual(
          await store.rotate({
            from: each,
            to: newHash(),
            userId: 'ada',
            keepData: true,
            remembered: true,
            visit,
            lifetime,
          }),
          refused,
        )
        assert.deepEqual(await store.end(each, tombstoneSeconds), refused)
      }
      await advanceSeconds(11)
      for (const each of all)
        assert.deepEqual(
          [await stateOf(store, each), await store.end(each, tombstoneSeconds)],
          [{ state: 'ended' }, { status: 'ended' }],
        )
    },
  },
  {
    title: 'settles content alone, where nothing ends',
    run: async ({ store }) => {
      const { p, s } = await savePair(store)
      assert.equal(await store.settle(merging(p, s, { secondary: null })), 'settled')
      assert.deepEqual((await liveOf(store, p.hash)).data, { s: 1, p: 1 })
      assert.deepEqual(await liveOf(store, s.hash), s)
    },
  },
  {
    title: 'a version that no longer holds, on either side, changes neither',
    run: async ({ store }) => {
      const { p, s } = await savePair(store)
      const wrong: readonly Partial<Settlement>[] = [
        { primary: { ...merging(p, s).primary, version: p.version + 1 } },
        { primary: { ...merging(p, s).primary, version: 0 } },
        { secondary: { hash: s.hash, version: s.version + 1, successorSeconds: 60 } },
        { secondary: blank(s.hash) },
        { secondary: { hash: newHash(), version: 1, successorSeconds: 60 } },
        { secondary: { hash: s.hash, version: s.version + 1, replacedOn: visit.domain } },
        { secondary: { hash: s.hash, version: 0, replacedOn: visit.domain } },
      ]
      for (const change of wrong) assert.equal(await store.settle(merging(p, s, change)), 'conflict')
      assert.deepEqual([await liveOf(store, p.hash), await liveOf(store, s.hash)], [p, s])
    },
  },
  {
    title: 'an ended session on either side is a conflict, and changes neither',
    run: async ({ store }) => {
      for (const side of ['p', 's'] as const) {
        const both = await savePair(store)
        await store.end(both[side].hash, tombstoneSeconds)
        assert.equal(await store.settle(merging(both.p, both.s)), 'conflict')
        const other = side === 'p' ? both.s : both.p
        assert.deepEqual(await liveOf(store, other.hash), other)
      }
    },
  },
  {
    title: 'of ten settlements of one pair at once, one is done',
    run: async ({ store, connections }) => {
      const { p, s } = await savePair(store)
      const results = await atOnce(10, connections, (on) => on.settle(merging(p, s)))
      assert.equal(results.filter((result) => result === 'settled').length, 1)
      assert.equal((await liveOf(store, p.hash)).version, p.version + 1)
    },
  },
  {
    title: 'a write at the same moment is settled with the rest or refused, and never lost',
    run: async ({ store, connections }) => {
      for (let round = 0; round < 20; round++) {
        const { p, s } = await savePair(store)
        const leads = round % 2 === 0
        const settlement = merging(p, s, leads ? {} : { secondary: { ...s, replacedOn: visit.domain } })
        const [written, settled] = await atOnce<unknown>(2, connections, (on, index) =>
          index === 0 ? on.write(s.hash, { set: { late: 1 } }, { visit, lifetime }) : on.settle(settlement),
        )
        const { status } = written as { status: string }
        if (settled === 'settled')
          assert.deepEqual(written, {
            status: 'ended',
            ...(leads ? { successor: p.hash } : { replacedOn: visit.domain }),
          })
        else assert.deepEqual([status, (await liveOf(store, s.hash)).data], ['saved', { s: 1, late: 1 }])
      }
    },
  },
]
