import { vi } from 'vitest'
import type { FakeBrowser } from './fakeBrowser.js'

/** The globals of a page in a `FakeBrowser`, as far as the island uses them. It stands in for a page in tests of the island; real ones are in e2e. */
export class FakePage {
  href: string
  exchanges = 0
  /** URLs that were asked. */
  readonly asked: string[] = []
  /** Where the island has sent it. */
  readonly left: string[] = []
  /** Somebody has used it before its scripts ran; undefined if the browser does not tell. */
  hasBeenActive: boolean | undefined = false
  isOnline = true
  isLoaded = true
  /** How often it has stopped what it had begun. */
  stops = 0
  /** What its requests meet instead of the servers. */
  answer: ((init: RequestInit) => Promise<Response>) | null = null
  window = new EventTarget()
  #document = new EventTarget()
  /** Fragments that the page was scrolled to. */
  readonly scrolledTo: string[] = []
  hidden = false
  /** The page that has opened this one in a window. */
  opener: object | null = null
  /** Throw when they are written, as where they are full. */
  isStorageFull = false
  /** Of the tab and of the origin; a new page of the same tab goes on with both. */
  readonly session = new Map<string, string>()
  readonly local = new Map<string, string>()

  constructor(
    readonly browser: FakeBrowser,
    readonly origin: string,
    path = '/page',
  ) {
    this.href = origin + path
  }

  /** Makes this page the one that runs. */
  enter(): void {
    // oxlint-disable-next-line typescript/no-this-alias -- the stubs below are methods of their own
    const page = this
    vi.stubGlobal(
      'localStorage',
      storageOf(this.local, () => this.isStorageFull),
    )
    vi.stubGlobal(
      'sessionStorage',
      storageOf(this.session, () => this.isStorageFull),
    )
    this.window = new EventTarget()
    this.#document = new EventTarget()
    vi.stubGlobal('self', globalThis)
    vi.stubGlobal('Element', FakeElement)
    vi.stubGlobal('window', globalThis)
    vi.stubGlobal('addEventListener', this.window.addEventListener.bind(this.window))
    vi.stubGlobal('stop', () => void (this.stops += 1))
    vi.stubGlobal('opener', this.opener)
    vi.stubGlobal('top', globalThis)
    const document = Object.defineProperties(this.#document, {
      hidden: { configurable: true, get: () => page.hidden },
      cookie: { configurable: true, get: () => page.cookie() },
      readyState: { configurable: true, get: () => (page.isLoaded ? 'complete' : 'interactive') },
      getElementById: {
        configurable: true,
        value: (id: string) =>
          id.startsWith('%') ? null : { scrollIntoView: () => page.scrolledTo.push(id) },
      },
    })
    vi.stubGlobal('document', document)
    vi.stubGlobal('history', {
      replaceState: (_state: unknown, _title: string, url: string) =>
        void (page.href = new URL(url, page.origin).href),
    })
    vi.stubGlobal('location', {
      get href() {
        return page.href
      },
      get pathname() {
        return new URL(page.href).pathname
      },
      get search() {
        return new URL(page.href).search
      },
      get hash() {
        return new URL(page.href).hash
      },
      origin: page.origin,
      replace: (url: string) => void page.left.push(url),
      assign: (url: string) => void page.left.push(url),
    })
    vi.stubGlobal('navigator', {
      locks: { request: (_name: string, run: () => unknown) => run() },
      get onLine() {
        return page.isOnline
      },
      get userActivation() {
        return page.hasBeenActive === undefined ? undefined : page
      },
    })
    vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
      page.asked.push(url)
      if (page.answer !== null) return page.answer(init)
      page.exchanges += 1
      return Response.json((await page.browser.sync(page.origin)).outcome)
    })
  }

  /** Tests replace it. */
  cookie(): string {
    return [scriptCookies(this.browser, this.origin), ...this.otherCookies].filter(Boolean).join('; ')
  }

  /** Of the application. */
  readonly otherCookies: string[] = []

  /**
   * Somebody clicks a link.
   * @param handler A listener of the application on the link.
   * @returns Whether the island has gone another way.
   */
  async click(
    href: string,
    { target = '', ...more }: MouseEventInit & { readonly target?: string } = {},
    handler?: (click: Event) => void,
  ): Promise<boolean> {
    const { origin, pathname, search, hash } = new URL(href, this.href)
    const link = { origin, pathname, search, hash, target }
    const click = new Event('click', { cancelable: true })
    Object.defineProperty(click, 'target', { value: new FakeElement(link) })
    if (handler) this.window.addEventListener('click', handler, { once: true })
    this.window.dispatchEvent(new Event('pointerdown'))
    const before = this.left.length
    this.window.dispatchEvent(Object.assign(click, { button: 0 }, more))
    await new Promise((resolve) => setTimeout(resolve))
    return this.left.length > before
  }

  /** Walks the navigation that the island began, and comes back. */
  async comeBack(): Promise<void> {
    const to = this.left.at(-1)
    if (to === undefined) throw new Error('the page was not left')
    this.href = (await this.browser.navigate(this.origin + to)).href
  }
}

/** The part of a link that was clicked. */
export class FakeElement {
  constructor(readonly link: object | null) {}
  closest = () => this.link
}

/** What script sees: the cookies that are not `HttpOnly`. */
export function scriptCookies(browser: FakeBrowser, origin: string): string {
  const names = [...browser.jar(origin)].filter(([name]) => name.endsWith('-sync'))
  return names.map(([name, { value }]) => `${name}=${encodeURIComponent(value)}`).join('; ')
}

/** @param isFull Whether it throws when it is written to. */
export function storageOf(items: Map<string, string>, isFull: () => boolean): object {
  const methods = {
    getItem: (key: string) => items.get(key) ?? null,
    removeItem: (key: string) => void items.delete(key),
    setItem: (key: string, value: string) => {
      if (isFull()) throw new DOMException('full', 'QuotaExceededError')
      items.set(key, value)
    },
  }
  return new Proxy(methods, {
    ownKeys: () => [...items.keys()],
    getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
  })
}
