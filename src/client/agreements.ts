import { syncCookieName } from '../shared/wire.js'

/** What this domain last agreed on with the primary. */
export interface Agreement {
  readonly result: 'use_current' | 'replaced'
  readonly via: 'fetch' | 'navigation'
  /** Milliseconds since 1970, by this browser's clock. */
  readonly at: number
  /** The `session.fingerprint` that both agreed on. */
  readonly fingerprint: string
}

/** Why a navigation is needed. */
export type Reason =
  /** The browser keeps the primary's cookies back from a fetch. */
  | 'cookies'
  /** The page's Content-Security-Policy does not let a fetch reach the primary. */
  | 'policy'
  /** The fetch fails, and without the headers that other scripts add to it, it does not. */
  | 'headers'

/**
 * What localStorage keeps for one state. With `via` something is agreed on. On the primary that is only that
 * there is nothing to agree on.
 */
export interface Entry {
  /**
   * `navigate`: a fetch cannot do it. `left`: a navigation has begun. `error`: the page asked in vain for a
   * session.
   */
  readonly result: Agreement['result'] | 'navigate' | 'left' | 'primary' | 'error'
  readonly at: number
  readonly via?: Agreement['via']
  readonly reason?: Reason | undefined
  /** The next page asks once more. */
  readonly again?: boolean | undefined
}

/**
 * Name of the Web Lock, of the BroadcastChannel for results, and of the window event "look now". In
 * sessionStorage it holds how often this tab has left for an exchange and, while it is away, the fragment of
 * its page.
 */
export const islandName = 'crossdomain'

const prefix = 'crossdomain:'

/** Stands in for localStorage on this page if that throws or is full. */
let lastWritten: { readonly state: string; readonly entry: Entry } | null = null

/**
 * Reads the sync cookie. The path is matched strictly, because a neighbour below the same registrable domain
 * may have planted the cookie, and it must not name another host. If there are two, because `subdomains` was
 * switched on, the younger one stands last and counts.
 * @returns The session's present state and the path of the route. Null on the primary, and if cookies are off
 *   or throw, as in a sandboxed frame.
 */
export function readSyncCookie(): { readonly state: string; readonly path: string } | null {
  try {
    const [, state, path] =
      document.cookie.match(`(?:.*; |^)__(?:Host|Secure)-${syncCookieName}=([\\w-]+)(%2F[\\w.~-][^;]*)`) ?? []
    return state && path ? { state, path: decodeURIComponent(path) } : null
  } catch {
    return null
  }
}

/**
 * The state of a page without a sync cookie: the names of the cookies that script sees. One more may be the
 * visitor's consent.
 */
export function stateWithoutSession(): string {
  return document.cookie.replace(/=[^;]*/g, '')
}

/**
 * A script of the page may have changed an entry. If the time in `at` is impossible, the entry does not
 * count.
 */
export function readEntry(state: string): Entry | null {
  const entry = readJson(() => localStorage, prefix + state) as Entry | null
  return entry ?? (lastWritten?.state === state ? lastWritten.entry : null)
}

/** @returns null if storage throws, as it does in some private modes, or if the text is not JSON. */
export function readJson(storage: () => Storage, key: string): unknown {
  try {
    return JSON.parse(`${storage().getItem(key)}`)
  } catch {
    return null
  }
}

/**
 * Keeps one entry and forgets those of earlier states.
 * @returns False if storage throws, as it does in some private modes.
 */
export function writeEntry(state: string, entry: Entry): boolean {
  lastWritten = { state, entry }
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(prefix)) localStorage.removeItem(key)
    localStorage.setItem(prefix + state, JSON.stringify(entry))
    return true
  } catch {
    return false
  }
}
