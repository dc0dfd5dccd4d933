import type { Config } from '../config.js'
import type { CookieToSet } from '../request/cookies.js'
import type { CrossDomainError } from '../errors/errors.js'
import type { Found } from './find.js'
import type { Place } from '../domains/place.js'
import type { SessionKind } from '../store/record.js'
import type { Store, Visit } from '../store/store.js'

/** The request as a session needs it. */
export interface SessionContext {
  readonly config: Config
  readonly store: Store
  /** Null on a host that is not listed. */
  readonly place: Place | null
  readonly visit: Visit | null
  /** `api`: the request brought a bearer token, and its cookies do not count. */
  readonly kind: SessionKind
  /** The id that counts and what the store said of it; null without a usable cookie or token. */
  readonly found: Found | null
  /** What kept the store from telling of the session, or the application of its domains; null where nothing did. */
  readonly failure: CrossDomainError | null
  /** As the request names it. */
  readonly host: string | null
  hasConsent(): Promise<boolean>
  /** True where the framework still lets cookies be set. */
  canSetCookies(): Promise<boolean>
  setCookies(cookies: readonly CookieToSet[]): Promise<void>
  /** True for a browser that says what its requests are for, as the exchange asks of a navigation. */
  readonly canNavigate: boolean
  /** True once the answer of the request has begun: what is set now reaches nobody. */
  isAnswered(): boolean
  /** Told when something could not be done to the session: it may have changed since it was read. */
  noteRefusal(): void
}
