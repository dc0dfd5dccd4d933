import { blankRow, parseRow, userOf, type Row } from '../../../src/core/store/row.js'
import { exchange, goThrough } from './hops.js'
import { restore, startsWithOneCookie, type Start } from './starts.js'
import { doAgree, settle } from './settle.js'
import type { Play, Progress } from './smallCase.js'
import { marksOf, type Steps } from './steps.js'
import { listOf, secondary, third, type Browser, type Domain, type View } from './world.js'

/** Looks at a run that is over. @returns What is wrong with it. */
export async function verdictOf(
  play: Play,
  begun: Begun,
  steps: Steps,
  signsInAgain: boolean,
): Promise<string[]> {
  return new Verdict(play, begun, steps, signsInAgain).problems()
}

/** All that a verdict depends on. */
export function endOf(play: Play, steps: Steps): string {
  const { written, browser, thieves, requests, secrets } = play
  const rows = new Map(written.flatMap((each) => each.rows.map(({ after }) => [after.id, after])))
  const jarsOf = (one: Browser) => [...one.jars].map(([domain, jar]) => [domain, [...jar].sort(byText)])
  const results = requests.map((request) => {
    const { reply, isLost, before } = request
    return [reply?.result, isLost, before, isReplaced(play, request), steps.rowOf.get(request)]
  })
  const sets = [secrets, steps.gone, steps.dropped, steps.overruled].map((set) => [...set].sort())
  return JSON.stringify([[...rows].sort(byText), jarsOf(browser), thieves.map(jarsOf), results, sets])
}

/** The rows with which the case began. */
export type Begun = readonly Row[]

/** Sign-ins whose answers were lost: nobody has their keys. */
export function lostSignIns({ requests }: Play): readonly Progress[] {
  return requests.filter(
    ({ kind, isLost, reply }) => kind === 'sign-in' && isLost && reply?.result === 'done',
  )
}

class Verdict {
  readonly #problems: string[] = []

  constructor(
    readonly play: Play,
    readonly begun: Begun,
    readonly steps: Steps,
    readonly signsInAgain: boolean,
  ) {}

  async problems(): Promise<string[]> {
    const { play } = this
    const before = play.written.length
    this.#checkGone('at once', await play.browser.views())
    await this.#checkThieves('at once')
    const lost = lostSignIns(play)
    const again = this.signsInAgain ? (lost[0]?.domain ?? null) : null
    const views = await settle(play.browser, again, (kind, swap) => play.noteSwap(kind, null, swap))
    for (const written of play.written.slice(before)) this.steps.check(written)
    this.#checkGone('in the end', views)
    if (!doAgree(views)) {
      this.#add(`no agreement: ${views.map(({ domain, row }) => `${domain} ${row}`).join(', ')}`)
    } else await this.#checkContent(views)
    await this.#checkThieves('in the end')
    if (play.thieves.length > 0) await this.#letThievesAsk(views)
    for (const error of play.browser.world.errors) this.#add(`reports ${String(error)}`)
    return [...this.steps.problems, ...this.#problems]
  }

  #checkGone(when: string, views: readonly View[]): void {
    for (const { domain, data } of views) {
      const seen = marksOf(data).filter((mark) => this.steps.gone.has(mark))
      if (seen.length > 0) this.#add(`${when} ${domain} shows what was signed out: ${seen.join()}`)
    }
  }

  /** Rule 5: whoever copied the cookies before the sign-in has gained nothing by it. */
  async #checkThieves(when: string): Promise<void> {
    for (const thief of this.play.thieves) {
      for (const { domain, userId, data } of await thief.views()) {
        if (userId === 'ada') this.#add(`${when} a thief is ada on ${domain}`)
        const seen = marksOf(data).filter((mark) => this.play.secrets.has(mark))
        if (seen.length > 0) this.#add(`${when} a thief sees ${seen.join()} on ${domain}`)
      }
    }
  }

  /** Nor does he gain anything by exchanges of his own, and they take nothing from Ada. */
  async #letThievesAsk(before: readonly View[]): Promise<void> {
    for (const thief of this.play.thieves) {
      for (const domain of [secondary, third] as const)
        await goThrough(thief, exchange(thief, domain, 'navigation'))
    }
    await this.#checkThieves('after his exchanges')
    const after = await this.play.browser.views()
    const isSame = after.every(({ userId, fingerprint }, index) => {
      const then = before[index]
      return userId === then?.userId && fingerprint === then.fingerprint
    })
    // As long as Ada is a guest, a copy of her cookies is as good as hers.
    if (!isSame && before.some(({ userId }) => userId !== null))
      this.#add('the exchanges of a thief change what Ada sees')
  }

  async #checkContent(views: readonly View[]): Promise<void> {
    const shown = views[0]?.row ?? null
    const saved = new Map<string, string>()
    for (const row of this.begun) {
      if (row.state === 'live') for (const mark of marksOf(row.session.data)) saved.set(mark, row.id)
    }
    for (const request of this.#acknowledged('set', 'update')) {
      const row = this.steps.rowOf.get(request)
      if (row === undefined) this.#add(`${request.kind} is acknowledged, and nothing was written`)
      else if (!isReplaced(this.play, request)) saved.set(request.mark, row)
    }
    for (const [mark, row] of saved) {
      if (this.steps.gone.has(mark) || this.steps.dropped.has(mark) || (await this.#isOutOfReach(row, shown)))
        continue
      for (const { domain, data } of views) {
        if (!marksOf(data).includes(mark)) this.#add(`${domain} has lost ${mark}`)
      }
    }
    for (const { domain, data } of views) {
      const list = listOf(data)
      if (new Set(list).size < list.length) this.#add(`${domain} has something twice: ${list.join()}`)
    }
    for (const request of this.#acknowledged('sign-in')) {
      const row = this.steps.rowOf.get(request)
      if (row === undefined) this.#add('a sign-in is acknowledged, and nothing was written')
      else if (!isReplaced(this.play, request)) await this.#checkSignedIn(row, shown)
    }
    for (const row of this.begun) if (userOf(row) !== null) await this.#checkSignedIn(row.id, shown)
    for (const { before } of this.#acknowledged('sign-out')) {
      if (before?.row == null || before.userId === null) continue
      if ((await this.#endOf(before.row)).state === 'live')
        this.#add('a sign-out is acknowledged, and its session lives')
    }
  }

  /** A sign-in is undone by a sign-out or by another sign-in, and by nothing else. */
  async #checkSignedIn(id: string, shown: string | null): Promise<void> {
    const row = await this.#endOf(id)
    // That the session was ended by a sign-out or a sign-in has been seen at that step.
    if (row.state !== 'live' || this.steps.overruled.has(id) || (await this.#isOutOfReach(id, shown))) return
    if (row.session.userId === null) this.#add(`the session of a user is a guest's`)
    if (row.id !== shown) this.#add(`a user is signed in to ${row.id}, and the domains show ${shown}`)
  }

  #acknowledged(...kinds: readonly Progress['kind'][]): Progress[] {
    return this.play.requests.filter(
      ({ kind, isLost, reply }) => kinds.includes(kind) && !isLost && reply?.result === 'done',
    )
  }

  /**
   * The exception for a lost answer of `login`: nobody has the key of the session that it has made the user's. What
   * is in there is out of reach until the visitor signs in again, which `signsInAgain` does: then nothing is excused.
   * But if the primary has one of its two cookies alone, an exchange can bring the other one meanwhile. Then the
   * visitor signs in again with that one, and what the first sign-in took stays out of reach.
   */
  async #isOutOfReach(id: string, shown: string | null): Promise<boolean> {
    if (this.signsInAgain && !startsWithOneCookie.includes(this.play.given.start)) return false
    const row = await this.#endOf(id)
    if (row.state !== 'live' || row.id === shown || row.session.userId !== 'ada') return false
    for (const request of lostSignIns(this.play)) {
      const lost = this.steps.rowOf.get(request)
      if (lost !== undefined && (await this.#endOf(lost)).id === row.id) return true
    }
    return false
  }

  /** Where the way of a session ends. */
  async #endOf(id: string): Promise<Row> {
    const { store, nowMs } = this.play.browser.world
    const { rows } = await store.read([id])
    const row = rows[0] === undefined ? blankRow(id) : parseRow(rows[0], nowMs)
    return row.state === 'moved' ? this.#endOf(row.to) : row
  }

  #add(problem: string): void {
    this.#problems.push(problem)
  }
}

/** The rows of a starting state. */
export async function rowsOf(start: Start): Promise<Begun> {
  const { world } = await restore(start)
  const ids = [...start.changes.keys()]
  return (await world.store.read(ids)).rows.map((row) => parseRow(row, world.nowMs))
}

/**
 * The exception for a browser without any cookie: nothing joins two requests of one domain that both begin without
 * one, so each begins a session, and the answer that arrives last counts. A third request can have come with the
 * cookie of the one that does not.
 */
function isReplaced({ requests }: Play, request: Progress): boolean {
  const bareOn = (domain: Domain): number[] =>
    requests.flatMap(({ bare }) => bare.filter((each) => each.domain === domain).map(arrivalOf))
  const isLater = (one: number) => (other: number) => other > one && other < Infinity
  if (request.bare.length > 0)
    return request.bare.some((each) => bareOn(each.domain).some(isLater(arrivalOf(each))))
  return bareOn(request.domain).length > 1
}

function arrivalOf({ arrivedAt }: Progress['bare'][number]): number {
  return arrivedAt ?? Infinity
}

function byText(one: unknown, other: unknown): number {
  return String(one) < String(other) ? -1 : 1
}
