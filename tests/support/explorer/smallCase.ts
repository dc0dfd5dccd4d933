import { parseRow, type Row } from '../../../src/core/store/row.js'
import { HeldRequest, type Footprint } from './heldRequest.js'
import { command, exchange, type Hop, type Reply } from './hops.js'
import { ownIds } from './ownIds.js'
import { append, restore, type Start, type StartName } from './starts.js'
import type { Swap } from './watching.js'
import { Browser, domains, type Domain, type View } from './world.js'

export const kinds = ['set', 'update', 'sign-in', 'sign-out', 'fetch', 'navigation'] as const
export type Kind = (typeof kinds)[number]

/** A request of the case. `fetch` and `navigation` are exchanges, of three requests each. */
export interface Asked {
  readonly kind: Kind
  readonly domain: Domain
}

export interface SmallCase {
  readonly start: StartName
  readonly asked: readonly Asked[]
  /** The answer that does not arrive: of which request, and of which of its hops. Null: all arrive. */
  readonly lost: { readonly request: number; readonly hop: number } | null
}

/** A request of the case, as far as it has come. */
export interface Progress extends Asked {
  readonly mark: string
  /** What a sign-out is about: what the domain showed when it began. */
  before: View | null
  hop: number
  next: Hop | null
  running: { readonly request: HeldRequest<Reply>; readonly domain: Domain } | null
  /** Of its last answer, which may be lost. */
  reply: Reply | null
  isLost: boolean
  isOver: boolean
  /** Domains on which it began without a cookie, and when its last answer from there brought one. */
  readonly bare: { readonly domain: Domain; arrivedAt: number | null }[]
}

/** Rows before and after something that was written. */
export interface Written {
  readonly kind: Kind
  /** Null: while everything settled. */
  readonly request: Progress | null
  readonly rows: readonly { readonly before: Row | null; readonly after: Row }[]
}

/** One run of a small case. Whoever calls it says what happens next. */
export class Play {
  readonly browser: Browser
  readonly requests: readonly Progress[]
  readonly written: Written[] = []
  /** Browsers of a thief, who has copied all cookies before somebody signed in. */
  readonly thieves: Browser[] = []
  /** Marks that were written into a session that was Ada's. */
  readonly secrets = new Set<string>()
  readonly log: string[] = []
  readonly #afterwards = new Map<string, { readonly by: number; readonly request: HeldRequest<Reply> }>()
  #events = 0

  private constructor(
    readonly given: SmallCase,
    browser: Browser,
  ) {
    this.browser = browser
    this.requests = given.asked.map((asked, index) => {
      const mark = `mark ${index}`
      return {
        ...asked,
        mark,
        before: null,
        hop: 0,
        next: hopOf(browser, asked, mark),
        running: null,
        reply: null,
        isLost: false,
        isOver: false,
        bare: [],
      }
    })
  }

  static async begin(given: SmallCase, start: Start): Promise<Play> {
    ownIds.begin()
    return new Play(given, await restore(start))
  }

  /** Who can go on: a request by its number, or what it does after its answer, `0+2` for its hop 2. */
  get enabled(): string[] {
    const main = this.requests.flatMap(({ isOver }, index) => (isOver ? [] : [String(index)]))
    return [
      ...main,
      ...[...this.#afterwards].filter(([, { request }]) => request.isHeld).map(([name]) => name),
    ]
  }

  /** @returns What that has looked at and changed: rows by id, jars as `jar https://…`. */
  async goOn(name: string): Promise<Footprint> {
    ownIds.of(name)
    this.#events++
    const late = this.#afterwards.get(name)
    if (late !== undefined) return this.#step(late.by, late.request, 'after its answer')
    const request = this.requests[Number(name)]
    if (request === undefined) throw new Error(`nobody is called ${name}`)
    const { running, next } = request
    if (next !== null) return this.#beginHop(request, next)
    if (running === null) throw new Error(`${name} is over`)
    if (running.request.answer !== null) {
      return this.#deliver(request, running.domain, running.request.answer.value)
    }
    const copy = request.kind === 'sign-in' ? await this.#copy() : null
    const footprint = await this.#step(Number(name), running.request, `hop ${request.hop}`)
    this.#noteAnswer(request)
    if (copy === null || footprint.writes.size === 0) return footprint
    this.thieves.push(copy)
    // What the thief has copied depends on every jar.
    return { ...footprint, reads: new Set([...footprint.reads, ...domains.map((domain) => `jar ${domain}`)]) }
  }

  async #beginHop(request: Progress, hop: Hop): Promise<Footprint> {
    request.next = null
    const { domain } = hop
    const isKnown = request.bare.some((each) => each.domain === domain)
    if (!isKnown && this.browser.isBare(domain)) request.bare.push({ domain, arrivedAt: null })
    const reads = new Set([`jar ${domain}`])
    if (request.kind === 'sign-out') request.before = await this.browser.view(domain, reads)
    request.running = { request: await HeldRequest.begin(this.browser.world.store, hop.run), domain }
    this.#note(request, `begins hop ${request.hop} on ${domain}`)
    this.#noteAnswer(request)
    return { reads, writes: new Set() }
  }

  async #step(by: number, request: HeldRequest<Reply>, what: string): Promise<Footprint> {
    const done = request.swaps.length
    await request.step()
    const swap = request.swaps[done]
    this.log.push(
      `${by} ${what}: ${swap === undefined ? 'reads' : swap.done ? 'writes' : 'is too late to write'}`,
    )
    const asked = this.requests[by]
    if (swap !== undefined && asked !== undefined) this.noteSwap(asked.kind, asked, swap)
    return request.footprint
  }

  noteSwap(kind: Kind, request: Progress | null, { done, before, changes }: Swap): void {
    if (!done) return
    const { nowMs } = this.browser.world
    const rows = changes
      .filter(({ id }) => !id.includes(':'))
      .map((change) => {
        const was = before.find(({ id }) => id === change.id)
        return {
          before: was === undefined ? null : parseRow(was, nowMs),
          after: parseRow({ ...change, version: change.version + 1 }, nowMs),
        }
      })
    if (rows.length > 0) this.written.push({ kind, request, rows })
  }

  /** @returns All that the browser has, for a thief; null if that makes him Ada already. */
  async #copy(): Promise<Browser | null> {
    const thief = new Browser(this.browser.world)
    thief.copy(this.browser)
    const isAda = (await thief.views()).some(({ userId }) => userId === 'ada')
    return isAda ? null : thief
  }

  #noteAnswer(request: Progress): void {
    const { running } = request
    const answer = running?.request.answer ?? null
    if (running === null || answer === null) return
    const index = this.requests.indexOf(request)
    request.reply = answer.value
    if (running.request.isHeld) {
      this.#afterwards.set(`${index}+${request.hop}`, { by: index, request: running.request })
    }
    const isWrite = request.kind === 'set' || request.kind === 'update'
    if (isWrite && request.reply.session?.userId === 'ada') this.secrets.add(request.mark)
    const { lost } = this.given
    if (lost?.request !== index || lost.hop !== request.hop) return
    request.isLost = true
    request.isOver = true
    this.#note(request, `is answered ${request.reply.result}, and the answer is lost`)
  }

  async #deliver(
    request: Progress,
    domain: Domain,
    { cookies, riding, next, result }: Reply,
  ): Promise<Footprint> {
    this.browser.keep(domain, cookies, riding)
    const kept = cookies.filter(({ sameSite }) => riding === 'all' || sameSite === 'none')
    const bare = request.bare.find((each) => each.domain === domain)
    if (bare !== undefined && kept.some(({ name }) => name.endsWith('crossdomain')))
      bare.arrivedAt = this.#events
    this.#note(request, `has the answer of hop ${request.hop}: ${result}`)
    const writes = new Set(kept.length > 0 ? [`jar ${domain}`] : [])
    request.running = null
    if (next === null) {
      request.isOver = true
      return { reads: new Set(), writes }
    }
    request.hop++
    const { reads } = await this.#beginHop(request, next)
    return { reads, writes }
  }

  #note(request: Progress, what: string): void {
    this.log.push(`${this.requests.indexOf(request)} ${request.kind} ${what}`)
  }
}

function hopOf(browser: Browser, { kind, domain }: Asked, mark: string): Hop {
  switch (kind) {
    case 'set':
      return command(browser, domain, (session) => session.set(mark, true))
    case 'update':
      return command(browser, domain, (session) => session.update(append(mark)))
    case 'sign-in':
      return command(browser, domain, (session) => session.login('ada'))
    case 'sign-out':
      return command(browser, domain, (session) => session.logout())
    case 'fetch':
    case 'navigation':
      return exchange(browser, domain, kind)
    default:
      return kind satisfies never
  }
}
