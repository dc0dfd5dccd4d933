import type { Page } from './page.js'
import type { Schedule } from './schedule.js'

interface LockRequest {
  readonly page: Page
  readonly run: () => unknown
}

/** What the pages of one origin share, beside cookies. */
export class Site {
  readonly local = new Map<string, string>()
  readonly channels = new Set<Channel>()
  /** Since its session last became another one, an island has told the others of an exchange that replaced it. */
  isTold = false
  #holder: LockRequest | null = null
  #waiting: LockRequest[] = []

  constructor(readonly schedule: Schedule) {}

  /** A Web Lock; there is one name only. */
  lock(page: Page, run: () => unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ page, run: () => Promise.resolve().then(run).then(resolve, reject) })
      this.#grant()
    })
  }

  isLocking(page: Page): boolean {
    return [this.#holder, ...this.#waiting].some((request) => request?.page === page)
  }

  /** A page is gone. */
  release(): void {
    for (const channel of this.channels) if (channel.page.isGone) channel.close()
    this.#grant()
  }

  #grant(): void {
    if (this.#holder?.page.isGone) this.#holder = null
    this.#waiting = this.#waiting.filter(({ page }) => !page.isGone)
    if (this.#holder !== null) return
    const next = this.#waiting.shift()
    if (next === undefined) return
    this.#holder = next
    this.schedule.later(next.page, `${next.page.name} gets the lock`, async () => {
      await next.run()
      if (this.#holder !== next) return
      this.#holder = null
      this.#grant()
    })
  }
}

/** A BroadcastChannel of one page; there is one name only. */
export class Channel {
  onmessage: ((message: { readonly data: unknown }) => void) | null = null

  constructor(readonly page: Page) {
    page.site.channels.add(this)
  }

  postMessage(data: unknown): void {
    // Where storage keeps nothing, a page that cannot hear yet asks for itself, is told `use_current`, and goes on showing what it showed.
    if (data === 'replaced') this.page.site.isTold = !this.page.tab.browser.isStorageFull
    for (const other of this.page.site.channels)
      if (other !== this) other.page.hear(data, () => other.onmessage?.({ data }))
  }

  close(): void {
    this.page.site.channels.delete(this)
  }
}
