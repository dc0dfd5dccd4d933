import assert from 'node:assert/strict'
import type { RowChange, Store } from '../core/store/store.js'
import { atOnce, change, hold, holds, newId, newIds, twenty, write, type Bench, type Facts } from './given.js'

/** Expects that one of twenty is done, and the others are told what it wrote. @returns What it wrote. */
export async function race(bench: Bench, changesOf: (by: number) => RowChange[]): Promise<RowChange[]> {
  const answers = await atOnce(twenty, bench.connections, (on, by) => on.swap(changesOf(by)))
  const winner = answers.findIndex(({ done }) => done)
  const written = changesOf(winner)
  for (const [by, { done, rows }] of answers.entries()) {
    assert.equal(done, by === winner)
    hold(rows, ...(done ? [] : written))
  }
  await holds(bench.store, ...written)
  return written
}

/**
 * Adds `name` to what each of these rows lists. When it is refused it tries again with the rows of that
 * answer and never reads them anew, so an answer that holds old rows is found out.
 */
export async function addName(on: Store, ids: readonly string[], name: string): Promise<void> {
  let { rows } = await on.read(ids)
  for (let tries = 0; tries < 500; tries++) {
    const changes = ids.map((id) => {
      const row = rows.find((one) => one.id === id)
      return change(id, row?.version ?? 0, { names: `${String(row?.value['names'] ?? '')}${name} ` })
    })
    const { done, rows: current } = await on.swap(changes)
    if (done) return
    const versionOf = (id: string) => current.find((one) => one.id === id)?.version ?? 0
    const isNews = changes.some(({ id, version }) => versionOf(id) !== version)
    assert.ok(isNews, 'a swap was refused, but its answer says that every version holds')
    rows = current
  }
  assert.fail('a swap was refused 500 times')
}

/** Expects that each of `names` was added to the row once, and nothing else. */
export async function hasNames(store: Store, id: string, names: readonly string[]): Promise<void> {
  const [row] = (await store.read([id])).rows
  assert.deepEqual(String(row?.value['names']).trim().split(' ').sort(), names.toSorted())
  assert.equal(row?.version, names.length)
}

/** Twenty requests at the same moment, over all connections. */
export const raceFacts: Facts = {
  'inserts a row once when twenty try, and tells the others what it is': async (bench) => {
    for (const _ of twenty) {
      const id = newId()
      await race(bench, (by) => [change(id, 0, { by })])
    }
  },

  'writes two rows for one of twenty that try, in both orders': async (bench) => {
    for (const round of twenty) {
      // Both rows are there, or one of them is to be inserted.
      const [a, b, version] = [newId(), newId(), round % 2]
      await write(bench.store, change(a, 0), ...(version === 1 ? [change(b, 0)] : []))
      await race(bench, (by) => {
        const rows = [change(a, 1, { by }), change(b, version, { by })]
        return by % 3 === 0 ? rows.reverse() : rows
      })
    }
  },

  'does each of twenty swaps that share one row or two, and none in part': async (bench) => {
    for (let round = 0; round < 5; round++) {
      const [a = '', b = '', c = ''] = newIds(3)
      const pairs = [[a, b], [b, a], [b], [b, c], [c, a]]
      const racers = twenty.map((index) => ({ name: `n${index}`, ids: pairs[index % 5] ?? [] }))
      await atOnce(racers, bench.connections, (on, { name, ids }) => addName(on, ids, name))
      for (const id of [a, b, c]) {
        const names = racers.filter(({ ids }) => ids.includes(id)).map(({ name }) => name)
        await hasNames(bench.store, id, names)
      }
    }
  },
}
