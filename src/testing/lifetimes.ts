import assert from 'node:assert/strict'
import {
  change,
  holds,
  holdsUntil,
  hourMs,
  isRefused,
  newId,
  newIds,
  sweepAway,
  write,
  type Facts,
} from './given.js'

export const livesMs = 6000
const century = { livesMs: 110 * 365 * 24 * hourMs }

export const lifetimeFacts: Facts = {
  'keeps a row for all of its time, which each change sets anew': async (bench) => {
    const { store, advanceSeconds } = bench
    const [a, b, c] = [newId(), newId(), newId()]
    const [short, prolonged] = [change(a, 0, {}, { livesMs }), change(b, 1, {}, century)]
    const shortened = change(c, 1, {}, { livesMs })
    const first = await store.read([])
    await write(store, short, change(b, 0, {}, { livesMs: 1.5 * livesMs }))
    await write(store, change(c, 0, {}, century))
    await advanceSeconds(3.5)
    await holdsUntil(store, first.nowMs + livesMs, short)
    const second = await store.read([])
    await write(store, prolonged, shortened)
    await advanceSeconds(3.5)
    await sweepAway(bench, 100, [a])
    await holdsUntil(store, second.nowMs + livesMs, shortened)
    await advanceSeconds(3.5)
    await sweepAway(bench, 100, [c])
    await holds(store, prolonged)
  },

  'makes a row anew after it was swept with version 0 alone, at version 1': async (bench) => {
    const id = newId()
    const last = change(id, 1, {}, { livesMs: 1000, userId: id })
    await write(bench.store, change(id, 0))
    await write(bench.store, last)
    await bench.advanceSeconds(1.5)
    await sweepAway(bench, 100, [id])
    assert.deepEqual((await bench.store.listUser(id)).rows, [])
    for (const version of [1, 2]) await isRefused(bench.store, [change(id, version)])
    await write(bench.store, change(id, 0))
    await holds(bench.store, change(id, 0))
  },

  'sweeps no more rows than it may, all that are over in the end, and no other': async (bench) => {
    const [over, stays] = [newIds(7), newIds(2).map((id) => change(id, 0, {}, century))]
    for (const id of over) await write(bench.store, change(id, 0, {}, { livesMs: 1000 }))
    await write(bench.store, ...stays)
    await bench.advanceSeconds(1.5)
    await sweepAway(bench, 2, over)
    await sweepAway(bench, 1, [])
    await holds(bench.store, ...stays)
  },
}
