import { islandName, readSyncCookie } from './agreements.js'
import { hear } from './browser.js'

export interface Known {
  readonly session: object | null
  readonly isLoading: boolean
  readonly isSettled: boolean
}

/** Coming back to a tab causes two events, a moment apart. */
const sameReturnMs = 300

/** Says in the developer's console why the hook shows a guest. */
function explainStatus(path: string, status: number): void {
  const advice =
    status === 404
      ? 'If you have a basePath or another `path`, write useSession({ path }).'
      : 'See the server’s log.'
  console.warn(
    `next-crossdomain-session: useSession asked ${path}/session, which answered ${status}. ${advice}`,
  )
}

/** There is one for each path of the route, and it sends one request, however many components ask. */
export class Snapshot {
  #known: Known = { session: null, isLoading: true, isSettled: false }
  #asking: Promise<void> | null = null
  #isStale = false
  #lookedAt = 0
  /** What the sync cookie said before the last answer. */
  #state: string | undefined
  readonly #listeners = new Set<() => void>()
  #stop: (() => void) | null = null

  constructor(readonly path: string) {}

  readonly read = (): Known => this.#known

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    if (this.#stop === null) {
      // While nobody listened, on the page before this one, anything may have happened.
      this.#stop = this.#listen()
      this.#lookedAt = Date.now()
      void this.refresh()
    }
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size > 0) return
      this.#stop?.()
      this.#stop = null
    }
  }

  readonly refresh = (): Promise<void> => {
    // A question that comes while an answer is on its way may be about something newer than that answer.
    this.#isStale = true
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = null
      if (!this.#known.isSettled) void this.#settle()
    })
    return this.#asking
  }

  async #ask(): Promise<void> {
    // Strict Mode mounts twice at once, which is one question.
    await Promise.resolve()
    while (this.#isStale) {
      this.#isStale = false
      this.#state = readSyncCookie()?.state
      try {
        const response = await fetch(`${this.path}/session`, { cache: 'no-store' })
        if (!response.ok && process.env.NODE_ENV === 'development') explainStatus(this.path, response.status)
        this.#tell({ session: response.ok ? ((await response.json()) as object) : this.#known.session })
      } catch {
        this.#tell({})
      }
    }
  }

  /** The island holds the lock during an exchange. Afterwards the domain may have another session. */
  async #settle(): Promise<void> {
    // Without cookies, browsers refuse the lock. Without HTTPS there is none. Neither has an exchange.
    await navigator.locks?.request(islandName, { mode: 'shared' }, () => {}).catch(() => {})
    if (this.#asking !== null) return
    if (readSyncCookie()?.state === this.#state) this.#tell({ isSettled: true })
    else void this.refresh()
  }

  #tell(news: Partial<Known>): void {
    this.#known = { ...this.#known, isLoading: false, ...news }
    for (const listener of this.#listeners) listener()
  }

  /**
   * Somebody looks at the page again: at its tab, or at its window, which may have been visible beside
   * another.
   */
  #look(): void {
    const now = Date.now()
    if (document.hidden || Math.abs(now - this.#lookedAt) < sameReturnMs) return
    this.#lookedAt = now
    void this.refresh()
  }

  #listen(): () => void {
    const listening = new AbortController()
    const stopHearing = hear(() => void this.refresh())
    addEventListener('focus', () => this.#look(), listening)
    document.addEventListener('visibilitychange', () => this.#look(), listening)
    return () => {
      listening.abort()
      stopHearing()
    }
  }
}
