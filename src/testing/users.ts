import type { RowChange, Store } from '../core/store/store.js'
import { change, hold, isRefused, newId, newIds, write, type Facts } from './given.js'
import { livesMs } from './lifetimes.js'
import { race } from './races.js'

async function lists(store: Store, userId: string, ...written: readonly RowChange[]): Promise<void> {
  hold((await store.listUser(userId)).rows, ...written)
}

export const userFacts: Facts = {
  "lists a user's rows, all and nobody else's, for user ids of 255 odd characters": async ({ store }) => {
    const odd = `${newId()} '"\\ $1 %_* ?:{}[] ä 漢 💥 \u0001\t\n ${'x'.repeat(255)}`.slice(0, 255)
    const start = odd.slice(0, -1)
    const rows = newIds(30).map((id, index) => change(id, 0, { index }, { userId: odd }))
    await Promise.all(rows.map((row) => write(store, row)))
    for (const userId of [start, `${start}X`, `${start} `, odd.toUpperCase()]) {
      const row = change(newId(), 0, {}, { userId })
      await write(store, row, change(newId(), 0))
      await lists(store, userId, row)
    }
    await lists(store, odd, ...rows)
    await lists(store, newId())
  },

  'lists a row for its new user alone when that changes, unless it is refused': async ({ store }) => {
    const [a, b, userId, other] = [newId(), newId(), newId(), newId()]
    await write(store, change(a, 0, {}, { userId: other }))
    await write(store, change(a, 1, {}, { userId }))
    await lists(store, other)
    await lists(store, userId, change(a, 1, {}, { userId }))
    // The user goes over to another row, and later comes back beside it.
    const [rowA, rowB] = [change(a, 2), change(b, 0, {}, { userId })]
    await write(store, rowA, rowB)
    await lists(store, userId, rowB)
    const stale = change(b, 0, {}, { userId: other })
    await isRefused(store, [change(a, 3, {}, { userId: other }), stale], rowA, rowB)
    await lists(store, other)
    await write(store, change(a, 3, {}, { userId }))
    await lists(store, userId, change(a, 3, {}, { userId }), rowB)
  },

  'finds a user for as long as the longest row, whichever was written last': async (bench) => {
    const [ada, eve] = [newId(), newId()]
    const long = [ada, eve].map((userId) => change(newId(), 0, {}, { userId, livesMs: livesMs * 1000 }))
    const short = [ada, eve].map((userId) => change(newId(), 0, {}, { userId, livesMs: 1000 }))
    for (const row of [...long.slice(0, 1), ...short, ...long.slice(1)]) await write(bench.store, row)
    await bench.advanceSeconds(1.5)
    const found = [...(await bench.store.listUser(ada)).rows, ...(await bench.store.listUser(eve)).rows]
    const ids = long.map(({ id }) => id)
    const kept = found.filter(({ id }) => ids.includes(id))
    hold(kept, ...long)
  },

  'gives a row to one of twenty users that take it at once, who alone lists it': async (bench) => {
    for (let round = 0; round < 5; round++) {
      const [id, users] = [newId(), newIds(20)]
      for (const version of [0, 1, 2]) {
        const won = await race(bench, (by) => [change(id, version, {}, { userId: users[by] ?? null })])
        const found = await Promise.all(users.map((userId) => bench.store.listUser(userId)))
        const rows = found.flatMap((each) => each.rows)
        hold(rows, ...won)
      }
    }
  },
}
