import assert from 'node:assert/strict'
import { change, hold, holds, hourMs, isRefused, newId, newIds, now, write, type Facts } from './given.js'

/** What one call after another does, and what it answers. */
export const swapFacts: Facts = {
  'leaves out an id without a row, and makes none by reading': async ({ store }) => {
    const [blank, there] = [newId(), change(newId(), 0)]
    await write(store, there)
    for (let times = 0; times < 2; times++) hold((await store.read([blank, there.id])).rows, there)
    hold((await store.read([])).rows)
    await write(store, change(blank, 0))
  },

  'makes a row at version 1, and adds one with each change, which replaces it': async ({ store }) => {
    const id = newId()
    for (const [version, value] of [{ a: 1, b: { c: 1 } }, { b: { d: 2 } }, {}, { a: [1] }].entries()) {
      const next = change(id, version, value, { userId: version % 2 === 0 ? `user-${id}` : null })
      await write(store, next)
      await holds(store, next)
    }
  },

  'reads a hundred rows at once': async ({ store }) => {
    const rows = newIds(100).map((id, index) => change(id, 0, { index }))
    await Promise.all(rows.map((row) => write(store, row)))
    await holds(store, ...rows)
  },

  'writes nothing when a version does not hold, be it older, newer or 0': async ({ store }) => {
    const id = newId()
    const current = change(id, 2, { now: true }, { userId: `user-${id}` })
    for (const row of [change(id, 0), change(id, 1), current]) await write(store, row)
    for (const version of [0, 1, 2, 4, 1000]) await isRefused(store, [change(id, version)], current)
    hold((await store.listUser(`user-${id}`)).rows, current)
  },

  'makes no row that was not there, unless its version is 0': async ({ store }) => {
    const id = newId()
    for (const version of [1, 2, 1000]) await isRefused(store, [change(id, version)])
    await write(store, change(id, 0))
  },

  'writes two rows or neither, whichever of them does not hold': async ({ store }) => {
    const [a, b, c] = [newId(), newId(), newId()]
    const [rowA, rowB] = [change(a, 0, { a: 1 }), change(b, 0, { b: 1 })]
    await write(store, rowA, rowB)
    await holds(store, rowA, rowB)
    const versions = [0, 1, 2].flatMap((ofA) => [0, 1, 2].map((ofB) => [ofA, ofB] as const))
    for (const [ofA, ofB] of versions.filter(([ofA, ofB]) => ofA !== 1 || ofB !== 1)) {
      await isRefused(store, [change(a, ofA), change(b, ofB)], rowA, rowB)
      await isRefused(store, [change(b, ofB), change(a, ofA)], rowA, rowB)
    }
    await isRefused(store, [change(c, 0), change(a, 0)], rowA)
    await isRefused(store, [change(a, 2), change(c, 0)], rowA)
    await isRefused(store, [change(a, 1), change(c, 1)], rowA)
    await write(store, change(a, 1), change(c, 0))
    await write(store, change(c, 1), change(b, 1))
    await holds(store, change(a, 1), change(b, 1), change(c, 1))
  },

  'reads more rows with a swap, and those of its changes only if it is refused': async ({ store }) => {
    const [a = '', b = '', c = '', blank = ''] = newIds(4)
    const [rowA, rowB, rowC] = [change(a, 0, { a: 1 }), change(b, 0, { b: 1 }), change(c, 0, { c: 1 })]
    await write(store, rowB, rowC)
    for (const [done, expected] of [
      [true, [rowB, rowC]],
      [false, [rowA, rowB, rowC]],
    ] as const) {
      const answer = await store.swap([rowA], [b, blank, c])
      assert.equal(answer.done, done)
      hold(answer.rows, ...expected)
    }
    hold((await store.swap([change(a, 1)])).rows)
    hold((await store.swap([change(a, 2)], [a, c])).rows, change(a, 2), rowC)
  },

  'keeps its rows when the caller changes what it wrote or was answered': async ({ store }) => {
    const [id, list] = [newId(), [1]]
    await write(store, change(id, 0, { list }))
    list.push(2)
    for (let times = 0; times < 2; times++) {
      const { rows } = await store.read([id])
      hold(rows, change(id, 0, { list: [1] }))
      const answered = rows[0]?.value['list']
      if (Array.isArray(answered)) answered.push(3)
    }
  },

  'tells its time in milliseconds, which goes on and never back': async ({ store, advanceSeconds }) => {
    const [id, times] = [newId(), Array<number>()]
    for (let version = 0; version < 10; version++) {
      times.push((await store.read([id])).nowMs)
      times.push((await store.swap([change(id, version)])).nowMs)
      times.push((await store.swap([change(id, 0)])).nowMs)
      times.push((await store.listUser(id)).nowMs)
      await advanceSeconds(0.05)
    }
    for (const [index, time] of times.entries())
      assert.ok(Math.abs(time - now()) < hourMs && time >= (times[index - 1] ?? 0), times.join())
    assert.ok(Number(times.at(-1)) - Number(times[0]) >= 400)
  },
}
