import type { RowChange, Store } from '../../src/store.js'
import { idsOf, pause, reading, writing, type Faults } from './faults.js'

/** Writes each change, whatever version it asks for. */
const ignoringVersions = (store: Store) =>
  writing(store, (change, row) => ({ ...change, version: row?.version ?? 0 }))

/** Looks at the versions first and writes later, as somebody does who knows no transactions. */
function notAtomic(store: Store): Pick<Store, 'swap'> {
  return {
    async swap(changes, thenRead) {
      const { rows } = await store.read(idsOf(changes))
      const versionOf = (id: string) => rows.find((row) => row.id === id)?.version ?? 0
      const holds = changes.every(({ id, version }) => version === versionOf(id))
      await pause()
      return (holds ? ignoringVersions(store) : store).swap(changes, thenRead)
    },
  }
}

/** Locks its rows one after another, in the order in which they are given. */
function lockingInAnyOrder(store: Store): Pick<Store, 'swap'> {
  const locked = new Set<string>()
  return {
    async swap(changes, thenRead) {
      const mine: string[] = []
      try {
        for (const { id } of changes) {
          for (let waits = 0; locked.has(id); waits++) {
            if (waits > 200) throw new Error('deadlock detected')
            await pause()
          }
          locked.add(id)
          mine.push(id)
          await pause()
        }
        return await store.swap(changes, thenRead)
      } finally {
        for (const id of mine) locked.delete(id)
      }
    },
  }
}

/** Writes the rows of a swap one after another. */
function oneByOne(store: Store): Pick<Store, 'swap'> {
  return {
    async swap(changes, thenRead) {
      let answer = await store.swap(changes.slice(0, 1), thenRead)
      for (const change of changes.slice(1)) {
        const next = await store.swap([change])
        answer = { ...next, done: answer.done && next.done, rows: [...answer.rows, ...next.rows] }
      }
      return answer
    },
  }
}

/** Says of a refused swap what was there a moment before. */
function tellingOldRows(store: Store): Pick<Store, 'swap'> {
  return {
    async swap(changes, thenRead) {
      const { rows } = await store.read(idsOf(changes))
      await pause()
      const answer = await store.swap(changes, thenRead)
      return answer.done ? answer : { ...answer, rows }
    },
  }
}

export const swapFaults: Faults = {
  'leaves out an id without a row, and makes none by reading': {
    'makes the rows that are read': (store) => ({
      async read(ids) {
        for (const id of ids)
          await store.swap([{ id, version: 0, userId: null, value: {}, livesMs: 3_600_000 }])
        return store.read(ids)
      },
    }),
  },
  'makes a row at version 1, and adds one with each change, which replaces it': {
    'counts two for each change': (store) =>
      reading(store, (row) => ({ ...row, version: row.version * 2 - 1 })),
    'merges a value into the one before': (store) =>
      writing(store, (change, row) => ({ ...change, value: { ...row?.value, ...change.value } })),
  },
  'reads a hundred rows at once': {
    'reads two rows at most': (store) => ({ read: (ids) => store.read(ids.slice(0, 2)) }),
  },
  'writes nothing when a version does not hold, be it older, newer or 0': {
    'ignores versions': ignoringVersions,
    'takes version 0 for any': (store) =>
      writing(store, (change, row) => ({ ...change, version: change.version || (row?.version ?? 0) })),
    'takes an older version for the present one': (store) =>
      writing(store, (change, { version } = { ...change, value: {} }) =>
        change.version > 0 && change.version < version ? { ...change, version } : change,
      ),
    'says that a refused swap was done': (store) => ({
      swap: async (changes, thenRead) => ({ ...(await store.swap(changes, thenRead)), done: true }),
    }),
  },
  'makes no row that was not there, unless its version is 0': {
    'makes a row whatever the version': (store) =>
      writing(store, (change, row) => (row === undefined ? { ...change, version: 0 } : change)),
  },
  'writes two rows or neither, whichever of them does not hold': {
    'writes two rows one by one': oneByOne,
  },
  'reads more rows with a swap, and those of its changes only if it is refused': {
    'forgets what is to be read with a swap': (store) => ({ swap: (changes) => store.swap(changes) }),
    'reads before it writes': (store) => ({
      async swap(changes, thenRead = []) {
        const { rows } = await store.read(thenRead)
        const answer = await store.swap(changes, thenRead)
        return answer.done ? { ...answer, rows } : answer
      },
    }),
    'answers with its rows when a swap was done': (store) => ({
      swap: (changes, thenRead = []) => store.swap(changes, [...thenRead, ...idsOf(changes)]),
    }),
    'does not say what refused a swap': (store) => ({
      async swap(changes, thenRead = []) {
        const answer = await store.swap(changes, thenRead)
        return answer.done ? answer : { ...answer, rows: (await store.read(thenRead)).rows }
      },
    }),
  },
  'keeps its rows when the caller changes what it wrote or was answered': {
    'shares its values with the caller': (store) => {
      const shared = new Map<string, RowChange['value']>()
      return {
        ...writing(store, (change) => {
          shared.set(change.id, change.value)
          return change
        }),
        ...reading(store, (row) => ({ ...row, value: shared.get(row.id) ?? row.value })),
      }
    },
  },
  'inserts a row once when twenty try, and tells the others what it is': {
    'looks at a version first and inserts later': notAtomic,
    'says what was there before somebody inserted': tellingOldRows,
  },
  'writes two rows for one of twenty that try, in both orders': {
    'looks at the versions first and writes later': notAtomic,
    'says what was there before somebody wrote': tellingOldRows,
    'locks two rows in the order in which they are given': lockingInAnyOrder,
  },
  'does each of twenty swaps that share one row or two, and none in part': {
    'writes the rows of racing swaps one by one': oneByOne,
    'looks at versions first and writes later': notAtomic,
    'locks shared rows in the order in which they are given': lockingInAnyOrder,
    'says of shared rows what was there before': tellingOldRows,
  },
  'inserts once and loses no swap when four processes try at once': {
    'has no transactions between processes': notAtomic,
    'writes two rows one by one between processes': oneByOne,
  },
}
