import { primary } from '../fakeBrowser.js'
import { FakeElement, scriptCookies, storageOf } from '../fakePage.js'
import { Lost } from './browser.js'
import type { Globals } from './island.js'
import type { Page } from './page.js'
import { Channel } from './site.js'
import { Traffic } from './traffic.js'

interface Signal {
  isOver: boolean
  onabort: () => void
}

/** What scripts of a page find, as far as the island uses it. */
export function globalsOf(page: Page): Globals {
  const { tab, site, origin } = page
  const { browser } = tab
  const { schedule } = browser
  const at = () => new URL(page.href)

  return {
    window: page.window,
    self: page.window,
    top: page.window,
    document: Object.defineProperties(page.document, {
      hidden: { get: () => page.isHidden },
      cookie: { get: () => scriptCookies(browser.cookies, origin) },
      readyState: { get: () => 'complete' },
      getElementById: { value: () => null },
    }),
    addEventListener: page.window.addEventListener.bind(page.window),
    stop: () => tab.stop(),
    opener: null,
    Element: FakeElement,
    location: Object.defineProperties(
      {
        origin,
        replace: (url: string) => tab.leave(origin + url),
        assign: (url: string) => (url.includes('/start?') ? tab.leave(origin + url) : tab.open(origin)),
      },
      {
        href: { get: () => page.href },
        pathname: { get: () => at().pathname },
        search: { get: () => at().search },
        hash: { get: () => at().hash },
      },
    ),
    history: {
      replaceState: (_state: unknown, _title: string, url: string) => (page.href = new URL(url, origin).href),
    },
    navigator: {
      locks: { request: (_name: string, run: () => unknown) => site.lock(page, run) },
      onLine: true,
      userActivation: {
        get hasBeenActive() {
          return page.isTouched
        },
      },
    },
    localStorage: storageOf(site.local, () => browser.isStorageFull),
    sessionStorage: storageOf(tab.session(origin), () => false),
    performance: { now: () => schedule.nowMs - page.beganAtMs },
    Date: { now: () => schedule.nowMs },
    fetch: (url: string, { mode, signal }: { readonly mode?: string; readonly signal: Signal }) =>
      mode === 'no-cors' ? probe() : ask(url, signal),
    setTimeout: (run: () => void, delayMs: number) =>
      schedule.later(page, `${page.name}: ${delayMs} ms have passed`, run, delayMs),
    AbortSignal: {
      timeout: (delayMs: number) => {
        const signal: Signal = { isOver: false, onabort: () => {} }
        const owner = ownerOf(signal)
        schedule.later(owner, `${page.name} waits no longer for an answer`, () => signal.onabort(), delayMs)
        return signal
      },
    },
    BroadcastChannel: class extends Channel {
      constructor() {
        super(page)
      }
    },
    reportError: (error: unknown) => schedule.failures.push(error),
    React: {
      useEffect: (effect: () => unknown) => void effect(),
      useRef: (current: unknown) => ({ current }),
    },
    Navigation: { useRouter: () => ({ refresh: () => page.refresh() }) },
  }

  function ownerOf(signal: Signal) {
    return {
      get isGone() {
        return page.isGone || signal.isOver
      },
    }
  }

  /** Whether the primary can be reached at all. */
  async function probe(): Promise<void> {
    await schedule.spawn(() => schedule.turn(page, `${page.name} reaches the primary`))
  }

  /** The `fetch` of an exchange. */
  async function ask(url: string, signal: Signal): Promise<{ readonly json: () => Promise<unknown> }> {
    if (url !== '/crossdomain/start') throw new Error(url)
    if (browser.addsHeaders && origin !== primary) throw new TypeError('not allowed by CORS')
    page.underWay += 1
    const owner = ownerOf(signal)
    try {
      return await new Promise((resolve, reject) => {
        signal.onabort = () => reject(new DOMException('timed out', 'TimeoutError'))
        const answer = schedule.spawn(async () => {
          const { outcome } = await new Traffic(browser, owner, page.name).sync(origin)
          await schedule.turn(owner, `${page.name} reads ${JSON.stringify(outcome)}`)
          return { json: async () => outcome }
        })
        answer.then(resolve, (error: unknown) => {
          if (!(error instanceof Lost)) schedule.failures.push(error)
          reject(error)
        })
      })
    } finally {
      signal.isOver = true
      page.underWay -= 1
    }
  }
}
