import { cookieTtlSeconds } from '../config.js'
import { createNonce, fingerprintOf } from '../values/ids.js'
import type { Place } from '../domains/place.js'
import { seal, unseal, type Sealing } from '../values/seal.js'
import { syncCookieName } from '../../shared/wire.js'

/**
 * Names of the cookies. `session`: every domain, sealed, `Lax`; named in the matcher of the user's middleware. `link`: primary only,
 * sealed, `None`, so that it rides on the fetch of another domain. `sync`: secondaries only, for script. `leaving`: secondaries only, for seconds.
 */
export function cookieNames({
  cookieDomain,
}: Pick<Place, 'cookieDomain'>): Readonly<Record<'session' | 'link' | 'sync' | 'leaving', string>> {
  // The stricter prefix forbids `Domain`, which is what shares a cookie among subdomains.
  const prefix = cookieDomain === null ? '__Host-' : '__Secure-'
  return {
    session: `${prefix}crossdomain`,
    link: `${prefix}crossdomain-link`,
    sync: `${prefix}${syncCookieName}`,
    leaving: `${prefix}crossdomain-leaving`,
  }
}

/** Time enough for a browser to walk the exchange. */
const leavingSeconds = 10

/** What the session cookie of one domain says. */
export interface SessionCookie {
  readonly sid: string
  readonly domain: string
  /** Proves that an exchange ends in the browser that began it. Belongs to this domain's cookie alone. */
  readonly bind: string
  /** Seconds since 1970. */
  readonly iat: number
  /** The cookie goes when the browser closes. */
  readonly transient?: true
}

/**
 * Age in seconds from which a cookie is sealed anew, so that no session ends with its cookie while the visitor comes. Not sooner, because a cookie that a
 * write sets could arrive after that of a sign-in of the same moment.
 */
const renewAfterSeconds = 200 * 86_400

/** A cookie that was read. `isOutdated`: it is old, or a secret sealed it that is about to go, so the next write or exchange seals it anew. */
export type Read<Cookie> = Cookie & { readonly isOutdated: boolean }

/** What the link cookie says. */
export type LinkCookie = Omit<SessionCookie, 'bind'>

/** A cookie to set. All of them are `Secure; Path=/`. */
export interface CookieToSet {
  readonly name: string
  readonly value: string
  readonly httpOnly: boolean
  readonly sameSite: 'lax' | 'none'
  /** Seconds; 0 deletes, null lasts until the browser closes. */
  readonly maxAgeSeconds: number | null
  /** Null: this host alone. */
  readonly domain: string | null
}

/** Reads a cookie of the request by name. */
export type ReadCookie = (name: string) => string | undefined

/** @returns null for a cookie that is absent, sealed by a removed secret, too old, or of another domain. */
export async function readSessionCookie(
  sealing: Sealing,
  read: ReadCookie,
  place: Place,
): Promise<Read<SessionCookie> | null> {
  const opened = await unseal(sealing, 'cookie', read(cookieNames(place).session))
  if (opened.status !== 'open' || !isLinkCookie(opened.payload)) return null
  const { bind, ...link } = opened.payload as Partial<SessionCookie> & LinkCookie
  return link.domain === place.domain && typeof bind === 'string'
    ? { ...link, bind, isOutdated: isOutdated(sealing, opened.isNewest, link) }
    : null
}

/** @returns null for a cookie that is absent, sealed by a removed secret, too old, or of a primary that was another domain. */
export async function readLinkCookie(
  sealing: Sealing,
  read: ReadCookie,
  place: Place,
): Promise<Read<LinkCookie> | null> {
  const opened = await unseal(sealing, 'link', read(cookieNames(place).link))
  if (opened.status !== 'open' || !isLinkCookie(opened.payload) || opened.payload.domain !== place.domain)
    return null
  return { ...opened.payload, isOutdated: isOutdated(sealing, opened.isNewest, opened.payload) }
}

/** One of a clock that was far ahead would not become old before the browser drops it. */
function isOutdated({ clock }: Sealing, isNewest: boolean, { iat }: LinkCookie): boolean {
  return !isNewest || Math.abs(clock() - iat) > renewAfterSeconds
}

/**
 * The cookies that make `sid` the session of a domain. Always set together, so that they cannot tell different stories.
 * @param remembered False: they go when the browser closes.
 */
export async function issueCookies(
  sealing: Sealing,
  place: Place,
  sid: string,
  remembered = true,
): Promise<CookieToSet[]> {
  const payload: SessionCookie = {
    sid,
    domain: place.domain,
    bind: createNonce(),
    iat: sealing.clock(),
    ...(remembered ? {} : { transient: true }),
  }
  const session: CookieToSet = {
    name: cookieNames(place).session,
    value: await seal(sealing, 'cookie', payload, cookieTtlSeconds),
    httpOnly: true,
    sameSite: 'lax',
    maxAgeSeconds: remembered ? cookieTtlSeconds : null,
    domain: place.cookieDomain,
  }
  return [
    session,
    place.isPrimary
      ? await issueLinkCookie(sealing, place, sid, remembered)
      : syncCookie(place, await fingerprintOf(sid), remembered),
  ]
}

export async function issueLinkCookie(
  sealing: Sealing,
  place: Place,
  sid: string,
  remembered = true,
): Promise<CookieToSet> {
  const payload: LinkCookie = {
    sid,
    domain: place.domain,
    iat: sealing.clock(),
    ...(remembered ? {} : { transient: true }),
  }
  return {
    name: cookieNames(place).link,
    value: await seal(sealing, 'link', payload, cookieTtlSeconds),
    httpOnly: true,
    sameSite: 'none',
    maxAgeSeconds: remembered ? cookieTtlSeconds : null,
    domain: place.cookieDomain,
  }
}

/** Tells the page of a secondary that its session has ended, or that its cookie does not open, so that it begins an exchange. */
export function issueEndedSignal(place: Place, name: string): CookieToSet {
  return syncCookie(place, `ended-${name}`)
}

/** What an ended session is called by its signal: its fingerprint, or `unknown` where the cookie is there and does not open. */
export async function endedNameOf(cookie: Pick<SessionCookie, 'sid'> | null): Promise<string> {
  return cookie === null ? 'unknown' : fingerprintOf(cookie.sid)
}

/** Tells that the browser is about to walk the exchange as a navigation: the page that it leaves, whose cookie is as new, is not to begin another beside it. */
export function leavingCookie(place: Place): CookieToSet {
  return {
    name: cookieNames(place).leaving,
    value: '1',
    httpOnly: true,
    sameSite: 'lax',
    maxAgeSeconds: leavingSeconds,
    domain: place.cookieDomain,
  }
}

/** Removes all that the kit has set on a domain, and that does not go by itself. */
export function deleteCookies(place: Place): CookieToSet[] {
  const { session, link, sync } = cookieNames(place)
  return [session, place.isPrimary ? link : sync].map((name) => deletionOf(place, name))
}

/** Removes what a request brings; also what is left from when the domain was the primary, or was not. */
export function deleteBroughtCookies(read: ReadCookie, place: Place): CookieToSet[] {
  const { session, link, sync } = cookieNames(place)
  return [session, link, sync]
    .filter((name) => read(name) !== undefined)
    .map((name) => deletionOf(place, name))
}

/** Removes what is left on a primary that was a secondary before: its island would go on asking. */
export function deleteSyncCookie(place: Place): CookieToSet {
  return deletionOf(place, cookieNames(place).sync)
}

function deletionOf(place: Place, name: string): CookieToSet {
  const { link, sync } = cookieNames(place)
  return {
    name,
    value: '',
    httpOnly: name !== sync,
    sameSite: name === link || name === sync ? 'none' : 'lax',
    maxAgeSeconds: 0,
    domain: place.cookieDomain,
  }
}

/** What the sync cookie says where it agrees with the session cookie. */
export async function syncValueOf(place: Place, { sid }: Pick<SessionCookie, 'sid'>): Promise<string> {
  return `${await fingerprintOf(sid)}${place.path}`
}

function syncCookie(place: Place, state: string, remembered = true): CookieToSet {
  return {
    name: cookieNames(place).sync,
    value: `${state}${place.path}`,
    httpOnly: false,
    // Firefox sends no `Lax` cookie at the end of a fetch that went through another site; this one tells that there are some.
    sameSite: 'none',
    maxAgeSeconds: remembered ? cookieTtlSeconds : null,
    domain: place.cookieDomain,
  }
}

function isLinkCookie(payload: unknown): payload is LinkCookie {
  if (typeof payload !== 'object' || payload === null) return false
  const { sid, domain, iat } = payload as Partial<LinkCookie>
  return (
    typeof sid === 'string' &&
    /^[\w-]{43}$/.test(sid) &&
    typeof domain === 'string' &&
    typeof iat === 'number'
  )
}
