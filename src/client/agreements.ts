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

/**
 * What localStorage keeps for one state. `navigate`: a navigation was made for it. `again`: this is not
 * final.
 */
export type Entry =
  | { readonly result: 'navigate'; readonly at: number; readonly again: true }
  | {
      readonly result: Agreement['result']
      readonly via: Agreement['via']
      readonly at: number
      readonly again?: boolean | undefined
    }

/**
 * Name of the Web Lock, of the BroadcastChannel for results, and of the window event "the state may have
 * changed". In sessionStorage it holds how often this tab has left for an exchange and, while it is away, the
 * fragment of its page.
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
