import { vi } from 'vitest'
import type { FakeBrowser } from './fakeBrowser.js'

/** The globals of a page in a `FakeBrowser`, as far as the island uses them. It stands in for a page in tests of the island; real ones are in e2e. */
export class FakePage {
  href: string
  exchanges = 0
  /** Where it was sent by `location.replace`. */
  readonly left: string[] = []
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
    vi.stubGlobal('self', globalThis)
    vi.stubGlobal('opener', this.opener)
    vi.stubGlobal('top', globalThis)
    vi.stubGlobal('document', {
      get hidden() {
        return page.hidden
      },
      get cookie() {
        return page.cookie()
      },
      getElementById: (id: string) => ({ scrollIntoView: () => page.scrolledTo.push(id) }),
    })
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
      replace: (url: string) => void page.left.push(url),
    })
    vi.stubGlobal('navigator', {
      locks: { request: (_name: string, run: () => unknown) => run() },
      userActivation: { isActive: false },
    })
    vi.stubGlobal('fetch', async () => {
      page.exchanges += 1
      return Response.json((await page.browser.sync(page.origin)).outcome)
    })
  }

  /** Tests replace it. */
  cookie(): string {
    return scriptCookies(this.browser, this.origin)
  }

  /** Walks the navigation that the island began, and comes back. */
  async comeBack(): Promise<void> {
    const to = this.left.at(-1)
    if (to === undefined) throw new Error('the page was not left')
    this.href = (await this.browser.navigate(this.origin + to)).href
  }
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
