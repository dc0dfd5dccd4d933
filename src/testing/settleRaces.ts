import assert from 'node:assert/strict'
import type { SessionRecord } from '../core/store/record.js'
import type { Settlement } from '../core/store/store.js'
import {
  contentOf,
  isEnded,
  lifetime,
  liveOf,
  newHash,
  race,
  savePair,
  stateOf,
  tombstoneSeconds,
  visit,
} from './given.js'
import type { Fact } from './fact.js'

const rounds = 12

function merging(p: SessionRecord, s: SessionRecord): Settlement {
  return {
    primary: {
      hash: p.hash,
      version: p.version,
      content: { ...contentOf(s), data: { ...s.data, ...p.data } },
    },
    secondary: { hash: s.hash, version: s.version, successorSeconds: 60 },
    tombstoneSeconds,
  }
}

/** What a settlement does while somebody else is at one of the two sessions: all of it, or nothing. */
export const settleRaceFacts: readonly Fact[] = [
  {
    title: 'a write to either side at the same moment as a settlement is kept, or refused and told so',
    run: async ({ store, connections }) => {
      for (let round = 0; round < rounds; round++) {
        const { p, s } = await savePair(store)
        const side = round % 4 < 2 ? p : s
        const [written, settled] = await race(
          connections,
          round,
          (on) => on.write(side.hash, { set: { late: 1 } }, { visit, lifetime }),
          (on) => on.settle(merging(p, s)),
        )
        const survivor = await liveOf(store, p.hash)
        if (settled === 'conflict') {
          assert.equal(written.status, 'saved')
          assert.deepEqual((await liveOf(store, s.hash)).data, side === s ? { s: 1, late: 1 } : { s: 1 })
          assert.deepEqual(survivor.data, side === p ? { p: 1, late: 1 } : { p: 1 })
          continue
        }
        assert.deepEqual(await stateOf(store, s.hash), { state: 'ended', successor: p.hash })
        if (side === s)
          assert.deepEqual(
            [written, survivor.data],
            [
              { status: 'ended', successor: p.hash },
              { s: 1, p: 1 },
            ],
          )
        else assert.deepEqual([written.status, survivor.data], ['saved', { s: 1, p: 1, late: 1 }])
      }
    },
  },
  {
    title: 'an end of either side at the same moment as a settlement stands',
    run: async ({ store, connections }) => {
      for (let round = 0; round < rounds; round++) {
        const { p, s } = await savePair(store)
        const side = round % 4 < 2 ? p : s
        const [ended, settled] = await race(
          connections,
          round,
          (on) => on.end(side.hash, tombstoneSeconds),
          (on) => on.settle(merging(p, s)),
        )
        await isEnded(store, side.hash)
        // Ended after it was merged away: the answer names where its rights went, so that the caller ends that too.
        if (side === s)
          assert.deepEqual(
            ended,
            settled === 'settled' ? { status: 'ended', successor: p.hash } : { status: 'ended' },
          )
        assert.equal(
          (await stateOf(store, side === s ? p.hash : s.hash)).state,
          side === p && settled === 'settled' ? 'ended' : 'live',
        )
      }
    },
  },
  {
    title: 'of a rotation and a settlement at the same moment, neither loses what the other did',
    run: async ({ store, connections }) => {
      for (let round = 0; round < rounds; round++) {
        const { p, s } = await savePair(store)
        const side = round % 4 < 2 ? p : s
        const to = newHash()
        const [rotated, settled] = await race(
          connections,
          round,
          (on) =>
            on.rotate({
              from: side.hash,
              to,
              userId: 'grace',
              keepData: true,
              remembered: true,
              visit,
              lifetime,
            }),
          (on) => on.settle(merging(p, s)),
        )
        await isEnded(store, side.hash)
        if (rotated.status === 'ended')
          assert.deepEqual([settled, rotated], ['settled', { status: 'ended', successor: p.hash }])
        const expected =
          settled === 'settled' && side === p ? { s: 1, p: 1 } : side === p ? { p: 1 } : { s: 1 }
        if (rotated.status === 'rotated') assert.deepEqual((await liveOf(store, to)).data, expected)
      }
    },
  },
  {
    title: 'of two settlements that share a session, at the same moment, one is done',
    run: async ({ store, connections }) => {
      for (let round = 0; round < rounds; round++) {
        const { p, s } = await savePair(store)
        const { p: other } = await savePair(store)
        const results = await race(
          connections,
          round,
          (on) => on.settle(merging(p, s)),
          (on) => on.settle(merging(other, s)),
        )
        assert.deepEqual([...results].sort(), ['conflict', 'settled'])
        const survivor = results[0] === 'settled' ? p : other
        const loser = survivor === p ? other : p
        assert.deepEqual(await stateOf(store, s.hash), { state: 'ended', successor: survivor.hash })
        assert.deepEqual((await liveOf(store, survivor.hash)).data, { s: 1, p: 1 })
        assert.deepEqual(await liveOf(store, loser.hash), loser)
      }
    },
  },
  {
    title: 'two sessions that are settled into each other at the same moment end as one',
    run: async ({ store, connections }) => {
      for (let round = 0; round < rounds; round++) {
        const { p, s } = await savePair(store)
        const results = await race(
          connections,
          round,
          (on) => on.settle(merging(p, s)),
          (on) => on.settle(merging(s, p)),
        )
        const live = (await store.read([p.hash, s.hash], null)).flatMap((state) =>
          state.state === 'live' ? [state.record] : [],
        )
        // Both may step back from a deadlock; then nothing was written, and both callers begin anew.
        if (results.includes('settled'))
          assert.deepEqual(
            live.map(({ data }) => data),
            [{ s: 1, p: 1 }],
          )
        else assert.deepEqual(live, [p, s])
      }
    },
  },
]
