import { FakeElement } from '../fakePage.js'
import { CrossDomainError } from '../../../src/core/errors/catalogue.js'
import type { Session } from '../../../src/core/session/session.js'
import { Lost } from './browser.js'
import { globalsOf } from './globals.js'
import type { Owner } from './schedule.js'
import type { Site } from './site.js'
import type { Tab } from './tab.js'
import { shownOf, Traffic, type Rendered, type Shown } from './traffic.js'

/** A server answers within it, or never. */
const longestRequestMs = 50_000

/** Stands for the one of the browser, which the island watches: it is given the answer to come. */
type Fetch = (answer: Promise<void>, init: { readonly method: string }) => Promise<void>

/** One document of a tab, with the island in it: what is on its way when it goes never comes back. */
export class Page implements Owner {
  isGone = false
  /** In the back/forward cache. */
  isFrozen = false
  shown: Shown
  /** For want of an answer. */
  mayBeOutdated = false
  readonly origin: string
  readonly site: Site
  readonly name: string
  readonly cookieStore = new EventTarget()
  readonly window: EventTarget & { readonly fetch: Fetch }
  readonly document = new EventTarget()
  readonly #scripts = new Set<string>()
  /** As in Next.js, actions and refreshes are done one after the other. */
  #lastTurn: Promise<void> = Promise.resolve()
  /** Requests: with one, a page does not go into the back/forward cache. */
  underWay = 0
  /** Somebody has used it. */
  isTouched = false

  constructor(
    readonly tab: Tab,
    public href: string,
    readonly beganAtMs: number,
    rendered: Rendered,
  ) {
    this.origin = new URL(href).origin
    this.site = tab.browser.site(this.origin)
    this.name = `${tab.name} on ${new URL(href).hostname}`
    this.shown = rendered.shown
    const { schedule, runIsland, kind } = tab.browser
    const fetch: Fetch = (answer) => answer
    this.window = Object.assign(
      new EventTarget(),
      { fetch },
      kind.hasCookieStore && { cookieStore: this.cookieStore },
    )
    this.#render(rendered)
    schedule.later(this, `${this.name} mounts`, () => runIsland(globalsOf(this)))
    this.#dispatch(this.window, 'pageshow')
  }

  get isHidden(): boolean {
    return this.tab.isHidden || this.isFrozen
  }

  get isBusy(): boolean {
    return this.underWay > 0 || this.site.isLocking(this)
  }

  leave(): void {
    this.isGone = true
    this.site.release()
  }

  wake(type: 'visibilitychange' | 'crossdomain'): void {
    this.tab.browser.wakes += 1
    this.#dispatch(type === 'visibilitychange' ? this.document : this.window, type)
  }

  /** Out of the back/forward cache. */
  thaw(): void {
    this.isFrozen = false
    this.tab.browser.wakes += 1
    this.#dispatch(this.window, 'pageshow', { persisted: true })
  }

  seeCookieChange(isExchange: boolean): void {
    if (!isExchange) this.tab.browser.wakes += 1
    if (!this.isFrozen) this.#dispatch(this.cookieStore, 'change')
  }

  hear(data: unknown, listener: () => void): void {
    if (this.isFrozen) this.leave()
    else this.tab.browser.schedule.later(this, `${this.name} hears "${String(data)}"`, listener)
  }

  refresh(): void {
    const { browser } = this.tab
    void this.#inTurn(async () =>
      this.#render(await new Traffic(browser, this, this.name).refresh(this.origin)),
    )
  }

  /** A Server Action. @param receive Told that the answer has arrived. */
  act(what: string, work: (session: Session) => Promise<void>, receive = () => {}): void {
    const { browser } = this.tab
    const { schedule } = browser
    this.touch()
    this.#click(null)
    const done = this.#inTurn(async () => {
      await schedule.turn(this, `${this.name} begins: ${what}`)
      const beganAtMs = schedule.nowMs
      const request = browser.send(this.origin)
      const session = await request.browser.session(this.origin)
      await schedule.turn({ isGone: false }, `${this.name} does: ${what}`)
      let isDone = schedule.nowMs - beganAtMs < longestRequestMs
      try {
        if (isDone) await work(session)
      } catch (error) {
        if (!(error instanceof CrossDomainError)) throw error
        schedule.note(error.code)
        isDone = false
      }
      await schedule.turn(this, `${this.name} gets the answer: ${what}`)
      browser.receive(request, false)
      this.shown = shownOf(session)
      this.mayBeOutdated = !session.isAvailable
      if (isDone) receive()
    })
    void this.window.fetch(done, { method: 'POST' })
  }

  /** What comes before every click and key. */
  touch(): void {
    this.isTouched = true
    this.window.dispatchEvent(new Event('pointerdown'))
  }

  /** A link to another page of the domain. @param isSoft The router follows it, and the document stays. */
  follow(isSoft: boolean): void {
    this.touch()
    this.tab.browser.wakes += 1
    const { origin } = this
    if (this.#click({ origin, pathname: '/other', search: '', hash: '', target: '', href: '/other' })) return
    if (!isSoft) return this.tab.open(origin)
    this.href = `${origin}/other`
    this.refresh()
  }

  /** @returns Whether the island follows the link. */
  #click(link: object | null): boolean {
    const click = new Event('click', { cancelable: true })
    Object.defineProperty(click, 'target', { value: new FakeElement(link) })
    return !this.window.dispatchEvent(Object.assign(click, { button: 0 }))
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    this.underWay += 1
    this.#lastTurn = this.#lastTurn
      .then(() => this.tab.browser.schedule.spawn(work))
      .catch((error: unknown) => this.#fail(error))
      .finally(() => (this.underWay -= 1))
    return this.#lastTurn
  }

  #fail(error: unknown): void {
    // An answer that is lost is shown as an error by the application, which goes on.
    this.mayBeOutdated = true
    if (!(error instanceof Lost)) this.tab.browser.schedule.failures.push(error)
  }

  #render({ shown, ended, isUnavailable }: Rendered): void {
    this.shown = shown
    this.mayBeOutdated = isUnavailable
    if (ended !== null) this.#tellEnded(ended)
  }

  /** The script that `signalEnded` asks for; React loads each once. */
  #tellEnded(ended: string): void {
    if (this.#scripts.has(ended)) return
    this.#scripts.add(ended)
    const { browser } = this.tab
    const headers = {
      'sec-fetch-site': 'same-origin',
      'sec-fetch-mode': 'no-cors',
      'sec-fetch-dest': 'script',
    }
    browser.schedule
      .spawn(() =>
        new Traffic(browser, this, this.name).send(`${this.origin}/crossdomain/ended?session=${ended}`, {
          headers,
        }),
      )
      .then(() => this.wake('crossdomain'))
      .catch((error: unknown) => this.#fail(error))
  }

  #dispatch(target: EventTarget, type: string, more: object = {}): void {
    this.tab.browser.schedule.later(this, `${this.name}: ${type}`, () =>
      target.dispatchEvent(Object.assign(new Event(type), more)),
    )
  }
}
