/** Whose work it is: what is gone does nothing any more, and what is frozen waits. */
export interface Owner {
  readonly isGone: boolean
  readonly isFrozen?: boolean
}

interface Pending {
  readonly owner: Owner
  readonly what: string
  /** Timers wait for their time. */
  readonly atMs: number
  readonly run: () => unknown
}

/** More than any walk needs that comes to rest. */
const mostPicks = 4000

/** All that waits in a browser and on its way to the servers and back. One thing goes on at a time, and which is chosen from outside. */
export class Schedule {
  nowMs = 1_800_000_000_000
  /** What went on, for whoever has to find out why a walk failed. */
  readonly log: string[] = []
  /** What went wrong where nobody hears of it. */
  readonly failures: unknown[] = []
  #pending: Pending[] = []
  #busy = 0
  #whenIdle: (() => void) | null = null

  /** @param choose A number of which the rest says what goes on next. @param onTick Told that time has passed. */
  constructor(
    readonly choose: () => number,
    readonly onTick: (nowMs: number) => void,
  ) {}

  later(owner: Owner, what: string, run: () => unknown, delayMs = 0): void {
    this.#pending.push({ owner, what, atMs: this.nowMs + delayMs, run })
  }

  /** Within `spawn`: goes on when it is chosen, and never if its owner is gone by then. */
  async turn(owner: Owner, what: string): Promise<void> {
    const turn = new Promise<void>((resolve) =>
      this.later(owner, what, () => {
        this.#busy += 1
        resolve()
      }),
    )
    this.#leave()
    await turn
  }

  /** Begins something that takes several turns. */
  async spawn<T>(work: () => Promise<T>): Promise<T> {
    this.#busy += 1
    try {
      return await work()
    } finally {
      this.#leave()
    }
  }

  note(what: string): void {
    this.log.push(`${((this.nowMs % 1e10) / 1000).toFixed(3)} ${what}`)
  }

  /** Something goes on, if there is anything; now and then the time comes that a timer waits for. */
  async step(isTimeToPass = this.choose() % 24 === 23): Promise<boolean> {
    this.#pending = this.#pending.filter(({ owner }) => !owner.isGone)
    const waiting = this.#pending.filter(({ owner }) => !owner.isFrozen)
    const due = waiting.filter(({ atMs }) => atMs <= this.nowMs)
    const [next] = waiting.filter(({ atMs }) => atMs > this.nowMs).sort((a, b) => a.atMs - b.atMs)
    const chosen =
      next !== undefined && (due.length === 0 || isTimeToPass) ? next : due[this.choose() % due.length]
    if (chosen === undefined) return false
    this.#pending.splice(this.#pending.indexOf(chosen), 1)
    this.pass(Math.max(1, chosen.atMs - this.nowMs))
    this.note(chosen.what)
    chosen.run()
    await this.#idle()
    if (this.failures.length > 0) throw this.failures[0]
    return true
  }

  async rest(): Promise<void> {
    for (let picks = 0; await this.step(false); picks++)
      if (picks > mostPicks) throw new Error('it never comes to rest')
  }

  pass(milliseconds: number): void {
    this.nowMs += milliseconds
    this.onTick(this.nowMs)
  }

  #leave(): void {
    this.#busy -= 1
    if (this.#busy === 0) this.#whenIdle?.()
  }

  /** The servers have answered, and scripts have done what they do at once. */
  async #idle(): Promise<void> {
    do {
      if (this.#busy > 0) await new Promise<void>((resolve) => (this.#whenIdle = resolve))
      await new Promise(setImmediate)
    } while (this.#busy > 0)
  }
}
