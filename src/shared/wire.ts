/**
 * What crosses the wire between the browser and the route, and nothing else: the client imports this file, so it holds no
 * sealing code and stays small.
 */
import type { AnswerCode } from '../core/errors/status.js'

/**
 * Non-secret companion of the session cookie that script may read; this is its name after the prefix. Its value is `<state>/<path>`: the name of the session's
 * present state (its fingerprint, or `ended-` and the fingerprint once the server saw that it has ended) and where the route is.
 * Only secondaries set it, so a page of the primary finds none and does nothing.
 */
export const syncCookieName = 'crossdomain-sync'

/** Starts the URL fragment that a navigation brings back: a result and its fingerprint with a colon between, or an error code. Fragments never reach a server. */
export const markerPrefix = '#crossdomain='

/**
 * Told once what the option `expose` returns, `useSession()` gives it without a type argument, and `expose` has to return it.
 * @example declare module 'next-crossdomain-session' { interface Register { exposed: Me } }
 */
export interface Register {}

/** What the application has registered as `exposed`, or `Otherwise` where it has registered nothing. */
export type Exposed<Otherwise extends object> = Register extends {
  readonly exposed: infer Registered extends object
}
  ? Registered
  : Otherwise

/** What an exchange agreed on. */
export interface Agreed {
  readonly result: 'use_current' | 'replaced'
  /** Of the session agreed on, so that a page knows whether the domain still has that one: by now somebody may have signed in. */
  readonly fingerprint: string
  /** Asks for one more exchange: the primary's cookie was new and is not seen yet. */
  readonly again?: true | undefined
}

/** How an exchange ended. */
export type Result = Agreed | { readonly result: 'error'; readonly code: AnswerCode }

/** The answer of the exchange, as JSON: its end, or that it takes a navigation. */
export type Outcome = Result | { readonly result: 'navigate' }
