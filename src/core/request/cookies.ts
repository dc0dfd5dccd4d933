import { cookieTtlSeconds } from '../config.js'
import type { ConsentRequest } from '../consent.js'
import type { Place } from '../domains/place.js'
import type { Credential } from '../store/standing.js'
import { createId, fingerprintOf, sha256 } from '../values/ids.js'
import { seal, unseal, type Sealing, type Unsealed } from '../values/seal.js'
import { isLater, type NowOrLater } from '../values/later.js'
import { syncCookieName } from '../../shared/wire.js'

/** The cookies of the kit, by what they are for. */
export type CookieName = 'session' | 'link' | 'sync' | 'agreed' | 'leaving'

/**
 * `session`: every domain, sealed, `Lax`; the matcher of the user's middleware names it. `link`: the primary
 * only, sealed, `None`, so that it rides on the fetch of another domain. `sync`: secondaries only, for
 * script.
 * `agreed`: secondaries only. `leaving`: secondaries only, for seconds.
 */
export function cookieNames({
  cookieDomain,
}: Pick<Place, 'cookieDomain'>): Readonly<Record<CookieName, string>> {
  // The stricter prefixes forbid `Domain`, and `Domain` is what shares a cookie among subdomains. Script can
  // set no cookie whose name begins with `__Host-Http-`. A browser that does not know it still knows
  // `__Host-`.
  const [sealed, readable] = cookieDomain === null ? [httpPrefix, '__Host-'] : ['__Secure-', '__Secure-']
  return {
    session: `${sealed}crossdomain`,
    link: `${sealed}crossdomain-link`,
    sync: `${readable}${syncCookieName}`,
    agreed: `${sealed}crossdomain-agreed`,
    leaving: `${sealed}crossdomain-leaving`,
  }
}

/** https://developer.mozilla.org/docs/Web/HTTP/Guides/Cookies#cookie_prefixes */
const httpPrefix = '__Host-Http-'

/** The name that a cookie had before version 0.1, or the same if it had no other. */
function formerNameOf(name: string): string {
  return name.replace(httpPrefix, '__Host-')
}

/** What a browser sent as a cookie, under its name or its former name. */
export function sentAs(cookies: RequestCookies, place: Place, which: CookieName): string | undefined {
  const name = cookieNames(place)[which]
  return (cookies.get(name) ?? cookies.get(formerNameOf(name)))?.value
}

/** Removes a cookie that was sent under its former name, when it is set anew. */
export function replacingFormer(cookies: readonly CookieToSet[], sent: RequestCookies): CookieToSet[] {
  return cookies.flatMap((cookie) => {
    const name = formerNameOf(cookie.name)
    const isSent = name !== cookie.name && sent.get(name) !== undefined
    return isSent ? [cookie, { ...cookie, name, value: '', maxAgeSeconds: 0 }] : [cookie]
  })
}

/** What a session cookie or a link cookie says. */
export interface SessionCookie {
  readonly id: string
  /**
   * No other cookie has it, except the link cookie of the primary. The row lists its hash, and an exchange
   * has to end with it.
   */
  readonly key: string
  /** The listed origin that the cookie belongs to. */
  readonly domain: string
  /** Seconds since 1970. */
  readonly iat: number
  /** The cookie goes when the browser closes. */
  readonly transient?: true
  /** The visitor goes on here: no cookie that the application used before counts any more; see `adopt`. */
  readonly settled?: true
}

/**
 * Age in seconds from which a cookie is sealed anew, so that no session ends with its cookie while the
 * visitor comes. Not sooner: the new one could arrive after that of a sign-in of the same moment.
 */
const renewAfterSeconds = 200 * 86_400

/**
 * A cookie that was read. `isOutdated`: it is old, has its former name, or was sealed with a secret that is
 * about to go, so the next write or exchange seals it anew.
 */
export type ReadSessionCookie = SessionCookie & { readonly isOutdated: boolean }

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

/** What a browser has sent. */
export type RequestCookies = ConsentRequest['cookies']

/** @returns null for a cookie that is absent, sealed with a removed secret, too old, or of another domain. */
export function readSessionCookie(
  sealing: Sealing,
  cookies: RequestCookies,
  place: Place,
  which: 'session' | 'link' = 'session',
): NowOrLater<ReadSessionCookie | null> {
  const name = cookieNames(place)[which]
  const present = unseal(sealing, `http-${which}`, cookies.get(name)?.value)
  const judge = (opened: Unsealed): NowOrLater<ReadSessionCookie | null> => {
    if (opened.status !== 'invalid') return sessionCookieOf(sealing, place, opened)
    // Script can plant a cookie under the former name. It counts only if it was sealed while that name was
    // used.
    const purpose = which === 'session' ? 'cookie' : 'link'
    const former = unseal(sealing, purpose, cookies.get(formerNameOf(name))?.value)
    const judgeFormer = (it: Unsealed) => sessionCookieOf(sealing, place, it, true)
    return isLater(former) ? former.then(judgeFormer) : judgeFormer(former)
  }
  return isLater(present) ? present.then(judge) : judge(present)
}

function sessionCookieOf(sealing: Sealing, place: Place, opened: Unsealed, isFormer = false) {
  if (opened.status !== 'open' || !isSessionCookie(opened.payload)) return null
  const cookie = opened.payload
  if (cookie.domain !== place.domain) return null
  // A cookie of a clock that was far ahead would not become old before the browser drops it.
  const isOld = Math.abs(sealing.clock() - cookie.iat) > renewAfterSeconds
  return { ...cookie, isOutdated: isFormer || isOld || !opened.isNewest }
}

/** The cookie as a row is asked about it. */
export function credentialOf({ clock }: Sealing, { id, key, domain, iat }: SessionCookie): Credential {
  return { id, keyHash: sha256(key), domain, ageMs: (clock() - iat) * 1000 }
}

/** Makes what the first cookie of a browser holds. */
export function newPass(): Pick<SessionCookie, 'id' | 'key'> {
  return { id: createId(), key: createId() }
}

/** What the cookies of one domain are to say. */
export interface ToIssue extends Pick<SessionCookie, 'id' | 'key'> {
  /**
   * Default: now. A copy of another cookie is as old as that one, because nobody has asked the store about
   * it.
   */
  readonly iat?: number
  /** As in `fingerprintOf`. */
  readonly signIns?: number
  /** False: the cookies go when the browser closes. */
  readonly remembered?: boolean
  readonly settled?: boolean | undefined
}

/** The cookies of one domain. They are always set together, so that they cannot tell different stories. */
export async function issueCookies(sealing: Sealing, place: Place, pass: ToIssue): Promise<CookieToSet[]> {
  const session = await issueSealed(sealing, place, 'session', pass)
  return [session, place.isPrimary ? await issueSealed(sealing, place, 'link', pass) : issueSync(place, pass)]
}

/** The link cookie only, because the answer to a fetch of another domain can set no other. */
export function issueLinkCookie(sealing: Sealing, place: Place, pass: ToIssue): Promise<CookieToSet> {
  return issueSealed(sealing, place, 'link', pass)
}

async function issueSealed(
  sealing: Sealing,
  place: Place,
  which: 'session' | 'link',
  { id, key, iat = Math.floor(sealing.clock()), remembered = true, settled = false }: ToIssue,
): Promise<CookieToSet> {
  const payload: SessionCookie = {
    id,
    key,
    domain: place.domain,
    iat,
    ...(!remembered && { transient: true }),
    ...(settled && { settled: true }),
  }
  const value = await seal(sealing, `http-${which}`, payload, cookieTtlSeconds)
  return cookieOf(place, which, value, remembered ? cookieTtlSeconds : null)
}

function issueSync(place: Place, { id, signIns = 0, remembered = true }: ToIssue): CookieToSet {
  const value = syncValueOf(place, fingerprintOf(id, signIns))
  return cookieOf(place, 'sync', value, remembered ? cookieTtlSeconds : null)
}

/** What the sync cookie says when it agrees with a session of this fingerprint. */
export function syncValueOf(place: Place, fingerprint: string): string {
  return `${fingerprint}${place.path}`
}

/** Tells the page of a secondary that its cookie opens no session any more, so that it begins an exchange. */
export function issueEndedSignal(place: Place, name: string): CookieToSet {
  return cookieOf(place, 'sync', `ended-${name}${place.path}`, cookieTtlSeconds)
}

/** What a cookie is called by that signal, or `unknown` if it is there and cannot be read. */
export function endedNameOf(cookie: Pick<SessionCookie, 'key'> | null): string {
  return cookie === null ? 'unknown' : sha256(cookie.key).slice(0, 10)
}

/** Removes all that the kit has set on a domain and that does not go by itself. */
export function deleteCookies(place: Place): CookieToSet[] {
  const names = place.isPrimary ? (['session', 'link'] as const) : (['session', 'sync', 'agreed'] as const)
  return names.map((name) => deleteCookie(place, name))
}

/**
 * Removes what a request brings, and what is left over if the domain was the primary before, or became it.
 */
export function deleteBroughtCookies(cookies: RequestCookies, place: Place): CookieToSet[] {
  const all = ['session', 'link', 'sync', 'agreed'] as const
  const brought = all.filter((name) => sentAs(cookies, place, name) !== undefined)
  return replacingFormer(
    brought.map((name) => deleteCookie(place, name)),
    cookies,
  )
}

export function deleteCookie(place: Place, name: CookieName): CookieToSet {
  return cookieOf(place, name, '', 0)
}

/** Makes a cookie as every one of its name is. */
export function cookieOf(
  place: Place,
  name: CookieName,
  value: string,
  maxAgeSeconds: number | null,
): CookieToSet {
  return {
    name: cookieNames(place)[name],
    value,
    httpOnly: name !== 'sync',
    // `sync` as well: Firefox sends no `Lax` cookie at the end of a fetch that went through another site, and
    // this one tells `replace` that there are some.
    sameSite: name === 'link' || name === 'sync' ? 'none' : 'lax',
    maxAgeSeconds,
    domain: place.cookieDomain,
  }
}

function isSessionCookie(payload: unknown): payload is SessionCookie {
  if (typeof payload !== 'object' || payload === null) return false
  const { id, key, domain, iat } = payload as Partial<SessionCookie>
  return isId(id) && isId(key) && typeof domain === 'string' && typeof iat === 'number'
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && /^[\w-]{22}$/.test(value)
}
