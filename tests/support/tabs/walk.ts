import fc from 'fast-check'
import { mergeBy, union } from '../../../src/core/data/rules.js'
import type { Session } from '../../../src/core/session/session.js'
import { memoryStore } from '../../../src/stores/memory.js'
import { Deployment, primary, secondary, third, type World } from '../fakeBrowser.js'
import { Browser } from './browser.js'
import type { Globals } from './island.js'
import type { Page } from './page.js'
import { Schedule } from './schedule.js'
import { Tab } from './tab.js'
import { shownOf } from './traffic.js'

const daySeconds = 86_400

/** What somebody can do next. */
const deeds = {
  'opens a tab': ({ browser }, { on, isHidden }) => {
    if (browser.tabs.length < 5) new Tab(browser, on).setHidden(isHidden)
  },
  'follows a link': (_walk, { on }, tab) => (tab.page?.isFrozen ? tab.comeBack() : tab.open(on)),
  reloads: (_walk, _, tab) => tab.open(tab.origin),
  'opens a page that brings no cookie': (_walk, { on }, tab) => tab.open(on, true),
  'uses a page': (_walk, _, tab) => isThere(tab) && tab.page?.touch(),
  'goes to another page of the domain': (_walk, { turns }, tab) =>
    isThere(tab) && tab.page?.follow(turns % 2 === 0),
  'closes a tab': ({ browser }, _, tab) => browser.tabs.length > 1 && tab.close(),
  'hides or shows a tab': (_walk, _, tab) => tab.setHidden(!tab.isHidden),
  'goes away or back': (_walk, _, tab) =>
    tab.page?.isFrozen || tab.page?.isGone ? tab.comeBack() : tab.goAway(),
  writes: (walk, _, tab) => walk.write(tab),
  'signs in': (walk, { as }, tab) => walk.signIn(tab, as),
  'signs out': (walk, _, tab) => walk.signOut(tab, (session) => session.logout()),
  'ends the session': (walk, _, tab) => walk.signOut(tab, (session) => session.destroy()),
  'fills the storage or clears it': ({ browser }) => (browser.isStorageFull = !browser.isStorageFull),
  'adds headers to fetches or stops': ({ browser }) => (browser.addsHeaders = !browser.addsHeaders),
  'is about to lose an answer': ({ browser }) => (browser.losesNext = true),
  'the store goes down or up': ({ deployment }) => (deployment.isStoreDown = !deployment.isStoreDown),
  'time passes': ({ schedule }, { seconds }) => schedule.pass(seconds * 1000),
  nothing: () => {},
} satisfies Record<string, (walk: Walk, step: Step, tab: Tab) => unknown>

type Deed = keyof typeof deeds

function isThere({ page, isHidden }: Tab): boolean {
  return page !== null && !page.isFrozen && !page.isGone && !isHidden
}

export interface Step {
  readonly does: Deed
  /** Of the tabs that there are. */
  readonly where: number
  readonly on: string
  readonly as: string
  readonly isHidden: boolean
  readonly seconds: number
  /** How much of what is under way goes on before the next step. */
  readonly turns: number
}

export interface Plan {
  readonly world: World
  readonly hasCookieStore: boolean
  /** The browser has been there before. */
  readonly knowsPrimary: boolean
  readonly steps: readonly Step[]
  /** Which of the things that are under way goes on next. */
  readonly choices: readonly number[]
}

const often: readonly (readonly [Deed, number])[] = [
  ['opens a tab', 4],
  ['follows a link', 3],
  ['reloads', 2],
  ['opens a page that brings no cookie', 1],
  ['uses a page', 2],
  ['goes to another page of the domain', 3],
  ['closes a tab', 1],
  ['hides or shows a tab', 3],
  ['goes away or back', 1],
  ['writes', 5],
  ['signs in', 5],
  ['signs out', 1],
  ['ends the session', 1],
  ['fills the storage or clears it', 1],
  ['is about to lose an answer', 1],
  ['adds headers to fetches or stops', 1],
  ['the store goes down or up', 1],
  ['time passes', 2],
  ['nothing', 1],
]

export function plansOf(world: World, users: readonly string[]): fc.Arbitrary<Plan> {
  const step = fc.record<Step>({
    does: fc.oneof(...often.map(([deed, weight]) => ({ weight, arbitrary: fc.constant(deed) }))),
    where: fc.nat({ max: 11 }),
    on: fc.constantFrom(primary, primary, secondary, secondary, third),
    as: fc.constantFrom(...users),
    isHidden: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, fc.constant(true)),
    seconds: fc.constantFrom(1, 12, 61, 3700, 8 * daySeconds),
    turns: fc.oneof(fc.nat({ max: 4 }), fc.nat({ max: 25 })),
  })
  return fc.record<Plan>({
    world: fc.constant(world),
    hasCookieStore: fc.boolean(),
    knowsPrimary: fc.oneof({ weight: 2, arbitrary: fc.constant(true) }, fc.constant(false)),
    steps: fc.array(step, { minLength: 2, maxLength: 14, size: 'max' }),
    // Not made shorter: with each choice less, all that follows would be another walk.
    choices: fc.noShrink(fc.array(fc.nat({ max: 23 }), { minLength: 100, maxLength: 300, size: 'max' })),
  })
}

/** Somebody in front of a browser with several tabs. */
export class Walk {
  readonly deployment: Deployment
  readonly schedule: Schedule
  readonly browser: Browser
  /** When each thing was put into a cart, in the order of what servers did, and which of them the page was told of. */
  readonly #done = new Map<string, number>()
  readonly #acknowledged = new Set<string>()
  /** When somebody signed out, and when somebody signed in and was not told so: what was there before is not reached any more. */
  readonly #ends = new Set<number>()
  /** When somebody last signed in, and was told so. */
  #signedIn = 0
  #time = 0

  constructor(plan: Plan, runIsland: (globals: Globals) => void) {
    const choices = [...plan.choices]
    this.schedule = new Schedule(
      () => choices.shift() ?? 0,
      (nowMs) => (this.deployment.nowSeconds = Math.floor(nowMs / 1000)),
    )
    const lifetime = { idleSeconds: 390 * daySeconds, absoluteSeconds: 390 * daySeconds }
    this.deployment = new Deployment(memoryStore({ now: () => this.schedule.nowMs }), {
      lifetime,
      merge: mergeBy<{ cart: string[] }>({ cart: union() }),
    })
    this.browser = new Browser(this.deployment, this.schedule, runIsland, plan)
  }

  async do(step: Step): Promise<void> {
    const { tabs } = this.browser
    const tab = tabs[step.where % tabs.length]
    if (tab !== undefined) {
      this.schedule.note(`${tab.name}: ${step.does}`)
      deeds[step.does](this, step, tab)
    }
    for (let turns = 0; turns < step.turns; turns++) await this.schedule.step()
  }

  act({ page }: Tab, what: string, work: (session: Session) => Promise<void>, receive?: () => void): void {
    if (page && !page.isFrozen && !page.isGone) page.act(what, work, receive)
  }

  write(tab: Tab): void {
    const number = ++this.#time
    let item = ''
    const work = async (session: Session) => {
      item = `${session.userId ?? 'a guest'}’s ${number}`
      await session.update((data) => ({ ...data, cart: [...shownOf({ ...session, data }).cart, item] }))
      this.#done.set(item, ++this.#time)
    }
    this.act(tab, 'a write', work, () => this.#acknowledged.add(item))
  }

  signIn(tab: Tab, as: string): void {
    let time = 0
    const work = async (session: Session) => {
      await session.login(as)
      this.#ends.add((time = ++this.#time))
    }
    this.act(tab, 'a sign-in', work, () => {
      this.#ends.delete(time)
      this.#signedIn = Math.max(this.#signedIn, time)
    })
  }

  signOut(tab: Tab, work: (session: Session) => Promise<void>): void {
    const end = async (session: Session) => {
      await work(session)
      this.#ends.add(++this.#time)
    }
    this.act(tab, 'a sign-out', end)
  }

  /** What has to be in the cart in the end. */
  get kept(): string[] {
    return [...this.#acknowledged].filter((item) => (this.#done.get(item) ?? 0) > this.#end)
  }

  get isSignedIn(): boolean {
    return this.#signedIn > this.#end
  }

  get #end(): number {
    return Math.max(0, ...this.#ends)
  }

  openPages(origin: string): Page[] {
    return this.browser.pages.filter((page) => page.origin === origin)
  }
}
