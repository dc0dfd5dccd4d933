import { blankRow, changeOf, parseRow, type Row } from './row.js'
import { isRecent, newerKeys, ownWay, standingOf, type Credential, type Seat } from './standing.js'
import type { Rows as Answer, Store } from './store.js'
import type { NowOrLater } from '../values/later.js'

/** More than any chain of merges within the time for which a row is remembered. */
const mostSteps = 20

/** The rows that one request has read, and the store's clock. */
export class Rows {
  readonly #known = new Map<string, Row>()
  #aheadMs = 0

  /** @param clock Seconds since 1970 by the application's clock: only how much it has gone on counts. */
  constructor(
    readonly store: Store,
    readonly clock: () => number,
  ) {}

  /** The store's time, as far as this request knows it. */
  get nowMs(): number {
    return this.clock() * 1000 + this.#aheadMs
  }

  /** @throws Whatever the store throws. */
  read(ids: readonly string[]): Promise<void> {
    return this.store.read(ids).then((answer) => this.#note(ids, answer))
  }

  /** The rows of a user. @throws Whatever the store throws. */
  async ofUser(userId: string): Promise<readonly Row[]> {
    const answer = await this.store.listUser(userId)
    const ids = answer.rows.map(({ id }) => id)
    this.#note(ids, answer)
    return ids.map((id) => this.get(id))
  }

  /** Has everything read anew. */
  forget(): void {
    this.#known.clear()
  }

  /** Notes an id that was just made: nobody has it yet, so there is no row. */
  begin(id: string): void {
    this.#known.set(id, blankRow(id))
  }

  has(id: string): boolean {
    return this.#known.has(id)
  }

  /** A row that was read before, or has been written. */
  get(id: string): Row {
    return this.#known.get(id) ?? blankRow(id)
  }

  /**
   * Writes rows if nobody has changed them since they were read. Otherwise it reads them anew.
   * @param rows As they are to be, each with the version that it was read with.
   * @returns Whether they were written.
   * @throws Whatever the store throws.
   */
  async swap(rows: readonly Row[], thenRead: readonly string[] = []): Promise<boolean> {
    const changes = rows.map((row) => changeOf(row, this.nowMs))
    const answer = await this.store.swap(changes, thenRead)
    this.#note(answer.done ? thenRead : [...rows.map(({ id }) => id), ...thenRead], answer)
    if (answer.done) for (const row of rows) this.#known.set(row.id, { ...row, version: row.version + 1 })
    return answer.done
  }

  /**
   * Notes that something was used, which can happen once.
   * @param livesMs How long it is known to have been used.
   * @returns Whether this was the first time.
   * @throws Whatever the store throws.
   */
  async useOnce(id: string, livesMs: number, thenRead: readonly string[]): Promise<boolean> {
    const answer = await this.store.swap([{ id, version: 0, userId: null, value: {}, livesMs }], thenRead)
    this.#note(thenRead, answer)
    return answer.done
  }

  /**
   * Follows a cookie to the last row of its way, over sessions that have become one with another.
   * @throws Whatever the store throws.
   */
  seat(credential: Credential): NowOrLater<Seat> {
    let isLedAway = false
    let isOnItsWay = false
    const seen = new Set<string>()
    let { id } = credential
    let row: Row
    for (;;) {
      // Then from the beginning: the rows that this request has read cost nothing.
      if (!this.#known.has(id)) return this.read([id]).then(() => this.seat(credential))
      row = this.get(id)
      if (seen.size === mostSteps || seen.has(id)) break
      seen.add(id)
      const own = ownWay(row, credential)
      if (own !== null) isLedAway = true
      if (own !== null && isRecent(own.key, this.nowMs)) isOnItsWay = true
      const to = own?.to ?? (row.state === 'moved' ? row.to : null)
      if (to === null) break
      id = to
    }
    const standing = standingOf(row, credential, this.nowMs)
    const isOvertaken = isOnItsWay || newerKeys(row, credential, this.nowMs).length > 0
    return { credential, row, standing, isOvertaken, isLedAway, isOnItsWay }
  }

  /** Follows a session to what it has become, by whatever cookie. @throws Whatever the store throws. */
  async follow(id: string): Promise<Row> {
    let row = await this.#rowOf(id)
    for (let steps = 0; steps < mostSteps && row.state === 'moved'; steps++) row = await this.#rowOf(row.to)
    return row
  }

  async #rowOf(id: string): Promise<Row> {
    if (!this.#known.has(id)) await this.read([id])
    return this.get(id)
  }

  #note(ids: readonly string[], { nowMs, rows }: Answer): void {
    this.#aheadMs = nowMs - this.clock() * 1000
    for (const id of ids) this.#known.set(id, blankRow(id))
    for (const row of rows) if (ids.includes(row.id)) this.#known.set(row.id, parseRow(row, nowMs))
  }
}
