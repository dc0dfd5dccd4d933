import { cookieTtlSeconds } from './config.js'
import { createNonce, fingerprintOf } from './ids.js'
import type { Origin } from './origin.js'
import { seal, unseal, type Sealing } from './seal.js'
import { syncCookieName } from './wire.js'

/** Every domain: sealed, `Lax`. Named in the matcher of the user's middleware. */
export const sessionCookieName = '__Host-crossdomain'
/** Primary only: sealed, `None`, so that it rides on the fetch of another domain. */
export const linkCookieName = '__Host-crossdomain-link'

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

/** A cookie that was read. `isOutdated`: a secret sealed it that is about to go, so the next write seals it anew. */
export type Read<Cookie> = Cookie & { readonly isOutdated: boolean }

/** What the link cookie says. */
export type LinkCookie = Pick<SessionCookie, 'sid' | 'iat' | 'transient'>

/** A cookie to set. All of them are `Secure; Path=/` and have no `Domain`, as the prefix `__Host-` asks for. */
export interface CookieToSet {
  readonly name: string
  readonly value: string
  readonly httpOnly: boolean
  readonly sameSite: 'lax' | 'none'
  /** Seconds; 0 deletes, null lasts until the browser closes. */
  readonly maxAgeSeconds: number | null
}

/** Reads a cookie of the request by name. */
export type ReadCookie = (name: string) => string | undefined

/** Where cookies are issued: the domain, and whether it is the primary. */
export interface Place {
  readonly domain: Origin
  readonly isPrimary: boolean
  readonly path: string
}

/** @returns null for a cookie that is absent, sealed by a removed secret, too old, or of another domain. */
export async function readSessionCookie(sealing: Sealing, read: ReadCookie, domain: Origin): Promise<Read<SessionCookie> | null> {
  const opened = await unseal(sealing, 'cookie', read(sessionCookieName))
  if (opened.status !== 'open' || !isLinkCookie(opened.payload)) return null
  const { domain: of, bind, ...link } = opened.payload as Partial<SessionCookie> & LinkCookie
  return of === domain && typeof bind === 'string' ? { ...link, domain: of, bind, isOutdated: !opened.isNewest } : null
}

/** @returns null for a cookie that is absent, sealed by a removed secret or too old. */
export async function readLinkCookie(sealing: Sealing, read: ReadCookie): Promise<Read<LinkCookie> | null> {
  const opened = await unseal(sealing, 'link', read(linkCookieName))
  return opened.status === 'open' && isLinkCookie(opened.payload) ? { ...opened.payload, isOutdated: !opened.isNewest } : null
}

/**
 * The cookies that make `sid` the session of a domain. Always set together, so that they cannot tell different stories.
 * @param remembered False: they go when the browser closes.
 */
export async function issueCookies(sealing: Sealing, place: Place, sid: string, remembered = true): Promise<CookieToSet[]> {
  const payload: SessionCookie = { sid, domain: place.domain, bind: createNonce(), iat: sealing.clock(), ...(remembered ? {} : { transient: true }) }
  const session: CookieToSet = {
    name: sessionCookieName,
    value: await seal(sealing, 'cookie', payload, cookieTtlSeconds),
    httpOnly: true,
    sameSite: 'lax',
    maxAgeSeconds: remembered ? cookieTtlSeconds : null,
  }
  return [session, place.isPrimary ? await issueLinkCookie(sealing, sid, remembered) : syncCookie(place, await fingerprintOf(sid), remembered)]
}

export async function issueLinkCookie(sealing: Sealing, sid: string, remembered = true): Promise<CookieToSet> {
  const payload: LinkCookie = { sid, iat: sealing.clock(), ...(remembered ? {} : { transient: true }) }
  return {
    name: linkCookieName,
    value: await seal(sealing, 'link', payload, cookieTtlSeconds),
    httpOnly: true,
    sameSite: 'none',
    maxAgeSeconds: remembered ? cookieTtlSeconds : null,
  }
}

/** Tells the page of a secondary that its session has ended, so that it begins an exchange. */
export async function issueEndedSignal(place: Place, sid: string): Promise<CookieToSet> {
  return syncCookie(place, `ended-${await fingerprintOf(sid)}`)
}

/** Removes all that the kit has set on a domain. */
export function deleteCookies(place: Place): CookieToSet[] {
  const names = [sessionCookieName, place.isPrimary ? linkCookieName : syncCookieName]
  return names.map((name) => ({ name, value: '', httpOnly: name !== syncCookieName, sameSite: name === linkCookieName ? 'none' : 'lax', maxAgeSeconds: 0 }))
}

function syncCookie(place: Place, state: string, remembered = true): CookieToSet {
  return { name: syncCookieName, value: `${state}${place.path}`, httpOnly: false, sameSite: 'lax', maxAgeSeconds: remembered ? cookieTtlSeconds : null }
}

function isLinkCookie(payload: unknown): payload is LinkCookie {
  if (typeof payload !== 'object' || payload === null) return false
  const { sid, iat } = payload as Partial<LinkCookie>
  return typeof sid === 'string' && /^[\w-]{43}$/.test(sid) && typeof iat === 'number'
}
