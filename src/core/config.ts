import { CrossDomainError } from './errors/catalogue.js'
import { reportingTo, type Reporting } from './errors/reporting.js'
import { parseDomainSecrets, parseSecrets, unusedSecrets } from './secrets.js'
import { nonEmpty, parsePath, parseWorker, words } from './settings.js'
import { adoptionOf, type Adopt, type OldSession } from './adoption.js'
import { consentOf, type Consent, type ConsentRequest } from './consent.js'
import { parseCount, parseLifetime, type Lifetime } from './lifetime.js'
import type { EventListener, SessionEvent } from './events.js'
import { mergeByKey, type Merge } from './data/merge.js'
import { askOnce } from './domains/askHost.js'
import { domainList } from './domains/domainList.js'
import { parsePattern } from './domains/pattern.js'
import { parseServerName, type Domains, type RegistrableDomain } from './domains/origin.js'
import {
  messageShapeOf,
  shapeOf,
  type MessageShape,
  type RepairData,
  type Shape,
  type StandardSchema,
} from './data/schema.js'
import type { Clock, Sealing } from './values/seal.js'
import { isLater, type NowOrLater, type Within } from './values/later.js'

/**
 * What `createCrossDomainSession` and `createMiddleware` take. An option that you leave out comes from the
 * environment, or has a default.
 */
export interface Options {
  /**
   * The origin whose session counts, as `https://shop.example`. Default: `CROSSDOMAIN_PRIMARY_SERVERNAME`.
   */
  readonly primary?: string | undefined
  /**
   * All origins that share the session, the primary among them. A function is called again every 60 seconds,
   * and has 3 seconds to answer. A row that is no origin is left out, and `onError` is told.
   * Default: `CROSSDOMAIN_DOMAINS`.
   */
  readonly domains?: readonly string[] | (() => Promise<readonly string[]>) | undefined
  /**
   * Called for a host that is not in `domains`, for example `tenant.example`: true if it is one of the
   * domains. For more domains than a list should hold. The answer is used for 60 seconds (10 if it is no) in
   * each process. If it throws, or takes longer than 3 seconds, that host has no session (`CDS117`). Default:
   * only the list counts.
   */
  readonly isDomain?: ((host: string) => boolean | Promise<boolean>) | undefined
  /**
   * Patterns of hosts that work alone, for example `['https://shop-*.vercel.app']`. Each has sessions of its
   * own and no exchange. Default: none.
   */
  readonly previews?: readonly string[] | undefined
  /**
   * Pass `registrableDomain` of `next-crossdomain-session/subdomains`, and the subdomains of each listed
   * domain share its session. Use it only if every subdomain is yours. The cookie is then called
   * `__Secure-crossdomain`; change it in the matcher too. Default: they do not share it.
   */
  readonly subdomains?: RegistrableDomain | undefined
  /**
   * At least 32 characters each, newest first: the first one seals, any of them opens. A string is split at
   * commas and white space, like the variable. Default: `CROSSDOMAIN_SECRET`.
   */
  readonly secret?: string | readonly string[] | undefined
  /** On the primary: the secrets of secondaries that have their own, by origin. Default: all use `secret`. */
  readonly domainSecrets?: Readonly<Record<string, string | readonly string[] | undefined>> | undefined
  /** The path of the route handler. Default: `CROSSDOMAIN_PATH`, else `/crossdomain`. */
  readonly path?: string | undefined
  /**
   * A session ends after so many seconds without a request (default: 30 days), or so many seconds after it
   * began or somebody signed in (default: 365 days).
   */
  readonly lifetime?: { readonly idleSeconds?: number; readonly absoluteSeconds?: number } | undefined
  /**
   * Size limit in bytes of JSON text. It applies to the shared data, to the data of each domain, and to the
   * waiting messages, one by one. Default: 65,536.
   */
  readonly maxDataBytes?: number | undefined
  /**
   * The same limit for two sessions that are merged. If they are larger together, only the data that `merge`
   * calls `kept` stays, and you get the event `left-out`. Default: twice `maxDataBytes`.
   */
  readonly maxMergedBytes?: number | undefined
  /** Merges the data of two sessions when domains meet. Default: keeps every key of both. */
  readonly merge?: Merge | undefined
  /**
   * The schema of the shared data, from any library that follows Standard Schema. It has to accept `{}`.
   * Default: any JSON.
   */
  readonly schema?: StandardSchema<object> | undefined
  /** The schema of the data of one domain. */
  readonly localSchema?: StandardSchema<object> | undefined
  /** The schema of one message of `flash`. Default: any JSON. */
  readonly flashSchema?: StandardSchema<unknown> | undefined
  /**
   * Called with stored data that no longer fits its schema, of all domains (`shared`) or of one (`local`).
   * Returns what to use instead. Default: the keys that do not fit are left out.
   */
  readonly repairData?: RepairData | undefined
  /**
   * What happens if two domains have two different users. `primary`: the primary's session counts. `apart`:
   * each domain keeps its own. Default: `primary`.
   */
  readonly onUserConflict?: ((primaryUserId: string, ownUserId: string) => 'primary' | 'apart') | undefined
  /**
   * Whether a session stores the visitor's address and user agent, for the list of devices. Default: both.
   */
  readonly recordVisitor?: { readonly ip?: boolean; readonly userAgent?: boolean } | undefined
  /**
   * Reads the cookie that your application used before. The middleware does not call it, because it has no
   * store. Default: no old cookie counts.
   */
  readonly adopt?: Adopt | undefined
  /** Called when a session is created, merged, signed in and so on. */
  readonly onEvent?: EventListener | undefined
  /**
   * Consent. Until it returns true, there is no cookie, no redirect and no row. If it returns false for a
   * visitor who has a session, the session and its cookies are removed. Default: always true.
   */
  readonly mayCreateSession?: ((request: ConsentRequest) => boolean | Promise<boolean>) | undefined
  /**
   * Paths of your service workers, for example `['/sw.js']`. The middleware refuses all others (`CDS419`), if
   * its matcher lets it see them. Default: none is allowed.
   */
  readonly serviceWorkers?: readonly string[] | undefined
  /**
   * Limits the rate of exchanges. It is called before `start` and `check`, and by the middleware. If it
   * returns false, nothing is written (`CDS420`). If it throws, the exchange goes on. Default: always true.
   */
  readonly mayExchange?: ((request: ConsentRequest) => boolean | Promise<boolean>) | undefined
  /**
   * Whether the exchange runs before the page is shown, if a visitor comes from another listed domain and has
   * no cookie here yet. If the primary does not answer, such a link ends on the browser's error page.
   * Default: true.
   */
  readonly exchangeBeforePage?: boolean | undefined
  /**
   * Whether an exchange has to stay in one network: /24 of IPv4, /48 of IPv6. Use it only behind a proxy that
   * sets `X-Forwarded-For` itself. Default: false, because honest browsers change their address at any
   * moment.
   */
  readonly networkPrefix?: boolean | undefined
  /**
   * Whether to read the host from `X-Forwarded-Host`. Only behind a proxy that always sets it. Default:
   * false.
   */
  readonly trustForwardedHost?: boolean | undefined
  /**
   * Called with errors the visitor never sees, such as a store that is down. Default: prints them. Of a
   * database driver's error, it prints only the name, the code, the server's address and the lines of code.
   */
  readonly onError?: ((error: unknown) => void) | undefined
}

/** The options after they were checked. */
export interface Config extends Sealing, Consent, Reporting {
  readonly clock: Clock
  readonly domainSecrets: ReadonlyMap<string, Sealing>
  /** What the origins of hosts that work alone look like. */
  readonly previews: readonly RegExp[]
  readonly path: string
  readonly lifetime: Lifetime
  readonly maxDataBytes: number
  readonly maxMergedBytes: number
  readonly merge: Merge
  readonly shape: Shape
  readonly localShape: Shape
  readonly flashShape: MessageShape
  readonly onUserConflict: (primaryUserId: string, ownUserId: string) => 'primary' | 'apart'
  readonly recordsVisitor: { readonly ip: boolean; readonly userAgent: boolean }
  readonly serviceWorkers: readonly string[]
  readonly exchangeBeforePage: boolean
  readonly networkPrefix: boolean
  readonly trustForwardedHost: boolean
  /** False if the application refuses this exchange. */
  mayExchange(request: ConsentRequest): Promise<boolean>
  /** What an old cookie of this request says; null if the application reads none. Never fails. */
  readonly adopt: ((request: ConsentRequest) => Promise<OldSession | 'failed' | null>) | null
  /** Calls the application's `onEvent`, and never fails. */
  emit(event: SessionEvent): Promise<void>
  /**
   * The present list of domains.
   * @throws {CrossDomainError} `CDS111` if the application's function fails and has never given a list.
   */
  domains(): NowOrLater<Domains>
}

/** The environment variables that are used if an option is left out. */
export interface Environment {
  readonly CROSSDOMAIN_PRIMARY_SERVERNAME?: string | undefined
  readonly CROSSDOMAIN_DOMAINS?: string | undefined
  readonly CROSSDOMAIN_SECRET?: string | undefined
  readonly CROSSDOMAIN_PATH?: string | undefined
}

/** The longest life of a cookie in seconds. Browsers cap it at 400 days (RFC 6265bis, section 5.5). */
export const cookieTtlSeconds = 400 * 86_400

/**
 * Checks the options, so that you see a mistake at start and not at the first visitor.
 * @throws {CrossDomainError} `CDS101` to `CDS110`.
 */
export function defineConfig(
  options: Options,
  environment: Environment,
  clock: Clock,
  within: Within,
): Config {
  const primaryInput = options.primary ?? nonEmpty(environment.CROSSDOMAIN_PRIMARY_SERVERNAME)
  if (primaryInput === undefined) throw new CrossDomainError('CDS103')
  const primary = parseServerName(primaryInput)
  const maxDataBytes = parseCount(options.maxDataBytes ?? 65_536, 'maxDataBytes')
  const reporting = reportingTo(options.onError)
  const { reportError } = reporting
  async function attempt<T>(hook: () => T): Promise<Awaited<T> | undefined> {
    try {
      return await hook()
    } catch (error) {
      reportError(error)
      return undefined
    }
  }
  const secrets = parseSecrets(options.secret ?? environment.CROSSDOMAIN_SECRET)
  const domainSecrets = parseDomainSecrets(options.domainSecrets, clock)
  const source = options.domains ?? words(environment.CROSSDOMAIN_DOMAINS)
  const { subdomains } = options
  const ask = options.isDomain && askOnce(options.isDomain, { clock, within, reportError })
  const domains = domainList(primary, source, { clock, within, subdomains, ask, reportError })
  // Functions are not called at start: what they need may not be there yet.
  const fixed = typeof source === 'function' || ask !== undefined ? undefined : domains()
  if (fixed !== undefined && !isLater(fixed)) unusedSecrets(domainSecrets, fixed).forEach(reportError)
  return Object.freeze({
    clock,
    secrets,
    domainSecrets,
    domains,
    previews: (options.previews ?? []).map(parsePattern),
    path: parsePath(options.path ?? nonEmpty(environment.CROSSDOMAIN_PATH) ?? '/crossdomain'),
    lifetime: parseLifetime(options.lifetime),
    maxDataBytes,
    maxMergedBytes: parseCount(options.maxMergedBytes ?? 2 * maxDataBytes, 'maxMergedBytes'),
    merge: options.merge ?? mergeByKey,
    exchangeBeforePage: options.exchangeBeforePage ?? true,
    networkPrefix: options.networkPrefix ?? false,
    serviceWorkers: (options.serviceWorkers ?? []).map(parseWorker),
    trustForwardedHost: options.trustForwardedHost ?? false,
    shape: shapeOf(options.schema, { scope: 'shared', repair: options.repairData, reportError }),
    localShape: shapeOf(options.localSchema, { scope: 'local', repair: options.repairData, reportError }),
    flashShape: messageShapeOf(options.flashSchema, reportError),
    onUserConflict: options.onUserConflict ?? (() => 'primary' as const),
    recordsVisitor: {
      ip: options.recordVisitor?.ip ?? true,
      userAgent: options.recordVisitor?.userAgent ?? true,
    },
    ...consentOf(options.mayCreateSession, reportError),
    mayExchange: async (request: ConsentRequest) =>
      (await attempt(() => options.mayExchange?.(request))) !== false,
    adopt: adoptionOf(options.adopt, maxDataBytes, { within, reportError }),
    emit: async (event: SessionEvent) => attempt(() => options.onEvent?.(event)),
    ...reporting,
  })
}
