import { Lost, type Browser } from './browser.js'
import { Page } from './page.js'
import { Traffic } from './traffic.js'

/** A tab: one page after another, or none while the first one loads and where an error stands in its place. */
export class Tab {
  page: Page | null = null
  isHidden = false
  isClosed = false
  /** How often the island left. */
  bounces = 0
  readonly name: string
  readonly #sessions = new Map<string, Map<string, string>>()
  #navigation = { isGone: false }

  constructor(
    readonly browser: Browser,
    public origin: string,
  ) {
    this.name = `tab ${++browser.opened}`
    browser.tabs.push(this)
    this.open(origin)
  }

  session(origin: string): Map<string, string> {
    const items = this.#sessions.get(origin) ?? new Map<string, string>()
    this.#sessions.set(origin, items)
    return items
  }

  /** By its address, a link, or anew. @param isBare By a path that the middleware leaves out. */
  open(origin: string, isBare = false): void {
    this.browser.wakes += 1
    this.#go(`${origin}/page`, isBare)
  }

  /** What was on its way does not arrive. */
  stop(): void {
    this.#navigation.isGone = true
    this.browser.schedule.note(`${this.name} stays`)
  }

  /** As the island does. */
  leave(url: string): void {
    if (this.isHidden)
      this.browser.schedule.failures.push(new Error(`${this.name} leaves a page that nobody looks at`))
    this.bounces += 1
    this.#go(url)
  }

  close(): void {
    this.isClosed = true
    this.#navigation.isGone = true
    this.page?.leave()
    this.browser.tabs.splice(this.browser.tabs.indexOf(this), 1)
  }

  setHidden(isHidden: boolean): void {
    if (this.isHidden === isHidden) return
    this.isHidden = isHidden
    this.page?.wake('visibilitychange')
  }

  /** To another site. Nobody sees it but the page. */
  goAway(): void {
    if (this.page?.isBusy) this.page.leave()
    else if (this.page) this.page.isFrozen = true
    this.#navigation.isGone = true
  }

  /** By the back button. */
  comeBack(): void {
    if (!this.page?.isFrozen || this.page.isGone) return this.open(this.origin)
    this.page.thaw()
  }

  /** The page that is there lives until the next one is. */
  #go(href: string, isBare = false): void {
    this.#navigation.isGone = true
    const navigation = { isGone: false }
    this.#navigation = navigation
    const { schedule } = this.browser
    const beganAtMs = schedule.nowMs
    const traffic = new Traffic(this.browser, navigation, this.name, isBare)
    const walk = async () => {
      const { href: end } = await traffic.navigate(href)
      this.page?.leave()
      this.origin = new URL(end).origin
      this.page = traffic.rendered === null ? null : new Page(this, end, beganAtMs, traffic.rendered)
    }
    schedule.spawn(walk).catch((error: unknown) => {
      if (!(error instanceof Lost)) return schedule.failures.push(error)
      this.page?.leave()
      this.page = null
    })
  }
}
