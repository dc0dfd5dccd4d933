import { syncCookieName } from '../shared/wire.js'

/** What this domain last agreed on with the primary. */
export interface Agreement {
  readonly result: 'use_current' | 'replaced'
  readonly via: 'fetch' | 'navigation'
  /** Milliseconds since 1970, by this browser's clock. */
  readonly at: number
  /** Of the session agreed on, as `session.fingerprint`. */
  readonly fingerprint: string
}

/** What is kept in localStorage under the name of a state. `navigate`: a navigation was spent on it. `again`: not final yet. */
export type Entry =
  | { readonly result: 'navigate'; readonly at: number; readonly again: true }
  | {
      readonly result: Agreement['result']
      readonly via: Agreement['via']
      readonly at: number
      readonly again?: true | undefined
    }

/**
 * Name of the Web Lock, of the BroadcastChannel that tells results, and of the window event "the state may have changed". In sessionStorage it is how often
 * this tab has left for an exchange, and while it is away, the fragment of its page.
 */
export const islandName = 'crossdomain'

const prefix = 'crossdomain:'

/** Stands in for localStorage on this page where that throws or is full. */
let lastWritten: { readonly state: string; readonly entry: Entry } | null = null

/**
 * A cookie that a neighbour below the same registrable domain has planted must not name another host: hence the strict path. Of two, which
 * are there where `subdomains` was switched on, the younger one counts, and that stands last.
 * @returns The session's present state and where the route is; null on the primary, and where cookies are off or throw, as in a sandboxed frame.
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

/** Whatever a script of the page may have put there: an `at` that is no time in the throttle makes it worthless. */
export function readEntry(state: string): Entry | null {
  const entry = readJson(() => localStorage, prefix + state) as Entry | null
  return entry ?? (lastWritten?.state === state ? lastWritten.entry : null)
}

/** @returns null where storage throws, as it does in some private modes, and for what is no JSON. */
export function readJson(storage: () => Storage, key: string): unknown {
  try {
    return JSON.parse(`${storage().getItem(key)}`)
  } catch {
    return null
  }
}

/** Keeps one entry and forgets those of earlier states. @returns False when storage throws, as it does in some private modes. */
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
