import type { RowChange, Store, StoredRow } from '../../../src/core/store/store.js'

/** A swap that was tried, and the rows as they were before. */
export interface Swap {
  readonly done: boolean
  readonly before: readonly StoredRow[]
  readonly changes: readonly RowChange[]
}

/** Tells of every swap that is tried at a store. */
export function watching(store: Store, tell: (swap: Swap) => void): Store {
  return {
    ...store,
    async swap(changes, thenRead) {
      const before = (await store.read(changes.map(({ id }) => id))).rows
      const answer = await store.swap(changes, thenRead)
      tell({ done: answer.done, before, changes })
      return answer
    },
  }
}
