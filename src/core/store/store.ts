import type { JsonObject } from '../values/json.js'

/** One row as the store has it. What its value means is the kit's business. */
export interface StoredRow {
  readonly id: string
  /** 1 when the row is made, one more with each change. */
  readonly version: number
  /** Whose sessions `listUser` finds this row among; null for nobody's. */
  readonly userId: string | null
  readonly value: JsonObject
}

/** What one row becomes. A row is replaced as a whole; the kit has merged what is in it. */
export interface RowChange {
  readonly id: string
  /** The version that the row has now. 0: there is no row with this id yet. */
  readonly version: number
  readonly userId: string | null
  readonly value: JsonObject
  /**
   * Milliseconds from now, by the store's clock, for which the row is kept. After that nobody asks for it:
   * the store may delete it at any time, and `sweep` does. At most 110 years.
   */
  readonly livesMs: number
}

/** Rows that are there, in any order, and the store's time. */
export interface Rows {
  /** Milliseconds since 1970, by the store's clock. The application's clock never decides about a row. */
  readonly nowMs: number
  readonly rows: readonly StoredRow[]
}

/**
 * Keeps rows, with four methods, and knows nothing about sessions. `src/stores/sqlite.ts` is a complete
 * store, and `next-crossdomain-session/testing` proves your own.
 *
 * A method that cannot reach the database rejects with whatever error its driver gives; the kit turns it into
 * `CDS301`. Ids are text of at most 100 characters: letters, digits, `-`, `_` and `:`.
 */
export interface Store {
  /** Reads rows by id, in one round trip. An id without a row is left out. */
  read(ids: readonly string[]): Promise<Rows>

  /**
   * Writes one row or two if every version still holds. Otherwise it writes nothing. All or none are written,
   * also if a process dies half-way.
   * @param thenRead More ids to read in the same round trip.
   * @returns `done`: whether the rows were written. `rows`: those of `thenRead`. If nothing was written, also
   *   those of `changes` as they are now, so that the kit can try again at once.
   */
  swap(
    changes: readonly RowChange[],
    thenRead?: readonly string[],
  ): Promise<Rows & { readonly done: boolean }>

  /** Finds the rows of a user, in any order. */
  listUser(userId: string): Promise<Rows>

  /**
   * Deletes at most `limit` rows whose time is over.
   * @returns How many. A store that expires rows itself returns 0.
   */
  sweep(limit: number): Promise<number>
}
