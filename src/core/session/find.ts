import type { Config } from '../config.js'
import type { Place } from '../domains/place.js'
import {
  credentialOf,
  readSessionCookie,
  type ReadSessionCookie,
  type RequestCookies,
} from '../request/cookies.js'
import type { Rows } from '../store/rows.js'
import type { Credential, Seat } from '../store/standing.js'
import { isLater, type NowOrLater } from '../values/later.js'
import { idOfToken, parseToken, sha256 } from '../values/ids.js'
import { joinTwo, type Joined } from './joinTwo.js'

/** A cookie, and what it is worth. */
export interface SeatedCookie {
  readonly cookie: ReadSessionCookie
  readonly seat: Seat
  /** Not empty if this request has made one session of two. */
  readonly joined: Joined
}

/** The session that a request's cookies or its token name. */
export interface Found {
  /** Null for a bearer token. */
  readonly cookie: ReadSessionCookie | null
  readonly seat: Seat
  /** False if a cookie of this domain is missing or says something else; the next write sets all. */
  readonly hasAllCookies: boolean
  /** This request has made its cookie, and not set it yet. */
  readonly isNew?: boolean
  /** A cookie has to be sealed anew. The next write does it, unless no cookie can be set any more. */
  readonly isOutdated: boolean
  readonly joined: Joined
}

/** The cookies of a domain that a request brought. Only the primary has a link cookie. */
export interface Brought {
  readonly session: ReadSessionCookie | null
  readonly link: ReadSessionCookie | null
}

export function readBrought(config: Config, cookies: RequestCookies, place: Place): NowOrLater<Brought> {
  const session = readSessionCookie(config, cookies, place)
  const link = place.isPrimary ? readSessionCookie(config, cookies, place, 'link') : null
  if (!isLater(session) && !isLater(link)) return { session, link }
  return Promise.all([session, link]).then(([first, second]) => ({ session: first, link: second }))
}

/**
 * Finds the session of a request with one question to the store, and one more for each session that it has
 * become.
 * @param mayUseLink On the primary: no other site can have forged this request, so the link cookie counts as
 *   well.
 * @param mayJoin Whether this request may write: see `joinTwo`. It is asked only if there are two sessions.
 * @throws Whatever the store throws.
 */
export async function findSession(
  config: Config,
  rows: Rows,
  place: Place,
  { session, link }: Brought,
  mayUseLink: boolean,
  mayJoin?: MayJoin,
): Promise<Found | null> {
  const found = await betterOf(config, rows, session, mayUseLink ? link : null, mayJoin)
  if (found === null) return null
  const { cookie, seat, joined } = found
  const isLinked = !place.isPrimary || (link?.id === cookie.id && link.key === cookie.key)
  const { row } = seat
  // A guest's cookie stays when the browser closes.
  const isRemembered = row.state !== 'live' || row.session.remembered
  const isAsLong = isRemembered === (cookie.transient !== true)
  const isUnsettled = config.adopt !== null && cookie.settled !== true
  const isOutdated = isUnsettled || session?.isOutdated === true || link?.isOutdated === true
  return { cookie, seat, hasAllCookies: cookie === session && isLinked && isAsLong, isOutdated, joined }
}

/**
 * The two cookies of the primary can differ, because a fetch of another domain can set only the link cookie.
 * A user's session counts before a guest's, and a saved one before a blank one. If both open one, they become
 * one.
 * @throws Whatever the store throws.
 */
export async function betterOf(
  config: Config,
  rows: Rows,
  session: ReadSessionCookie | null,
  link: ReadSessionCookie | null,
  mayJoin: MayJoin = async () => false,
): Promise<SeatedCookie | null> {
  const cookies = [session, link].filter((cookie) => cookie !== null)
  if (cookies.length === 0) return null
  const unread = cookies.map(({ id }) => id).filter((id) => !rows.has(id))
  if (unread.length > 0) await rows.read([...new Set(unread)])
  let joined: Joined = []
  for (let isFirst = true; ; isFirst = false) {
    const seats: Seated[] = []
    for (const cookie of cookies) {
      const other = cookies.find((brought) => brought.key !== cookie.key)
      const credential = {
        ...credentialOf(config, cookie),
        ...(other && { other: { id: other.id, keyHash: sha256(other.key) } }),
      }
      const seated = rows.seat(credential)
      seats.push({ cookie, seat: isLater(seated) ? await seated : seated, isLink: cookie === link })
    }
    const [best, other] = seats.filter((it) => !isSuperseded(it, seats)).sort(byWorth)
    if (best === undefined) return null
    const isOne = other === undefined || best.seat.row.id === other.seat.row.id
    if (isOne || !isFirst || !(await mayJoin())) return { ...best, joined }
    const done = await joinTwo(config, rows, best.cookie.domain, best.seat, other.seat)
    if (done === null) return { ...best, joined }
    joined = done
  }
}

type MayJoin = () => Promise<boolean>

type Seated = Pick<SeatedCookie, 'cookie' | 'seat'> & { readonly isLink: boolean }

/**
 * True for the older of two cookies if its key leads away. The browser that has the newer one did not write
 * with it, so somebody did who has a copy from before.
 */
function isSuperseded({ cookie, seat }: Seated, all: readonly Seated[]): boolean {
  return seat.isLedAway && all.some((other) => other.cookie.key !== cookie.key && isNewer(other, cookie))
}

/** Of two that were made in one second the link cookie, because only that one is ever set alone. */
function isNewer({ cookie, isLink }: Seated, than: ReadSessionCookie): boolean {
  return cookie.iat === than.iat ? isLink : cookie.iat > than.iat
}

function byWorth(one: Seated, other: Seated): number {
  const [rank, otherRank] = [rankOf(one.seat), rankOf(other.seat)]
  if (rank !== otherRank) return rank - otherRank
  // If both open one session, the one whose key was listed last: the other one may be a guest's, and lose its
  // rights when the session becomes a user's.
  const isOne = one.seat.row.id === other.seat.row.id
  const later = isOne ? listedAtMs(other.seat) - listedAtMs(one.seat) : 0
  // Of two that open nothing the newer: the browser has been given it last.
  return later || (rank >= 3 ? other.cookie.iat - one.cookie.iat : 0)
}

function listedAtMs({ row, credential }: Seat): number {
  return row.keys.find(({ hash }) => hash === credential.keyHash)?.atMs ?? 0
}

function rankOf({ standing, row }: Seat): number {
  switch (standing) {
    case 'in':
      return row.state === 'live' && row.session.userId !== null ? 0 : 2
    case 'arriving':
      return 1
    case 'blank':
      return 3
    case 'out':
      return 4
    default:
      return standing satisfies never
  }
}

/** The key of a token's row, as standings know it: a token belongs to no domain. */
export function tokenCredential(token: string): Credential {
  return { id: idOfToken(token), keyHash: sha256(token), domain: 'api', ageMs: 0 }
}

/**
 * Finds the session of a bearer token, live or expired.
 * @returns null for a token that no session of the API has.
 * @throws Whatever the store throws.
 */
export async function findApiSession(rows: Rows, authorization: string): Promise<Found | null> {
  const token = parseToken(authorization)
  if (token === null) return null
  const seat = await rows.seat(tokenCredential(token))
  const isKnown = seat.standing === 'in' || hasExpired(seat)
  return isKnown ? { cookie: null, seat, hasAllCookies: true, isOutdated: false, joined: [] } : null
}

/** True for a session that nobody ended. */
export function hasExpired({ row }: Seat): boolean {
  return row.state === 'ended' && row.expired === true
}
