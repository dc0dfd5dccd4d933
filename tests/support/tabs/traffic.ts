import { FakeBrowser } from '../fakeBrowser.js'
import { syncCookie, type Browser } from './browser.js'
import type { Owner } from './schedule.js'

/** What a page shows of the session that it was rendered with. */
export interface Shown {
  readonly user: string | null
  readonly cart: readonly string[]
}

export interface Rendered {
  readonly shown: Shown
  /** A cookie that opens no session, which the page is to tell its island. */
  readonly ended: string | null
  /** The store did not answer, so the page shows a guest. */
  readonly isUnavailable: boolean
}

/** Requests of one page or tab: each takes a turn to be sent, and another one until the answer is there. */
export class Traffic extends FakeBrowser {
  /** By the last page that was visited. */
  rendered: Rendered | null = null

  constructor(
    readonly of: Browser,
    readonly owner: Owner,
    readonly name: string,
    /** No middleware runs for its page. */
    readonly isBare = false,
  ) {
    super(of.deployment, of.kind.world, of.cookies.jars)
  }

  override send(url: string, options: Parameters<FakeBrowser['send']>[1]): Promise<Response> {
    const { origin, host, pathname } = new URL(url)
    if (pathname.endsWith('/start')) this.of.exchanges += 1
    return this.#slowly(
      origin,
      `${host}${pathname}`,
      (browser) => browser.send(url, options),
      !pathname.endsWith('/ended'),
    )
  }

  override visit(origin: string): Promise<Response> {
    return this.#slowly(origin, `the page of ${origin}`, async (browser) => {
      const response = this.isBare ? new Response() : await browser.visit(origin)
      this.rendered = await render(browser, origin)
      return response
    })
  }

  /** As `router.refresh()` asks for a page. */
  async refresh(origin: string): Promise<Rendered> {
    return this.#slowly(origin, `a refresh of ${origin}`, (browser) => render(browser, origin))
  }

  async #slowly<T>(
    origin: string,
    what: string,
    ask: (browser: FakeBrowser) => Promise<T>,
    isExchange = false,
  ): Promise<T> {
    const { schedule } = this.of
    await schedule.turn(this.owner, `${this.name} asks for ${what}`)
    const sent = this.of.send(origin)
    const answer = await ask(sent.browser)
    await schedule.turn(this.owner, `${this.name} gets the answer of ${what}`)
    this.of.receive(sent, isExchange)
    return answer
  }
}

async function render(browser: FakeBrowser, origin: string): Promise<Rendered> {
  const session = await browser.session(origin, { canSetCookies: false })
  const ended = browser.ended.at(-1) ?? null
  return {
    shown: shownOf(session),
    ended: ended !== null && isSignalled(browser, origin, ended) ? null : ended,
    isUnavailable: !session.isAvailable,
  }
}

function isSignalled(browser: FakeBrowser, origin: string, ended: string): boolean {
  return browser.cookies(origin)[syncCookie] === `ended-${ended}/crossdomain`
}

export function shownOf({ userId, data }: { readonly userId: string | null; readonly data: object }): Shown {
  const { cart = [] } = data as { readonly cart?: readonly string[] }
  return { user: userId, cart: [...cart].sort() }
}
