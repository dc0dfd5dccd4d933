import type { RowChange, Store } from '../../../src/core/store/store.js'
import type { Session } from '../../../src/core/session/session.js'
import { command, exchange, goThrough } from './hops.js'
import { watching } from './watching.js'
import { Browser, domains, listOf, primary, secondary, third, World, type Domain } from './world.js'

/** How a small case begins: what the store holds, and what the browser does. */
export interface Start {
  /** What was last written of each row, without those that say that a claim or a ticket is used. */
  readonly changes: ReadonlyMap<string, RowChange>
  readonly browser: Browser
  readonly nowMs: number
}

/** A world and a browser as they were then. */
export async function restore({ changes, browser, nowMs }: Start): Promise<Browser> {
  const world = new World()
  world.nowMs = nowMs
  // How often a row was written before makes no difference, but that it was.
  for (const change of changes.values()) await world.store.swap([{ ...change, version: 0 }])
  const copy = new Browser(world)
  copy.copy(browser)
  return copy
}

export type Builder = (visitor: Visitor) => Promise<void>

/** What each builder ends with is half a minute old, so nothing is on its way any more. */
export const builders = {
  'nothing, no cookie either': async () => {},
  'a guest on all domains': (visitor) => visitor.savesOnAll(),
  'a user on all domains': async (visitor) => {
    await visitor.opensAll()
    await visitor.does(primary, (session) => session.login('ada'))
    await visitor.savesOnAll()
  },
  'a session that ended elsewhere': async (visitor) => {
    await builders['a user on all domains'](visitor)
    await visitor.isEndedElsewhere()
  },
  'a session that has expired': async (visitor) => {
    await builders['a user on all domains'](visitor)
    visitor.waits(31 * 86_400)
  },
  'a session that is forgotten': async (visitor) => {
    await builders['a user on all domains'](visitor)
    visitor.waits(60 * 86_400)
    await visitor.browser.world.store.sweep(1000)
    visitor.forgets()
  },
  'two users on two domains': async (visitor) => {
    await visitor.opensAll()
    await visitor.does(primary, (session) => session.login('bob'))
    await visitor.does(primary, (session) => session.update(append('of bob')))
    await visitor.asks(third)
    await visitor.does(third, (session) => session.set('third of bob', true))
    await visitor.does(secondary, (session) => session.login('ada'))
    await visitor.does(secondary, (session) => session.update(append('of ada')))
  },
  'cookies, and nothing saved': (visitor) => visitor.opensAll(),
  'a guest on each domain': async (visitor) => {
    await visitor.opensAll()
    for (const domain of domains) {
      await visitor.does(domain, (session) => session.update(append(`start on ${domain}`)))
    }
  },
  'a user of the primary, and guests': async (visitor) => {
    await builders['a guest on each domain'](visitor)
    await visitor.does(primary, (session) => session.login('ada'))
  },
  'a user of a secondary, and guests': async (visitor) => {
    await builders['a guest on each domain'](visitor)
    await visitor.does(secondary, (session) => session.login('ada'))
  },
  'a user whose cookies are to be sealed anew': async (visitor) => {
    await builders['a user on all domains'](visitor)
    for (let months = 0; months < 9; months++) {
      visitor.waits(25 * 86_400)
      for (const domain of domains) await visitor.does(domain, async () => {})
    }
    visitor.waits(25 * 86_400)
  },
  'a guest whose primary has the session cookie alone': async (visitor) => {
    await visitor.savesOnAll()
    visitor.browser.jar(primary).delete('__Host-Http-crossdomain-link')
  },
  'a guest whose primary has the link cookie alone': async (visitor) => {
    await visitor.savesOnAll()
    visitor.browser.jar(primary).delete('__Host-Http-crossdomain')
  },
} satisfies Record<string, Builder>

export type StartName = keyof typeof builders

/** The primary has one of its two cookies here. */
export const startsWithOneCookie: readonly StartName[] = [
  'a guest whose primary has the session cookie alone',
  'a guest whose primary has the link cookie alone',
]

export async function startOf(name: StartName): Promise<Start> {
  const visitor = new Visitor()
  await builders[name](visitor)
  return visitor
}

export function append(mark: string): Parameters<Session['update']>[0] {
  return (data) => ({ ...data, list: [...listOf(data), mark] })
}

/** Ada, before the case begins: one request after the other. */
class Visitor implements Start {
  readonly browser = new Browser(new World())
  readonly changes = new Map<string, RowChange>()
  readonly #store: Store

  constructor() {
    this.#store = watching(this.browser.world.store, ({ done, changes }) => {
      if (!done) return
      for (const change of changes) if (!change.id.includes(':')) this.changes.set(change.id, change)
    })
  }

  get nowMs(): number {
    return this.browser.world.nowMs
  }

  waits(seconds: number): void {
    this.browser.world.nowMs += seconds * 1000
  }

  /** What was swept is not to be written again. */
  forgets(): void {
    this.changes.clear()
  }

  async opensAll(): Promise<void> {
    for (const domain of domains) await this.browser.visit(domain)
  }

  async does(domain: Domain, work: (session: Session) => Promise<void>): Promise<void> {
    await goThrough(this.browser, command(this.browser, domain, work), this.#store)
    this.waits(30)
  }

  async asks(domain: Domain): Promise<void> {
    await goThrough(this.browser, exchange(this.browser, domain, 'navigation'), this.#store)
    this.waits(30)
  }

  /** Every domain has been visited then, so that no visit is to be recorded. */
  async savesOnAll(): Promise<void> {
    await this.opensAll()
    await this.does(primary, (session) => session.update(append('start')))
    for (const domain of [secondary, third] as const) await this.asks(domain)
    for (const domain of domains)
      await this.does(domain, (session) => session.set(`start on ${domain}`, true))
  }

  /** As if Ada had ended it from a list of devices. */
  async isEndedElsewhere(): Promise<void> {
    const copy = new Browser(this.browser.world)
    copy.copy(this.browser)
    await goThrough(
      copy,
      command(copy, third, (session) => session.destroy()),
      this.#store,
    )
    this.waits(30)
  }
}
