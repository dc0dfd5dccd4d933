import type { RowChange, Store, StoredRow } from '../../src/store.js'

/** Gives a sound store one fault. */
export type Fault = (store: Store, clock: { readonly now: () => number }) => Partial<Store>

/** Faults, by the fact of the suite that has to find them. */
export type Faults = Readonly<Record<string, Readonly<Record<string, Fault>>>>

export const idsOf = (changes: readonly RowChange[]): string[] => changes.map(({ id }) => id)

/** Lets everybody else come first. */
export const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A store that writes something else than it was given. `row` is what was there, if anything was. */
export function writing(
  store: Store,
  next: (change: RowChange, row: StoredRow | undefined) => RowChange,
): Pick<Store, 'swap'> {
  return {
    async swap(changes, thenRead) {
      const { rows } = await store.read(idsOf(changes))
      const others = changes.map((change) =>
        next(
          change,
          rows.find(({ id }) => id === change.id),
        ),
      )
      return store.swap(others, thenRead)
    },
  }
}

/** A store that reads something else than what is there. */
export function reading(store: Store, shown: (row: StoredRow) => StoredRow): Pick<Store, 'read'> {
  return {
    async read(ids) {
      const answer = await store.read(ids)
      return { ...answer, rows: answer.rows.map(shown) }
    },
  }
}

/** A store that reads its values as other JSON than was written. */
export const parsing =
  (parse: (text: string) => unknown): Fault =>
  (store) =>
    reading(store, (row) => ({ ...row, value: parse(JSON.stringify(row.value)) as StoredRow['value'] }))

/** The same, for each text alone, however deep it is. */
export const parsingTexts = (shown: (text: string) => unknown): Fault =>
  parsing((text) =>
    JSON.parse(text, (_, value: unknown) => (typeof value === 'string' ? shown(value) : value)),
  )
