import type { LinkCookie, Read, SessionCookie } from './cookies.js'
import { createSessionId, hashSessionId, renewedIdOf } from './ids.js'
import type { Place } from './place.js'
import type { SessionHash, SessionState } from './record.js'
import type { Renewal, RenewalCandidate } from './store.js'

/** The session that counts on the primary, where two cookies can name one. */
export interface Candidate {
  readonly sid: string
  readonly state: 'blank' | 'live'
  readonly userId: string | null
  readonly isInLinkCookie: boolean
  readonly isInBothCookies: boolean
  /** Of the cookie that names it, for those that are set beside it. */
  readonly remembered: boolean
}

export interface PrimaryCookies {
  readonly session: Read<SessionCookie> | null
  readonly link: Read<LinkCookie> | null
}

type Which = keyof PrimaryCookies
type StateOf = (hash: SessionHash) => SessionState

/**
 * The two cookies differ when a fetch of another domain could renew the link cookie alone. A saved session counts before a blank
 * one, the session cookie before the link cookie, and of two blank ones the newer. An ended one never counts.
 */
function preferences({ session, link }: PrimaryCookies): readonly (readonly [Which, Candidate['state']])[] {
  const newer = session !== null && link !== null && link.iat > session.iat ? 'link' : 'session'
  return [
    ['session', 'live'],
    ['link', 'live'],
    [newer, 'blank'],
    [newer === 'link' ? 'session' : 'link', 'blank'],
  ]
}

/** @param stateOf What the store knows of the id that a cookie names. */
export function chooseCandidate(cookies: PrimaryCookies, stateOf: (which: Which) => SessionState): Candidate | null {
  const { session, link } = cookies
  const isInBothCookies = session !== null && link !== null && session.sid === link.sid
  for (const [which, wanted] of preferences(cookies)) {
    const cookie = cookies[which]
    if (cookie === null) continue
    const state = stateOf(which)
    if (state.state !== wanted) continue
    const userId = state.state === 'live' ? state.record.userId : null
    return { sid: cookie.sid, state: wanted, userId, isInLinkCookie: which === 'link' || isInBothCookies, isInBothCookies, remembered: cookie.transient !== true }
  }
  return null
}

/** How many lost renewals in a row are followed. */
const maxRenewals = 2

interface Id {
  readonly sid: string
  readonly hash: SessionHash
}

/** An id, the one under which its session goes on if it is renewed, and the one that it would be the renewal of. */
export interface Step extends Id {
  readonly renewed: Id
  readonly after: SessionHash | null
}

/** The ids that the primary's cookies name: their own first, then those that lost renewals may have led to. Empty for a cookie that is not there. */
export type PrimaryIds = Readonly<Record<Which, readonly Step[]>>

export async function primaryIds({ session, link }: PrimaryCookies): Promise<PrimaryIds> {
  const own = await stepsOf(session?.sid)
  return { session: own, link: link?.sid === session?.sid ? own : await stepsOf(link?.sid) }
}

/** For a browser without a session here: what becomes a user's gets a row before, so that `replace` sees whether anybody has used it meanwhile. */
export async function newStep(): Promise<Step> {
  const id = await idOf(createSessionId())
  return { ...id, renewed: await idOf(await renewedIdOf(id.sid)), after: null }
}

async function stepsOf(sid: string | undefined): Promise<Step[]> {
  if (sid === undefined) return []
  const steps: Step[] = []
  let id = await idOf(sid)
  let after: SessionHash | null = null
  while (steps.length <= maxRenewals) {
    const renewed = await idOf(await renewedIdOf(id.sid))
    steps.push({ ...id, renewed, after })
    after = id.hash
    id = renewed
  }
  return steps
}

async function idOf(sid: string): Promise<Id> {
  return { sid, hash: await hashSessionId(sid) }
}

/** What `check` finds on the primary. */
export interface OnPrimary {
  /** Null when there is no session to share. */
  readonly candidate: Candidate | null
  /**
   * Its id has to change before it is shared: the domain's session is signed in and this one is not, and somebody may have copied its id; or
   * an earlier renewal's answer was lost, and somebody else may hold that id.
   */
  readonly mustRenew: boolean
  /** A cookie of the primary was sealed by a secret that is about to go. */
  readonly isOutdated: boolean
}

/**
 * @param theirs State of the id that the domain has.
 * @returns `CDS302` while a sign-in, sign-out or exchange of this very moment is about to set the primary's cookies: another one must not overtake it.
 */
export function findOnPrimary(cookies: PrimaryCookies, ids: PrimaryIds, stateOf: StateOf, theirs: SessionState, place: Place): OnPrimary | 'CDS302' {
  const isOutdated = cookies.session?.isOutdated === true || cookies.link?.isOutdated === true
  const own = (which: Which): SessionState => (ids[which][0] === undefined ? { state: 'blank' } : stateOf(ids[which][0].hash))
  const candidate = chooseCandidate(cookies, own)
  if (candidate === null) {
    const isUnderWay = [own('session'), own('link')].some((state) => state.state === 'ended' && state.rotatedOn === place.domain)
    if (isUnderWay) return 'CDS302'
    const lost = findLost(cookies, ids, stateOf)
    return { candidate: lost, mustRenew: lost !== null, isOutdated }
  }
  const mustRenew = candidate.userId === null && theirs.state === 'live' && theirs.record.userId !== null
  return { candidate, mustRenew, isOutdated }
}

/**
 * A guest's session whose id was renewed, by an answer that never reached the browser. One that has a user by now is not for whoever has the
 * old id.
 */
export function findLost(cookies: PrimaryCookies, ids: PrimaryIds, stateOf: StateOf): Candidate | null {
  for (const which of ['session', 'link'] as const) {
    for (const { sid, hash } of ids[which].slice(1)) {
      const state = stateOf(hash)
      if (state.state !== 'live' || state.record.userId !== null) continue
      return { sid, state: 'live', userId: null, isInLinkCookie: false, isInBothCookies: false, remembered: cookies[which]?.transient !== true }
    }
  }
  return null
}

/**
 * What the store is to renew if it finds what `findOnPrimary` says. A blank one is renewed as well: a first write on its way is refused
 * then, and not left behind. So is `none`, where there is nothing else.
 */
export function renewalOf(cookies: PrimaryCookies, ids: PrimaryIds, none: Step, rest: Omit<Renewal, 'candidates'>): Renewal {
  const own = preferences(cookies).flatMap(([which, is]) => ids[which].slice(0, 1).map(({ hash, renewed }): RenewalCandidate => ({ from: hash, to: renewed.hash, is })))
  const lost = stepsIn(ids).flatMap(({ hash, renewed, after }): RenewalCandidate[] => (after === null ? [] : [{ from: hash, to: renewed.hash, is: 'lost', after }]))
  return { ...rest, candidates: [...own, ...lost, { from: none.hash, to: none.renewed.hash, is: 'blank' }] }
}

/** The id behind a hash that `renewalOf` named. @param candidate What was found here: where there is something, `none` is not its renewal. */
export function renewedSid(ids: PrimaryIds, none: Step, candidate: Candidate | null, hash: SessionHash | null): string | null {
  const steps = candidate === null ? [none] : stepsIn(ids)
  return steps.find(({ renewed }) => renewed.hash === hash)?.renewed.sid ?? null
}

export function hashesOf(ids: PrimaryIds): SessionHash[] {
  return stepsIn(ids).map(({ hash }) => hash)
}

function stepsIn({ session, link }: PrimaryIds): readonly Step[] {
  return link === session ? session : [...session, ...link]
}
