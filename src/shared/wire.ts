/**
 * What crosses the wire between the browser and the route, and nothing else. The client imports this file, so
 * it holds no sealing code and stays small.
 */
import type { AnswerCode } from '../core/errors/catalogue.js'

/**
 * The name, after its prefix, of the cookie that script may read. Its value is `<state>/<path>`. The state is
 * the session's fingerprint, or `ended-` and a name for the cookie once the server saw that it no longer
 * opens a session. The path is that of the route. Only secondaries set this cookie, so a page of the primary
 * finds none and does nothing.
 */
export const syncCookieName = 'crossdomain-sync'

/**
 * Begins the URL fragment that a navigation brings back: `result:fingerprint`, `result:fingerprint:again` if
 * that is not final, or an error code. Fragments never reach a server.
 */
export const markerPrefix = '#crossdomain='

/** Says at `start` that a script asks, because its page came without a cookie of the kit. */
export const newParameter = 'new'

/** What an exchange agreed on. */
export interface Agreed {
  readonly result: 'use_current' | 'replaced'
  /**
   * That of the session agreed on. By the time the page looks, somebody may have signed in, and the domain
   * has another one.
   */
  readonly fingerprint: string
  /** Asks for one more exchange: the primary's cookie was new, and nobody has seen it come back yet. */
  readonly again?: boolean | undefined
}

/** How an exchange ended. */
export type Result =
  | Agreed
  /** `again`: a newer cookie is on its way to this browser, so a second exchange will come to something. */
  | { readonly result: 'error'; readonly code: AnswerCode; readonly again?: boolean | undefined }

/** The answer of the exchange, as JSON: its result, or that it takes a navigation. */
export type Outcome = Result | { readonly result: 'navigate'; readonly again?: undefined }

/** The answer of the first hop on the primary: there is nothing to agree on, and the page has its cookies. */
export interface OnPrimary {
  readonly result: 'primary'
  readonly again?: undefined
}
