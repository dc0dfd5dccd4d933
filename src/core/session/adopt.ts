import type { OldSession } from '../adoption.js'
import type { Config } from '../config.js'
import type { Place } from '../domains/place.js'
import type { SessionEvent } from '../events.js'
import { credentialOf, issueCookies, newPass, type CookieToSet } from '../request/cookies.js'
import type { Visit } from '../request/incoming.js'
import { userOf, type LiveRow, type SessionRecord } from '../store/row.js'
import type { Rows } from '../store/rows.js'
import type { Seat } from '../store/standing.js'
import { fingerprintOf } from '../values/ids.js'
import { newRecord, sessionOf, signIn } from './changes.js'
import type { Found, SeatedCookie } from './find.js'
import { decideFor } from './mergeFor.js'
import { visited } from './patch.js'

/** How often it decides anew while somebody changes the session. */
const mostAttempts = 5

/** What it takes to go on from an old session. */
export interface Adopting {
  readonly config: Config
  readonly rows: Rows
  readonly place: Place
  readonly visit: Visit
  /** Null: the answer of this request can set no cookie. */
  readonly setCookies: ((cookies: readonly CookieToSet[]) => Promise<void>) | null
  readonly event: (event: SessionEvent) => void
}

/** The session that goes on from the old one. */
export type Adoptable = Found & SeatedCookie

/** True if nothing was taken over on this domain yet, and nobody has signed out since. */
export function mayAdopt({ cookie, seat }: SeatedCookie, { domain }: Place): boolean {
  const { row, standing, isLedAway } = seat
  if (cookie.settled === true || isLedAway) return false
  // The answer that signed the user in was lost, and the old cookie proves once more who this is.
  if (standing === 'out') return userOf(row) !== null
  return row.state !== 'live' || row.session.domains[domain]?.adopted !== true
}

/**
 * Goes on from the session that the application kept before: its content is merged as if another domain
 * brought it. Content of a guest is written at once.
 *
 * A user gets a new key first, as at a sign-in: whoever has put a cookie into this browser must not become
 * its user. If no cookie can be set, because a page renders, the page shows the user, and a later request
 * signs in.
 * @throws Whatever the store throws.
 */
export async function adopt(adopting: Adopting, found: Adoptable, old: OldSession): Promise<Found> {
  const { config, rows, place, setCookies, event } = adopting
  const fresh = newPass()
  let { seat } = found
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    if (!mayAdopt({ ...found, seat }, place)) break
    // Another request of this visitor has just signed in, and its cookie is on its way.
    if (seat.standing === 'arriving') return userOf(seat.row) === old.userId ? shown(found, seat) : found
    if (seat.standing === 'out' && userOf(seat.row) !== old.userId) return found
    const before = sessionOf(seat.row)
    const both = await contentOf(adopting, before, old)
    if (both === null) return found
    const { content, isMerged, isLeftOut } = both
    const row: LiveRow = { ...seat.row, state: 'live', session: content }
    const { userId } = content
    const isSignIn = userId !== null && (userOf(seat.row) === null || seat.standing === 'out')
    const tell = (
      type: 'created' | 'merged' | 'left-out' | 'signed-in',
      { id, signIns }: Pick<LiveRow, 'id' | 'signIns'>,
    ) => event({ type, domain: place.domain, fingerprint: fingerprintOf(id, signIns), userId })
    if (isSignIn && (setCookies === null || seat.isOvertaken)) return shown(found, { ...seat, row })
    // A visitor without a cookie gets one in any case.
    const kept = found.isNew === true ? found.cookie : null
    const change = isSignIn
      ? signIn(seat, { nowMs: rows.nowMs, fresh }, { userId, apply: () => content })
      : { rows: [row], row, pass: kept }
    if (typeof change === 'string') return found
    if (await rows.swap(change.rows)) {
      if (before === null) tell('created', change.row)
      else if (isMerged) tell('merged', change.row)
      if (isLeftOut) tell('left-out', change.row)
      if (change.pass === null || setCookies === null) return shown(found, await rows.seat(seat.credential))
      if (isSignIn) tell('signed-in', change.row)
      const { id, key } = change.pass
      const iat = Math.floor(config.clock())
      const { remembered } = content
      const cookie = { id, key, domain: place.domain, iat, isOutdated: false, settled: true } as const
      await setCookies(
        await issueCookies(config, place, { ...cookie, remembered, signIns: change.row.signIns }),
      )
      const own = await rows.seat(credentialOf(config, cookie))
      const ofBrowser = { ...cookie, ...(!remembered && { transient: true as const }) }
      return { ...found, cookie: ofBrowser, seat: own, hasAllCookies: true, isNew: false, isOutdated: false }
    }
    seat = await rows.seat(seat.credential)
  }
  return { ...found, seat }
}

function shown(found: Found, seat: Seat): Found {
  return { ...found, seat: { ...seat, standing: 'in' } }
}

/** @returns Null if the two cannot be merged. */
async function contentOf(
  { config, rows: { nowMs }, place: { domain }, visit }: Adopting,
  before: SessionRecord | null,
  old: OldSession,
): Promise<{
  readonly content: SessionRecord
  readonly isMerged: boolean
  readonly isLeftOut: boolean
} | null> {
  const theirs = visited({ ...newRecord(nowMs, visit, config.lifetime), ...old }, visit, nowMs)
  const decision = await decideFor(config, before, theirs, domain)
  if (decision === null) return null
  const { isMerged, isLeftOut } = decision
  const content = decision.content ?? theirs
  const known = content.domains[domain] ?? { data: {}, firstSeenAtMs: nowMs, lastSeenAtMs: nowMs }
  const domains = { ...content.domains, [domain]: { ...known, adopted: true as const } }
  return { isMerged, isLeftOut, content: { ...content, domains } }
}
