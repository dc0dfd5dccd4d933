import { parseRow, userOf } from '../../../src/core/store/row.js'
import { HeldRequest } from './heldRequest.js'
import { command, exchange, type Hop, type Reply } from './hops.js'
import type { Swap } from './watching.js'
import { Browser, domains, secondary, third, World, type Domain } from './world.js'

/** The walk counts time in ticks. A cookie counts as on its way for 17 of them. */
const tickMs = 588
/** A request of the walk takes at most so many ticks, and its answer at most so many more. */
const longestRequest = 6
const longestWay = 9
/** After so many nothing counts as on its way any more. */
const quiet = 18

/** Something that is under way for a browser: a request, or its answer. */
interface Flight {
  readonly hop: Hop
  request: HeldRequest<Reply> | null
  untilTick: number
  readonly onAnswer?: ((reply: Reply) => void) | undefined
  readonly onDone?: ((reply: Reply) => void) | undefined
  readonly onLost?: ((reply: Reply) => void) | undefined
}

interface Somebody {
  readonly name: 'ada' | 'eve'
  readonly browser: Browser
  readonly flights: Flight[]
}

/** How often something happened: whoever reads a green test should see that it was tried. */
export type Tally = Map<string, number>

/**
 * One honest browser, Ada's, with several requests at once; and in half of the walks Eve, who has copied all cookies
 * that Ada had before she signed in first. Answers are late, lost, or overtake each other.
 * @throws What went wrong, with all that happened before.
 */
export async function walk(seed: number, tally: Tally = new Map()): Promise<void> {
  await new Walk(seed, tally).run()
}

class Walk {
  readonly #random: () => number
  readonly #world = new World()
  readonly #ada: Somebody = { name: 'ada', browser: new Browser(this.#world), flights: [] }
  readonly #eve: Somebody = { name: 'eve', browser: new Browser(this.#world), flights: [] }
  readonly #log: string[] = []
  readonly #acknowledged = new Set<string>()
  readonly #gone = new Set<string>()
  /** What was written into a session that was Ada's at that moment. */
  readonly #secrets = new Set<string>()
  #tick = 0
  #marks = 0
  #isCopied = false
  /** Nobody sees anything else than at the last look, as no row and no cookie has changed since. */
  #isUnchanged = false
  #logouts = 0
  /** By an answer that arrived, and not signed out since. */
  #isSignedIn = false
  /** The answer of a sign-in was lost: nobody has the new key, and she is a guest until she signs in again. */
  #isUncertain = false
  #hasLostSignIn = false

  constructor(
    readonly seed: number,
    readonly tally: Tally,
  ) {
    this.#random = randomFrom(seed)
  }

  async run(): Promise<void> {
    for (const domain of domains) await this.#ada.browser.visit(domain)
    const hasThief = this.#random() < 0.5
    const steps = 14 + Math.floor(this.#random() * 30)
    for (let i = 0; i < steps; i++) {
      await this.#doSomething(hasThief && this.#isCopied && this.#random() < 0.35 ? this.#eve : this.#ada)
      if (this.#random() < 0.3) this.#pass(1)
      await this.#dropLate()
      if (this.#random() < 0.04) {
        await this.#settle()
        this.#pass(quiet)
      }
      await this.#checkThief()
    }
    await this.#settle()
    await this.#checkThief()
    if (hasThief) return this.#count('walks with a thief')
    await this.#checkAgreement()
    this.#count('walks of one browser')
  }

  async #doSomething(who: Somebody): Promise<void> {
    const { flights } = who
    const due = flights.filter(({ untilTick }) => untilTick <= this.#tick)
    if (due.length > 0) return this.#goOn(who, this.#pick(due), this.#random() < 0.1)
    if (flights.length > 0 && (this.#random() < 0.65 || flights.length > 3)) {
      return this.#goOn(who, this.#pick(flights), this.#random() < 0.08)
    }
    await this.#act(who, this.#pick(domains))
  }

  async #act(who: Somebody, on: Domain): Promise<void> {
    const { name, browser } = who
    const common = ['write', 'exchange', 'exchange', 'login', 'logout', 'visit'] as const
    const kind = this.#pick(name === 'ada' ? ([...common, 'write', 'exchange'] as const) : common)
    if (kind === 'exchange') {
      const domain = this.#pick([secondary, third] as const)
      const by = this.#pick(['fetch', 'navigation'] as const)
      this.#note(`${name} exchange ${domain} by ${by}`)
      await browser.visit(domain)
      return this.#begin(who, { hop: exchange(browser, domain, by) })
    }
    await browser.visit(on)
    this.#note(`${name} ${kind} ${on}`)
    if (kind === 'visit') return
    if (kind === 'write') return this.#write(who, on)
    if (kind === 'login') return this.#signIn(who, on)
    return this.#signOut(who, on)
  }

  async #write(who: Somebody, on: Domain): Promise<void> {
    const mark = `${who.name}${this.#marks++}`
    await this.#begin(who, {
      hop: command(who.browser, on, (session) => session.set(mark, true)),
      onAnswer: ({ session }) => session?.userId === 'ada' && this.#secrets.add(mark),
      onDone: ({ result }) => {
        if (result === 'done' && who === this.#ada) this.#acknowledged.add(mark)
      },
    })
  }

  async #signIn(who: Somebody, on: Domain): Promise<void> {
    const isAda = who === this.#ada
    if (isAda && !this.#isCopied) {
      this.#isCopied = true
      this.#eve.browser.copy(this.#ada.browser)
      this.#isUnchanged = false
    }
    let logoutsThen = 0
    await this.#begin(who, {
      hop: command(who.browser, on, (session) => session.login(who.name)),
      onAnswer: () => (logoutsThen = this.#logouts),
      onDone: ({ result }) => {
        if (isAda && result === 'done' && logoutsThen === this.#logouts) this.#isSignedIn = true
      },
      onLost: ({ result }) => {
        if (!isAda || result !== 'done') return
        if (logoutsThen === this.#logouts) this.#isUncertain = true
        this.#hasLostSignIn = true
      },
    })
  }

  async #signOut(who: Somebody, on: Domain): Promise<void> {
    const hop = command(who.browser, on, (session) => session.logout())
    const run: Hop['run'] = async (server) => {
      const reply = await hop.run(server)
      // What it cleared is gone whether or not the answer arrives.
      if (who === this.#ada) for (const swap of server.swaps) this.#noteEnd(swap)
      return reply
    }
    await this.#begin(who, { hop: { ...hop, run } })
  }

  #noteEnd({ done, before, changes }: Swap): void {
    if (!done) return
    for (const stored of before) {
      const [row, next] = [
        parseRow(stored, this.#world.nowMs),
        changes.find(({ id }) => id === stored.id)?.value['state'],
      ]
      if (row.state !== 'live' || next !== 'ended') continue
      for (const mark of Object.keys(row.session.data)) this.#gone.add(mark)
      if (userOf(row) === null) continue
      this.#isSignedIn = false
      this.#logouts++
    }
  }

  async #begin(who: Somebody, given: Omit<Flight, 'request' | 'untilTick'>): Promise<void> {
    const flight: Flight = { ...given, request: null, untilTick: this.#tick + longestRequest }
    who.flights.push(flight)
    await this.#start(flight)
    // The first hop of an exchange asks no store. The next one leaves a moment later, with the cookies of then.
    if (flight.request?.isHeld === false) await this.#deliver(who, flight)
  }

  async #start(flight: Flight): Promise<void> {
    flight.request = await HeldRequest.begin(this.#world.store, flight.hop.run)
    this.#noteAnswer(flight)
  }

  async #goOn(who: Somebody, flight: Flight, isLost: boolean): Promise<void> {
    const { request } = flight
    if (request === null) return this.#start(flight)
    if (request.isHeld) {
      const wasAnswered = request.answer !== null
      await request.step()
      if (request.footprint.writes.size > 0) this.#isUnchanged = false
      if (!wasAnswered) this.#noteAnswer(flight)
      return
    }
    if (!isLost) return this.#deliver(who, flight)
    who.flights.splice(who.flights.indexOf(flight), 1)
    this.#note(`${who.name} loses the answer of ${flight.hop.domain}`)
    if (request.answer !== null) flight.onLost?.(request.answer.value)
  }

  #noteAnswer(flight: Flight): void {
    const answer = flight.request?.answer ?? null
    if (answer === null) return
    flight.untilTick = this.#tick + longestWay
    flight.onAnswer?.(answer.value)
  }

  async #deliver(who: Somebody, flight: Flight): Promise<void> {
    const reply = flight.request?.answer?.value
    if (reply === undefined) throw new Error('there is no answer yet')
    who.flights.splice(who.flights.indexOf(flight), 1)
    const { hop } = flight
    who.browser.keep(hop.domain, reply.cookies, reply.riding)
    if (reply.cookies.length > 0) this.#isUnchanged = false
    this.#count(`${who.name} ${reply.result}`)
    this.#note(`${who.name} has the answer of ${hop.domain}: ${reply.result}`)
    flight.onDone?.(reply)
    if (reply.next === null) return
    who.flights.push({ hop: reply.next, request: null, untilTick: this.#tick + longestRequest })
  }

  /** What an answer takes longer than the longest way is not an answer any more. */
  async #dropLate(): Promise<void> {
    for (const who of [this.#ada, this.#eve]) {
      for (const flight of [...who.flights]) {
        const isAnswered = flight.request?.isHeld === false
        if (isAnswered && flight.untilTick < this.#tick) await this.#goOn(who, flight, this.#random() < 0.3)
      }
    }
  }

  async #settle(): Promise<void> {
    for (const who of [this.#eve, this.#ada]) {
      for (let flight = who.flights[0]; flight !== undefined; flight = who.flights[0]) {
        await this.#goOn(who, flight, false)
      }
    }
  }

  async #checkThief(): Promise<void> {
    if (!this.#isCopied || this.#isUnchanged) return
    this.#isUnchanged = true
    for (const { domain, userId, data } of await this.#eve.browser.views()) {
      if (userId === 'ada') this.#failed(`the thief is ada on ${domain}`)
      const seen = Object.keys(data).filter((mark) => this.#secrets.has(mark))
      if (seen.length > 0) this.#failed(`the thief sees ${seen.join()} on ${domain}`)
    }
    for (const { domain, userId } of await this.#ada.browser.views()) {
      if (userId === 'eve') this.#failed(`ada is eve on ${domain}`)
    }
  }

  /** Whatever was on its way is there, and the pages ask until all agree. */
  async #checkAgreement(): Promise<void> {
    this.#pass(quiet)
    for (let round = 0; round < 3; round++) {
      for (const domain of [secondary, third] as const) {
        await this.#begin(this.#ada, { hop: exchange(this.#ada.browser, domain, 'navigation') })
        await this.#settle()
        this.#pass(quiet)
      }
    }
    const views = await this.#ada.browser.views()
    if (new Set(views.map(({ fingerprint }) => fingerprint)).size !== 1) this.#failed('no agreement')
    for (const { domain, userId, data } of views) {
      for (const mark of this.#hasLostSignIn ? [] : this.#acknowledged) {
        if (!this.#gone.has(mark) && !Object.hasOwn(data, mark)) this.#failed(`${mark} is lost on ${domain}`)
      }
      for (const mark of this.#gone) {
        if (Object.hasOwn(data, mark)) this.#failed(`${mark} came back on ${domain}`)
      }
      if (this.#isSignedIn && !this.#isUncertain && userId !== 'ada') {
        this.#failed(`the sign-in is lost on ${domain}`)
      }
    }
    if (this.#world.errors.length > 0) this.#failed(String(this.#world.errors[0]))
  }

  #pass(ticks: number): void {
    this.#tick += ticks
    this.#world.nowMs += ticks * tickMs
  }

  #pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.#random() * list.length)] as T
  }

  #count(what: string): void {
    this.tally.set(what, (this.tally.get(what) ?? 0) + 1)
  }

  #note(what: string): void {
    this.#log.push(`${this.#tick} ${what}`)
  }

  #failed(why: string): never {
    throw new Error(`walk ${this.seed}: ${why}\n${this.#log.join('\n')}`)
  }
}

/** The same numbers for the same seed. https://gist.github.com/tommyettinger/46a874533244883189143505d203312c */
function randomFrom(seed: number): () => number {
  let state = Math.imul(seed, 2_654_435_761)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
