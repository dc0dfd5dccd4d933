import type { Rows, Store } from '../../core/store/store.js'
import { rowsFrom, type KeptRow, type Keys, type Step } from './rows.js'

const [dayMs, centuriesMs] = [86_400_000, 200 * 365 * 86_400_000]

/** `<key of the first row>:mark`. `madeMs` is by the clock there. */
type Mark = readonly [token: string, madeMs: number, first: Step, second: Step]
/** `<key of the second row>:<token>`: whether this row is written, for good. */
type Note = 0 | 1 | null

/**
 * Rows on several nodes. A script sees one node, so a swap of two rows is a move, in three steps:
 *
 * 1. mark: beside the first row it is kept what both are to become. From here on nobody else writes this row.
 * 2. decide: the second row is written, with a note that the move is done; or the note says that it never
 *    will be.
 * 3. finish: the first row is written too, or stays as it is. The mark goes.
 *
 * Whoever wants to write a row with a mark does steps 2 and 3 himself, with the same token: nobody waits, and
 * it does not matter who dies when. Whoever reads one asks for the note: the first row has changed as soon as
 * the second has. The first row is the one with the smaller id, so those who help each other never go in a
 * circle.
 */
export function rowsOnCluster(keys: Keys, rememberMs: number): Pick<Store, 'read' | 'swap'> {
  /** Writes one row. @returns When it was done, now or before with the same token; null if it is refused. */
  async function write(row: Step, token: string, noteMs: number): Promise<number | null> {
    const note = [`${row[0]}:${token}`, 'null', '1', noteMs] as const
    const noMark = [`${row[0]}:mark`, 'null', '', 0] as const
    for (;;) {
      const { nowMs, body } = await keys.swap<[Note, unknown, Mark | null]>([note, row, noMark])
      if (body[0] !== null || body[2] === null) return body[0] === 1 ? nowMs : null
      await finish(body[2], await decide(body[2]), nowMs)
    }
  }

  /** @param next `0`: a move that is not decided never will be done. */
  async function noted([row]: Step, token: string, next: '' | '0'): Promise<number | null> {
    const { nowMs, body } = await keys.swap<[Note]>([[`${row}:${token}`, 'null', next, centuriesMs]])
    return body[0] === 1 ? nowMs : null
  }

  const decide = async ([token, , , second]: Mark): Promise<number | null> =>
    (await write(second, token, centuriesMs)) ?? noted(second, token, '0')

  async function finish(mark: Mark, doneMs: number | null, nowMs: number): Promise<void> {
    const [token, madeMs, [row, , text, livesMs], [second]] = mark
    const leftMs = madeMs + livesMs - nowMs
    const next = doneMs === null ? '' : leftMs > 0 ? text : 'null'
    const ownMark = [`${row}:mark`, `["${token}"`, 'null', 0] as const
    await keys.swap([[row, '', next, leftMs], ownMark])
    // Somebody may still be about to decide, but not tomorrow.
    void keys.swap([[`${second}:${token}`, '', doneMs === null ? '0' : '1', dayMs]]).catch(() => {})
  }

  async function move(first: Step, second: Step, token: string): Promise<number | null> {
    const [row, begins] = first
    const mark = [`${row}:mark`, 'null', JSON.stringify([token, '@', first, second]), centuriesMs] as const
    for (;;) {
      const { nowMs, body } = await keys.swap<[unknown, Mark | null]>([[row, begins, '', 0], mark])
      // Refused; or others have finished this move, and the client repeats the command.
      if (body[1] === null) return noted(second, token, '')
      const doneMs = await decide(body[1])
      const finished = finish(body[1], doneMs, nowMs)
      // Once it is decided, whoever comes next can finish it.
      if (body[1][0] === token) return finished.catch(() => {}).then(() => doneMs)
      await finished
    }
  }

  async function look(id: string): Promise<{ row: KeptRow | null; nowMs: number }> {
    const key = keys.rowKey(id)
    const { nowMs, body } = await keys.read<[KeptRow | null, Mark | null]>([key, `${key}:mark`])
    const [row, mark] = body
    if (mark === null || (await noted(mark[3], mark[0], '')) === null) return { row, nowMs }
    const [, madeMs, [, , next, livesMs]] = mark
    return { row: nowMs < madeMs + livesMs ? (JSON.parse(next) as KeptRow) : null, nowMs }
  }

  async function read(ids: readonly string[]): Promise<Rows> {
    for (let before = '', now = ''; ; before = now) {
      // No row has the id " ": it only tells the time.
      const looks = await Promise.all((ids.length > 0 ? ids : [' ']).map(look))
      const kept = looks.map(({ row }) => row)
      const versions = new Map(ids.map((id, index) => [id, kept[index]?.[0] ?? 0]))
      // One was read before a move and its partner after it; or it has expired, and then nothing changes any
      // more.
      const isTorn = kept.some((row) => row?.[3] && Number(versions.get(row[3][0])) < row[3][1])
      now = [...versions.values()].join()
      if (!isTorn || now === before)
        return { nowMs: Math.max(...looks.map(({ nowMs }) => nowMs)), rows: rowsFrom(ids, kept) }
    }
  }

  return {
    read,
    async swap(changes, thenRead = []) {
      const named = changes.filter(({ userId }) => userId !== null)
      await Promise.all(named.map((change) => keys.swap([], [change])))
      const [a, b] = changes.toSorted((one, other) => (one.id < other.id ? -1 : 1))
      if (a === undefined) throw new Error('a swap of no rows')
      const token = crypto.randomUUID()
      const doneMs = await (b === undefined
        ? write(keys.stepOf(a), token, rememberMs)
        : move(keys.stepOf(a, b), keys.stepOf(b, a), token))
      if (doneMs !== null && thenRead.length === 0) return { done: true, nowMs: doneMs, rows: [] }
      const refused = doneMs === null ? changes.map(({ id }) => id) : []
      return { done: doneMs !== null, ...(await read([...refused, ...thenRead])) }
    },
  }
}
