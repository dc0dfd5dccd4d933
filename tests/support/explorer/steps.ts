import { blankRow, userOf, type Row } from '../../../src/core/store/row.js'
import type { Kind, Play, Progress, Written } from './smallCase.js'
import { listOf } from './world.js'

/** Everything that a session holds of what requests have written. */
export function marksOf(data: Readonly<Record<string, unknown>>): string[] {
  return [...Object.keys(data).filter((key) => key !== 'list'), ...listOf(data)]
}

/** What the single writes of a run have come to. */
export class Steps {
  readonly problems: string[] = []
  /** In a session that a sign-out has ended, or a sign-in of somebody else. */
  readonly gone = new Set<string>()
  /** In a session of another user than the primary's, which ended when the two met. */
  readonly dropped = new Set<string>()
  /** Rows that so met another user's. */
  readonly overruled = new Set<string>()
  /** The row in which a request has done what it was asked to. */
  readonly rowOf = new Map<Progress, string>()

  static of({ written }: Play): Steps {
    const steps = new Steps()
    for (const each of written) steps.check(each)
    return steps
  }

  /** Rules that hold for every single write of every request. */
  check({ kind, request, rows }: Written): void {
    const isExchange = kind === 'fetch' || kind === 'navigation'
    const live = rows.flatMap(({ after }) => (after.state === 'live' ? [after] : []))
    for (const { before, after } of rows) {
      const was = before ?? blankRow(after.id)
      if ((was.state === 'ended' || was.state === 'moved') && !isSameEnd(was, after)) {
        this.problems.push(`${kind} brings a row back that had ${was.state}`)
      }
      const user = userOf(after)
      const comesAlong = rows.some(
        (other) => other.before !== null && other.after.state === 'moved' && userOf(other.before) === user,
      )
      const maySignIn = (kind === 'sign-in' && user === 'ada') || (isExchange && comesAlong)
      if (user !== null && user !== userOf(was) && !maySignIn) {
        this.problems.push(`${kind} signs ${user} in`)
      }
      if (was.state !== 'live') continue
      const kept = new Set(live.flatMap(({ session }) => marksOf(session.data)))
      const missing = marksOf(was.session.data).filter((mark) => !kept.has(mark))
      this.#explain(kind, was, after, missing, rows)
    }
    if (request === null || isExchange || kind === 'sign-out') return
    const own = live.find(({ session }) => kind === 'sign-in' || marksOf(session.data).includes(request.mark))
    if (own !== undefined) this.rowOf.set(request, own.id)
  }

  /** Why a session no longer holds what it did. */
  #explain(kind: Kind, was: Row, after: Row, missing: readonly string[], rows: Written['rows']): void {
    const isOver = after.state === 'ended'
    const user = userOf(was)
    if (isOver && (kind === 'sign-out' || (kind === 'sign-in' && user !== null && user !== 'ada'))) {
      for (const mark of missing) this.gone.add(mark)
      return
    }
    // The table of docs/protocol.md: of two users the primary's counts, and nothing is merged.
    const other =
      after.state === 'moved' ? userOf(rows.find(({ after: to }) => to.id === after.to)?.after ?? was) : null
    const isOverruled = user !== null && other !== null && other !== user
    if (isOverruled && (kind === 'fetch' || kind === 'navigation')) {
      this.overruled.add(was.id)
      for (const mark of missing) this.dropped.add(mark)
      return
    }
    if (missing.length > 0) this.problems.push(`${kind} drops ${missing.join()}`)
    if (isOver) this.problems.push(`${kind} ends a session`)
  }
}

function isSameEnd(was: Row, after: Row): boolean {
  return was.state === 'moved' ? after.state === 'moved' && after.to === was.to : after.state === was.state
}
