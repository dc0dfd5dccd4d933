import type { JsonObject } from '../values/json.js'

/** One row as the store keeps it. Only the kit knows what its value means. */
export interface StoredRow {
  readonly id: string
  /** 1 when the row is made, and one more with each change. */
  readonly version: number
  /** The user for whom `listUser` finds this row; null if there is none. */
  readonly userId: string | null
  readonly value: JsonObject
}

/** What one row is to become. A row is always replaced as a whole. */
export interface RowChange {
  readonly id: string
  /** The version that the row has to have now. 0: there must be no row with this id. */
  readonly version: number
  readonly userId: string | null
  readonly value: JsonObject
  /**
   * How many milliseconds the row is kept from now on, by the store's clock. After that nobody asks for it:
   * the store may delete it at any time, and `sweep` does. At most 110 years.
   */
  readonly livesMs: number
}

/** The rows that exist, in any order, and the store's time. */
export interface Rows {
  /** Milliseconds since 1970, by the store's clock. The application's clock never decides about a row. */
  readonly nowMs: number
  readonly rows: readonly StoredRow[]
}

/**
 * Keeps rows, with four methods, and knows nothing about sessions. `src/stores/sqlite.ts` is a complete
 * store, and `next-crossdomain-session/testing` is the test suite for your own.
 *
 * A method that cannot reach the database rejects with whatever error its driver throws; the kit turns it
 * into `CDS301`. Ids are text of at most 100 characters: letters, digits, `-`, `_` and `:`.
 */
export interface Store {
  /** Reads rows by id, in one round trip. It leaves out ids that have no row. */
  read(ids: readonly string[]): Promise<Rows>

  /**
   * Writes one row or two if each still has its version, and otherwise nothing. It writes all rows or none,
   * even if a process dies half-way.
   * @param changes One change or two, of different rows.
   * @param thenRead More ids to read in the same round trip.
   * @returns `done`: whether the rows were written. `rows`: the rows of `thenRead`. If nothing was written,
   *   also the rows of `changes` as they are now, so that the kit can try again at once.
   */
  swap(
    changes: readonly RowChange[],
    thenRead?: readonly string[],
  ): Promise<Rows & { readonly done: boolean }>

  /** Finds the rows of a user, in any order. */
  listUser(userId: string): Promise<Rows>

  /**
   * Deletes at most `limit` rows whose time is over.
   * @returns How many it deleted. A store that expires rows by itself returns 0.
   */
  sweep(limit: number): Promise<number>
}
