import fc from 'fast-check'
import { CrossDomainError } from '../../src/core/errors/catalogue.js'
import type { Session } from '../../src/core/session/session.js'
import { FakeBrowser, navigation, primary, secondary, third, type Deployment } from './fakeBrowser.js'
import { asItIs } from './guestMeetsUser.js'

export const origins = [primary, secondary, third]

/** What somebody can do next. An exchange has two parts, and so has a request that reads the session and does something with it later. */
const deeds = {
  'opens a page': ({ browser }, { on }) => browser.visit(on),
  'asks the primary by a link': (walker, step) => walker.ask('navigation', step),
  'asks the primary by a fetch': (walker, step) => walker.ask('fetch', step),
  'opens a link with the other one’s claim': (walker, step, other) => walker.ask('navigation', step, other),
  'brings a ticket home': (walker, step) => walker.bring(walker, step),
  'brings the other one’s ticket': (walker, step, other) => walker.bring(other, step),
  'gets an answer': (walker, { which }) => taken(walker.answers, which)?.(),
  'begins a request': (walker, step) => walker.begin(step),
  'ends one with a write': (walker, step) =>
    walker.end(step, (session) => session.set(secretOf(session.userId ?? 'guest'), 1)),
  'ends one with a mark': (walker, step) =>
    walker.end(step, (session) => session.set(`a mark of ${walker.name}`, 1)),
  'ends one with an update': (walker, step) =>
    walker.end(step, (session) =>
      session.update((data) => ({ ...data, [secretOf(session.userId ?? 'guest')]: 2 })),
    ),
  'ends one with a message': (walker, step) =>
    walker.end(step, (session) => session.flash(secretOf(session.userId ?? 'guest'))),
  'ends one by taking messages': (walker, step) => walker.end(step, (session) => session.takeFlash()),
  'signs in': (walker, step) => walker.end(step, (session) => walker.signIn(session)),
  'signs out': (walker, step) =>
    walker.end(step, (session) =>
      walker.signOut(session, () => session.logout({ keepData: session.userId === null })),
    ),
  'ends the session': (walker, step) =>
    walker.end(step, (session) => walker.signOut(session, () => session.destroy())),
} satisfies Record<string, (walker: Walker, step: Step, other: Walker) => unknown>

type Deed = keyof typeof deeds

export interface Step {
  readonly who: 'user' | 'other'
  readonly does: Deed
  readonly on: string
  /** Of an exchange. */
  readonly from: string
  /** Of the tickets, answers or late requests that there are; the last one where there are fewer. */
  readonly which: number
  readonly answer: 'arrives' | 'waits' | 'is lost'
  /** After so many calls of the store it waits until the next step is done; null: it is done in one go. */
  readonly heldAt: number | null
  readonly secondsLater: number
}

/** What somebody does, and how many times as often as other things. */
export type Often = readonly (readonly [Deed, number])[]

export function stepsOf(who: readonly Step['who'][], often: Often, maxLength: number): fc.Arbitrary<Step[]> {
  const step = fc.record<Step>({
    who: fc.constantFrom(...who),
    does: fc.oneof(...often.map(([deed, weight]) => ({ weight, arbitrary: fc.constant(deed) }))),
    on: fc.constantFrom(...origins),
    from: fc.constantFrom(secondary, third),
    which: fc.nat({ max: 2 }),
    answer: fc.oneof(
      { weight: 8, arbitrary: fc.constant<Step['answer']>('arrives') },
      fc.constantFrom<Step['answer'][]>('waits', 'is lost'),
    ),
    heldAt: fc.constantFrom(null, null, 0, 1),
    secondsLater: fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, fc.constant(11)),
  })
  return fc.array(step, { maxLength, size: 'max' })
}

const secretOf = (whose: string): string => `a secret of ${whose}`

/** An exchange that overtakes a request is followed for a minute. */
const longestRequestSeconds = 50

interface Ticket {
  readonly by: 'fetch' | 'navigation'
  readonly url: string
}

/** Somebody with a browser, whose messages may be late or lost, and may overtake one another. */
export class Walker {
  readonly browser: FakeBrowser
  readonly answers: (() => void)[] = []
  /** What the sessions held that this one has signed out of. */
  readonly gone = new Set<string>()
  readonly #tickets: Ticket[] = []
  readonly #requests: {
    readonly session: Session
    readonly beganAt: number
    readonly receive: () => void
  }[] = []
  #signIns = 0

  constructor(
    readonly deployment: Deployment,
    readonly name: string,
  ) {
    this.browser = new FakeBrowser(deployment)
  }

  async do(step: Step, other: Walker): Promise<void> {
    await deeds[step.does](this, step, other)
  }

  /** Start and check. @param begins In whose browser the exchange begins. */
  async ask(by: Ticket['by'], step: Step, begins: Walker = this): Promise<void> {
    const { from } = step
    const { browser, receive } = asItIs(this.browser)
    const started = await (by === 'navigation'
      ? (begins === this ? browser : begins.browser).send(`${from}/crossdomain/start?return_to=/`, {
          headers: navigation,
        })
      : browser.send(`${from}/crossdomain/start`, {
          method: 'POST',
          headers: { ...cors, 'sec-fetch-site': 'same-origin', origin: from },
        }))
    const claimed = started.headers.get('location')
    // Without a cookie there is nothing to ask for: the next page brings one.
    if (!claimed?.includes('/check?')) return void (await this.browser.visit(from))
    const checked = await browser.send(
      claimed,
      by === 'navigation'
        ? { headers: navigation }
        : {
            headers: {
              ...cors,
              'sec-fetch-site': 'cross-site',
              'sec-fetch-storage-access': 'active',
              origin: from,
            },
            jar: 'none-cookies',
          },
    )
    this.#deliver(step, () => {
      receive()
      const url = checked.headers.get('location')
      if (url?.includes('/replace?')) this.#tickets.push({ by, url })
    })
  }

  /** Replace. */
  async bring(whose: Walker, step: Step): Promise<void> {
    const ticket = taken(whose.#tickets, step.which)
    if (ticket === undefined) return whose === this ? this.ask('navigation', step) : undefined
    const { browser, receive } = asItIs(this.browser)
    await browser.send(ticket.url, {
      headers:
        ticket.by === 'navigation' ? navigation : { ...cors, 'sec-fetch-site': 'cross-site', origin: 'null' },
    })
    this.#deliver(step, receive)
  }

  async begin({ on }: Step): Promise<void> {
    const { browser, receive } = asItIs(this.browser)
    this.#requests.push({ session: await browser.session(on), beganAt: this.deployment.nowSeconds, receive })
  }

  /** Where no request is late, one begins and ends at once. */
  async end(step: Step, work: (session: Session) => Promise<unknown>): Promise<void> {
    if (this.#requests.length === 0) await this.begin(step)
    const request = taken(this.#requests, step.which)
    if (request === undefined || this.deployment.nowSeconds - request.beganAt > longestRequestSeconds) return
    try {
      await work(request.session)
    } catch (error) {
      if (!(error instanceof CrossDomainError)) throw error
    }
    this.#deliver(step, request.receive)
  }

  async signIn(session: Session): Promise<void> {
    await session.login(this.name)
    await session.set(`sign-in ${++this.#signIns} of ${this.name}`, 1)
  }

  /** While the answer of an exchange is late, it is refused. @param wait Until no answer can arrive any more. */
  async signInAgain(on: string, wait: () => void): Promise<void> {
    try {
      await this.signIn(await this.browser.session(on))
    } catch (error) {
      if (!(error instanceof CrossDomainError && error.code === 'CDS302')) throw error
      for (const receive of this.answers.splice(0)) receive()
      wait()
      await this.signIn(await this.browser.session(on))
    }
  }

  async signOut(session: Session, work: () => Promise<void>): Promise<void> {
    const [owner, marks] = [
      session.userId,
      Object.keys(session.data).filter((key) => key.startsWith('sign-in')),
    ]
    await work()
    if (owner === this.name) for (const mark of marks) this.gone.add(mark)
  }

  #deliver({ answer }: Step, receive: () => void): void {
    if (answer === 'arrives') receive()
    if (answer === 'waits') this.answers.push(receive)
  }
}

const cors = { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }

function taken<T>(list: T[], which: number): T | undefined {
  return list.splice(Math.min(which, list.length - 1), 1)[0]
}
