import type { Config } from '../config.js'
import type { Domains } from '../domains/origin.js'
import type { Place } from '../domains/place.js'
import type { CrossDomainError } from '../errors/catalogue.js'
import type { CookieToSet } from '../request/cookies.js'
import type { Visit } from '../request/incoming.js'
import type { SessionKind } from '../store/row.js'
import type { Rows } from '../store/rows.js'
import type { Found } from './find.js'

/** What a session needs to know of its request. */
export interface SessionContext {
  readonly config: Config
  readonly rows: Rows
  /** Null if it cannot be loaded. */
  readonly domains: Domains | null
  /** Null on a host that is not listed. */
  readonly place: Place | null
  readonly visit: Visit | null
  /** `api`: the request brought a bearer token, and its cookies do not count. */
  readonly kind: SessionKind
  /** Null without a usable cookie or token. */
  readonly found: Found | null
  /** No cookie that the application used before counts any more; see `adopt`. */
  readonly isSettled: boolean
  /**
   * Why nothing is known of the session: the store or the list of domains did not answer. Null if both did.
   */
  readonly failure: CrossDomainError | null
  /** The `Host` header. */
  readonly host: string | null
  /** Nobody looks at this page yet (a prefetch, a prerender) or ever (a bot). */
  readonly isSpeculative: boolean
  /** Why this request may write nothing, whatever the session is; null if it may. */
  readonly writeRefusal: 'CDS212' | 'CDS213' | null
  hasConsent(): Promise<boolean>
  /** True if the framework still lets cookies be set. */
  canSetCookies(): Promise<boolean>
  setCookies(cookies: readonly CookieToSet[]): Promise<void>
  /** True if the browser says what its requests are for, which the exchange needs for a navigation. */
  readonly canNavigate: boolean
  /** True once the answer of the request has begun: a cookie that is set now reaches nobody. */
  isAnswered(): boolean
  /** Called when something could not be done to the session: it may have changed since it was read. */
  noteRefusal(): void
}
