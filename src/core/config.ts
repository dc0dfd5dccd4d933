import { CrossDomainError } from './errors/catalogue.js'
import { nonEmpty, parsePath, parseSecrets, words } from './settings.js'
import { consentOf, type Consent, type ConsentRequest } from './consent.js'
import type { EventListener, SessionEvent } from './events.js'
import { mergeByKey, type Merge } from './data/merge.js'
import { domainList, type Within } from './domains/domainList.js'
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

/**
 * What `createCrossDomainSession` and `createMiddleware` take. An option that you leave out comes from the
 * environment, or has a default.
 */
export interface Options {
  /** Origin that decides, for example `https://shop.example`. Default: `CROSSDOMAIN_PRIMARY_SERVERNAME`. */
  readonly primary?: string | undefined
  /**
   * All origins that share the session, the primary among them. A function is called again every 60 seconds,
   * and has 3 seconds to answer. A row that is no origin is left out, and `onError` is told.
   * Default: `CROSSDOMAIN_DOMAINS`.
   */
  readonly domains?: readonly string[] | (() => Promise<readonly string[]>) | undefined
  /**
   * Subdomains of each listed domain share its session: pass `registrableDomain` of
   * `next-crossdomain-session/subdomains`. Use it only if every subdomain is yours. The cookie is then called
   * `__Secure-crossdomain`, in the matcher too. Default: they do not share it.
   */
  readonly subdomains?: RegistrableDomain | undefined
  /**
   * At least 32 characters each, newest first: the first one seals, any of them opens. A string is split at
   * commas and white space, like the variable. Default: `CROSSDOMAIN_SECRET`.
   */
  readonly secret?: string | readonly string[] | undefined
  /** The path of the route handler. Default: `CROSSDOMAIN_PATH`, else `/crossdomain`. */
  readonly path?: string | undefined
  /**
   * Seconds without a request, and seconds since its creation, after which a session ends. Default: 30 and
   * 365 days.
   */
  readonly lifetime?: { readonly idleSeconds?: number; readonly absoluteSeconds?: number } | undefined
  /**
   * Size limit in bytes of JSON text. It applies to the shared data, to the data of each domain, and to the
   * waiting messages, one by one. Default: 65,536.
   */
  readonly maxDataBytes?: number | undefined
  /**
   * The same limit for what two sessions make together. If they are over it, only what `merge` calls `kept`
   * stays, and the event `left-out` says so. Default: twice `maxDataBytes`.
   */
  readonly maxMergedBytes?: number | undefined
  /** Makes one session's data of two when domains meet. Default: keeps every key of both. */
  readonly merge?: Merge | undefined
  /**
   * What the shared data has to look like, in any library that follows Standard Schema. It has to accept
   * `{}`. Default: any JSON.
   */
  readonly schema?: StandardSchema<object> | undefined
  /** The same for the data of one domain. */
  readonly localSchema?: StandardSchema<object> | undefined
  /** What a message of `flash` has to look like. Default: any JSON. */
  readonly flashSchema?: StandardSchema<unknown> | undefined
  /**
   * What to make of stored data that no longer fits its schema, of all domains (`shared`) or of one
   * (`local`). Default: the keys that do not fit are left out.
   */
  readonly repairData?: RepairData | undefined
  /**
   * What happens if two domains meet with two different users: `primary` keeps the primary's session, `apart`
   * leaves both. Default: `primary`.
   */
  readonly onUserConflict?: ((primaryUserId: string, ownUserId: string) => 'primary' | 'apart') | undefined
  /** Whether a session records who asks, for a list of devices. Default: both. */
  readonly recordVisitor?: { readonly ip?: boolean; readonly userAgent?: boolean } | undefined
  /** Called when a session is created, merged, signed in and so on. */
  readonly onEvent?: EventListener | undefined
  /**
   * Consent. Until it answers true there is no cookie, no redirect and no row. If it answers false, what was
   * there is removed. Default: always true.
   */
  readonly mayCreateSession?: ((request: ConsentRequest) => boolean | Promise<boolean>) | undefined
  /**
   * Paths of your service workers, for example `['/sw.js']`. The middleware refuses all others (`CDS419`), if
   * its matcher lets it see them. Default: none is allowed.
   */
  readonly serviceWorkers?: readonly string[] | undefined
  /**
   * Limits the rate of exchanges: called before each hop that may write (`start` and `check`). If it answers
   * false, nothing is written (`CDS420`). If it throws, the exchange goes on. Default: always true.
   */
  readonly mayExchange?: ((request: ConsentRequest) => boolean | Promise<boolean>) | undefined
  /**
   * An exchange has to stay in one network: /24 of IPv4, /48 of IPv6. Only behind a proxy that sets
   * `X-Forwarded-For` itself. Default: false, because browsers change networks, and IPv4 and IPv6, as they like.
   */
  readonly networkPrefix?: boolean | undefined
  /** Take the host from `X-Forwarded-Host`. Only behind a proxy that always sets it. Default: false. */
  readonly trustForwardedHost?: boolean | undefined
  /** Called with errors the visitor never sees, such as a store that is down. Default: `console.error`. */
  readonly onError?: ((error: unknown) => void) | undefined
}

/** How long a session lives, by the store's clock. */
export interface Lifetime {
  /** Seconds without a request after which the session expires. */
  readonly idleSeconds: number
  /** Seconds after its creation, or the last sign-in, at which it expires in any case. */
  readonly absoluteSeconds: number
}

/** Options after they were checked. */
export interface Config extends Sealing, Consent {
  readonly clock: Clock
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
  readonly networkPrefix: boolean
  readonly trustForwardedHost: boolean
  /** False if the application has refused. */
  mayExchange(request: ConsentRequest): Promise<boolean>
  /** Tells the application, and never fails. */
  emit(event: SessionEvent): Promise<void>
  reportError(error: unknown): void
  /**
   * The list as it is now.
   * @throws {CrossDomainError} `CDS111` if the application's function fails and has never given a list.
   */
  domains(): Promise<Domains>
}

/** The environment variables that stand in for options. */
export interface Environment {
  readonly CROSSDOMAIN_PRIMARY_SERVERNAME?: string | undefined
  readonly CROSSDOMAIN_DOMAINS?: string | undefined
  readonly CROSSDOMAIN_SECRET?: string | undefined
  readonly CROSSDOMAIN_PATH?: string | undefined
}

/** The longest life of a cookie in seconds. Browsers cap it at 400 days (RFC 6265bis, section 5.5). */
export const cookieTtlSeconds = 400 * 86_400

/** A hundred years. Longer is a mistake, such as milliseconds, and not every store can hold such a date. */
export const maxLifetimeSeconds = 36_525 * 86_400

/**
 * @throws {CrossDomainError} `CDS101` to `CDS110`, so that a mistake shows at start and not to the first
 *   visitor.
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
  const reportError = (error: unknown): void => {
    try {
      ;(options.onError ?? console.error)(error)
    } catch (failure) {
      // An error of the error handler must not become the visitor's.
      console.error(error, failure)
    }
  }
  async function attempt<T>(hook: () => T): Promise<Awaited<T> | undefined> {
    try {
      return await hook()
    } catch (error) {
      reportError(error)
      return undefined
    }
  }
  return Object.freeze({
    clock,
    secrets: parseSecrets(options.secret ?? environment.CROSSDOMAIN_SECRET),
    domains: domainList(primary, options.domains ?? words(environment.CROSSDOMAIN_DOMAINS), {
      clock,
      within,
      subdomains: options.subdomains,
      reportError,
    }),
    path: parsePath(options.path ?? nonEmpty(environment.CROSSDOMAIN_PATH) ?? '/crossdomain'),
    lifetime: parseLifetime(options.lifetime),
    maxDataBytes,
    maxMergedBytes: parseCount(options.maxMergedBytes ?? 2 * maxDataBytes, 'maxMergedBytes'),
    merge: options.merge ?? mergeByKey,
    networkPrefix: options.networkPrefix ?? false,
    serviceWorkers: options.serviceWorkers ?? [],
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
    emit: async (event: SessionEvent) => attempt(() => options.onEvent?.(event)),
    reportError,
  })
}

function parseLifetime(input: Options['lifetime']): Lifetime {
  const idleSeconds = parseCount(input?.idleSeconds ?? 30 * 86_400, 'idleSeconds', maxLifetimeSeconds)
  const absoluteSeconds = parseCount(
    input?.absoluteSeconds ?? Math.max(365 * 86_400, idleSeconds),
    'absoluteSeconds',
    maxLifetimeSeconds,
  )
  if (idleSeconds > absoluteSeconds)
    throw new CrossDomainError('CDS110', 'idleSeconds is longer than absoluteSeconds')
  return { idleSeconds, absoluteSeconds }
}

function parseCount(input: number, name: string, max = Number.MAX_SAFE_INTEGER): number {
  if (!Number.isInteger(input) || input <= 0 || input > max)
    throw new CrossDomainError('CDS110', `${name} is ${input}`)
  return input
}
