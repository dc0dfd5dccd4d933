import { hear } from './browser.js'

export interface Known {
  readonly session: object | null
  readonly isLoading: boolean
}

/** Coming back to a tab causes two events, a moment apart. */
const sameReturnMs = 300

/** There is one for each path of the route, and it sends one request, however many components ask. */
export class Snapshot {
  #known: Known = { session: null, isLoading: true }
  #asking: Promise<void> | null = null
  #isStale = false
  #lookedAt = 0
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
    this.#asking ??= this.#ask().finally(() => (this.#asking = null))
    return this.#asking
  }

  async #ask(): Promise<void> {
    // Strict Mode mounts twice at once, which is one question.
    await Promise.resolve()
    while (this.#isStale) {
      this.#isStale = false
      try {
        const response = await fetch(`${this.path}/session`, { cache: 'no-store' })
        this.#tell(response.ok ? ((await response.json()) as object) : this.#known.session)
      } catch {
        this.#tell(this.#known.session)
      }
    }
  }

  #tell(session: object | null): void {
    this.#known = { session, isLoading: false }
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
