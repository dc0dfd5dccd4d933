import { syncCookieName } from '../../../src/shared/wire.js'
import { FakeBrowser, type Deployment, type World } from '../fakeBrowser.js'
import { asItIs } from '../guestMeetsUser.js'
import type { Globals } from './island.js'
import type { Page } from './page.js'
import type { Schedule } from './schedule.js'
import { Site } from './site.js'
import type { Tab } from './tab.js'

export const syncCookie = `__Host-${syncCookieName}`

/** A request, and what becomes of its cookies. */
export interface Sent {
  readonly origin: string
  /** As it was when the request was sent. */
  readonly browser: FakeBrowser
  readonly receive: () => void
  readonly held: string
  /** There was no cookie. */
  readonly isFirst: boolean
}

/** What all tabs of a browser share. */
export class Browser {
  readonly cookies: FakeBrowser
  readonly tabs: Tab[] = []
  /** Tabs so far. */
  opened = 0
  /** The network is about to lose an answer. */
  losesNext = false
  isStorageFull = false
  /** Other scripts add a header to what the pages of secondaries fetch, so no fetch gets to the primary. */
  addsHeaders = false
  /** Exchanges that began, by fetch or navigation. */
  exchanges = 0
  /**
   * Two requests were sent to one domain without a cookie, and each answer brought one: nothing joins them, and what
   * the first one did, the second one took away again.
   */
  crossed = false
  /** How often a page was told to look, by anything but an exchange. */
  wakes = 0
  /** Sessions that such a request has brought. */
  readonly #firsts = new Set<string>()
  readonly #sites = new Map<string, Site>()

  constructor(
    readonly deployment: Deployment,
    readonly schedule: Schedule,
    readonly runIsland: (globals: Globals) => void,
    readonly kind: { readonly world: World; readonly hasCookieStore: boolean },
  ) {
    this.cookies = new FakeBrowser(deployment, kind.world)
  }

  site(origin: string): Site {
    const site = this.#sites.get(origin) ?? new Site(this.schedule)
    this.#sites.set(origin, site)
    return site
  }

  get pages(): Page[] {
    return this.tabs.flatMap(({ page }) => (page === null || page.isGone ? [] : [page]))
  }

  /** Something is sent to one of the domains, with the cookies of now. */
  send(origin: string): Sent {
    const held = this.#sessionOf(origin)
    return { ...asItIs(this.cookies), origin, held, isFirst: held === '' }
  }

  /** An answer arrives, or does not. @param isExchange Nobody else wakes the island with it. */
  receive({ origin, receive, held, isFirst }: Sent, isExchange: boolean): void {
    if (this.losesNext) {
      this.losesNext = false
      throw new Lost()
    }
    const before = { session: this.#sessionOf(origin), sync: this.cookies.cookies(origin)[syncCookie] }
    receive()
    const after = this.#sessionOf(origin)
    if (before.session !== after) this.site(origin).isTold = false
    if ((isFirst || this.#firsts.has(before.session)) && before.session !== held && before.session !== after)
      this.crossed = true
    if (isFirst && before.session !== after) this.#firsts.add(after)
    if (before.sync === this.cookies.cookies(origin)[syncCookie]) return
    for (const page of this.pages) if (page.origin === origin) page.seeCookieChange(isExchange)
  }

  #sessionOf(origin: string): string {
    const { [syncCookie]: _, ...session } = this.cookies.cookies(origin)
    return Object.values(session).join(' ')
  }
}

/** There is no answer. */
export class Lost extends TypeError {}
