'use client'

import { useCallback, useSyncExternalStore } from 'react'
import { channelName, resultEvent } from './synchronise.js'

/** What `useSession` gives. */
export interface SessionSnapshot<Exposed extends object> {
  /** What the option `expose` showed when it was last asked; null on the server, at first, and where it could not be asked. */
  readonly session: Exposed | null
  /** True until the first answer. */
  readonly isLoading: boolean
  /** Asks again, after a Server Action for example. */
  readonly refresh: () => Promise<void>
}

interface Known {
  readonly session: object | null
  readonly isLoading: boolean
}

/** One for each path of a page: however many components ask, there is one request. */
class Snapshot {
  #known: Known = { session: null, isLoading: true }
  #asking: Promise<void> | null = null
  #isStale = false
  readonly #listeners = new Set<() => void>()
  #stop: (() => void) | null = null

  constructor(readonly path: string) {}

  readonly read = (): Known => this.#known

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    this.#stop ??= this.#listen()
    if (this.#known.isLoading) void this.refresh()
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size > 0) return
      this.#stop?.()
      this.#stop = null
    }
  }

  readonly refresh = (): Promise<void> => {
    // What is asked while an answer is on its way may be about something that this answer does not know yet.
    this.#isStale = true
    this.#asking ??= this.#ask().finally(() => (this.#asking = null))
    return this.#asking
  }

  async #ask(): Promise<void> {
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

  #listen(): () => void {
    const channel = new BroadcastChannel(channelName)
    const listening = new AbortController()
    channel.onmessage = () => void this.refresh()
    addEventListener(resultEvent, () => void this.refresh(), listening)
    document.addEventListener('visibilitychange', () => void (document.hidden || this.refresh()), listening)
    return () => {
      listening.abort()
      channel.close()
    }
  }
}

const snapshots = new Map<string, Snapshot>()
const onServer: Known = { session: null, isLoading: true }

/**
 * What the application exposes of the session, for client components on static pages. Asked from the own domain after the page
 * has loaded; again when the tab is looked at, and after an exchange.
 * @typeParam Exposed What the option `expose` returns.
 * @param options.path The `path` of the options, with your `basePath` before it. Default: `/crossdomain`.
 */
export function useSession<Exposed extends object>(options: { readonly path?: string } = {}): SessionSnapshot<Exposed> {
  const { path = '/crossdomain' } = options
  const snapshot = snapshots.get(path) ?? new Snapshot(path)
  snapshots.set(path, snapshot)
  const { session, isLoading } = useSyncExternalStore(snapshot.subscribe, snapshot.read, () => onServer)
  const refresh = useCallback(() => snapshot.refresh(), [snapshot])
  return { session: session as Exposed | null, isLoading, refresh }
}
