import type { Lifetime } from '../lifetime.js'
import type { Visit } from '../request/incoming.js'
import { blankRow, userOf, type Key, type LiveRow, type Row, type SessionRecord } from '../store/row.js'
import { keptKeys, keysWithoutRights, leadAway, listKey, type Seat } from '../store/standing.js'
import { sha256 } from '../values/ids.js'

// What a request does to its session, as pure decisions: a seat goes in, and the rows come out as they have
// to be. The caller writes these rows if nobody has changed them, and otherwise asks again.

/** What a new cookie holds beside its domain. */
export interface Pass {
  readonly id: string
  readonly key: string
}

/**
 * What to write, and how the request goes on: in `row`, with the cookie `pass`, or with the one that it has
 * if that is null.
 */
export interface Change {
  readonly rows: readonly Row[]
  readonly row: Row
  readonly pass: Pass | null
}

/**
 * `arriving`: a newer cookie is on its way to this browser, and the answer of this request could take it
 * away.
 * `ended`: this cookie no longer opens the session that the request has seen.
 */
export type Refusal = 'arriving' | 'ended'

/** What a decision is given beside the seat. */
export interface Moment {
  readonly nowMs: number
  /** Made once for each request, so that every attempt of it leads to the same new session. */
  readonly fresh: Pass
}

/** Changes what was saved of a session, or saves it for the first time. */
export function write(
  seat: Seat,
  moment: Moment,
  how: {
    /**
     * What the request has seen of the session, so its write is meant for that one and not for another that
     * begins.
     */
    readonly seen: SessionRecord | null
    /**
     * `must`: a cookie of this domain is missing, or is to be sealed anew. `may`: the answer can bring one.
     */
    readonly cookie: 'must' | 'may' | 'cannot'
    readonly apply: (before: SessionRecord | null) => SessionRecord
  },
): Change | Refusal {
  const { row, standing, isOvertaken, credential } = seat
  if (standing === 'arriving') return 'arriving'
  if (standing === 'out') {
    if (how.seen !== null) return 'ended'
    if (isOvertaken) return 'arriving'
    return beginElsewhere(seat, moment, { ...live(blankRow(moment.fresh.id), how.apply(null)) })
  }
  if (standing === 'blank' && how.seen !== null) return 'ended'
  // The user has signed out, and somebody else may be using the session that began then.
  if (how.seen !== null && how.seen.userId !== null && how.seen.userId !== userOf(row)) return 'ended'
  const next = live(row, how.apply(sessionOf(row)))
  // The cookie names a session that has moved, or has to be set for another reason. It gets a key of its own,
  // so that it is known to be on its way; and none is set while a newer one is.
  const isWanted = how.cookie === 'must' || (how.cookie === 'may' && row.id !== credential.id)
  if (!isWanted || isOvertaken) return { rows: [next], row: next, pass: null }
  const pass = { id: row.id, key: moment.fresh.key }
  const listed = { ...next, keys: listKey(keptKeys(row, moment.nowMs), credential, goodKey(seat, moment)) }
  return { rows: [listed], row: listed, pass }
}

/** Signs a user in, in the same session if it is a guest's or this user's own. */
export function signIn(
  seat: Seat,
  moment: Moment,
  how: { readonly userId: string; readonly apply: (before: SessionRecord | null) => SessionRecord },
): Change | Refusal {
  const { row, standing, isOvertaken, credential } = seat
  if (isOvertaken) return 'arriving'
  const user = userOf(row)
  const key = goodKey(seat, moment)
  // This browser is out of the same user's session, because an answer was lost. It comes back: the
  // application has just proved who this is.
  if (row.state === 'live' && user === how.userId) {
    const others = keptKeys(row, moment.nowMs).filter(
      ({ is, domain }) => is !== 'good' || domain !== credential.domain,
    )
    const next = { ...live(row, how.apply(row.session)), keys: listKey(others, credential, key) }
    return { rows: [next], row: next, pass: { id: row.id, key: moment.fresh.key } }
  }
  const begun = { ...live(blankRow(moment.fresh.id), how.apply(null)), signIns: 1, keys: [key] }
  if (standing === 'out' || standing === 'arriving') return beginElsewhere(seat, moment, begun)
  if (row.state === 'live' && user !== null) {
    const over = ended(
      row,
      leadAway({ ...row, keys: keysWithoutRights(row, moment.nowMs) }, credential, begun.id, moment.nowMs),
    )
    return { rows: [over, begun], row: begun, pass: moment.fresh }
  }
  const next = {
    ...live(row, how.apply(sessionOf(row))),
    signIns: row.signIns + 1,
    keys: listKey(keysWithoutRights(row, moment.nowMs), credential, key),
  }
  return { rows: [next], row: next, pass: { id: row.id, key: moment.fresh.key } }
}

/**
 * Ends the session, for all domains.
 * @param goesOn What begins in its place: another one that is blank, one with this content, or none.
 * @returns Also null: there is nothing to end.
 */
export function end(
  seat: Seat,
  moment: Moment,
  goesOn: 'blank' | 'nowhere' | { readonly with: (before: SessionRecord) => SessionRecord },
): Change | Refusal | null {
  const { row, standing, isOvertaken, credential } = seat
  if (standing === 'arriving') return 'arriving'
  const keys = keysWithoutRights(row, moment.nowMs)
  // Nothing was saved, but other domains have just been given this id: they are to ask again.
  if (goesOn === 'nowhere' && standing === 'blank' && row.version > 0) {
    const over: Row = { ...row, keys, state: 'ended', wasSaved: false }
    return { rows: [over], row: over, pass: null }
  }
  if (row.state !== 'live') return null
  if (standing === 'out') return 'ended'
  // If a cookie is on its way, that one counts: the session ends, and nothing begins.
  if (goesOn === 'nowhere' || (goesOn === 'blank' && isOvertaken)) {
    const over = ended(row, keys)
    return { rows: [over], row: over, pass: null }
  }
  if (isOvertaken) return 'arriving'
  const over = ended(row, leadAway({ ...row, keys }, credential, moment.fresh.id, moment.nowMs))
  const begun = blankRow(moment.fresh.id)
  if (goesOn === 'blank') return { rows: [over], row: begun, pass: moment.fresh }
  const next = live(begun, goesOn.with(row.session))
  return { rows: [over, next], row: next, pass: moment.fresh }
}

/**
 * Begins another session for a cookie that is out, and lists at its old key where that session is. Of two
 * requests with one cookie, the first one lists it and the second one follows.
 */
function beginElsewhere({ row, credential }: Seat, { nowMs, fresh }: Moment, begun: LiveRow): Change {
  const left = ledAway(row, leadAway(row, credential, fresh.id, nowMs), { wasSaved: true })
  return { rows: [left, begun], row: begun, pass: fresh }
}

/** The row with these keys. A blank one that is left has ended. @param wasSaved What it leads to was. */
export function ledAway(row: Row, keys: readonly Key[], { wasSaved }: { readonly wasSaved: boolean }): Row {
  return row.state === 'blank' ? { ...row, keys, state: 'ended', wasSaved } : { ...row, keys }
}

function live({ id, version, signIns, keys }: Row, session: SessionRecord): LiveRow {
  return { id, version, signIns, keys, state: 'live', session }
}

export function ended({ id, version, signIns }: Row, keys: readonly Key[]): Row {
  return { id, version, signIns, keys, state: 'ended', wasSaved: true }
}

/** The row of a session that has become one with another. */
export function movedTo(row: Row, to: string, nowMs: number): Row {
  const { id, version, signIns, keys } = ended(row, keysWithoutRights(row, nowMs))
  return { id, version, signIns, keys, state: 'moved', to, wasSaved: row.state === 'live' }
}

function goodKey({ credential }: Seat, { nowMs, fresh }: Moment): Key {
  return { hash: sha256(fresh.key), domain: credential.domain, is: 'good', atMs: nowMs }
}

/** What was saved, if anything was. */
export function sessionOf(row: Row): SessionRecord | null {
  return row.state === 'live' ? row.session : null
}

/** A session that is saved for the first time. @param visit Null: nobody has visited yet. */
export function newRecord(nowMs: number, visit: Visit | null, lifetime: Lifetime): SessionRecord {
  return {
    kind: 'cookie',
    userId: null,
    data: {},
    domains: {},
    ip: visit?.ip ?? null,
    userAgent: visit?.userAgent ?? null,
    createdAtMs: nowMs,
    ...livingFrom(nowMs, lifetime),
    remembered: true,
  }
}

/** How long a session lives from now on. */
export function livingFrom(
  nowMs: number,
  { idleSeconds, absoluteSeconds }: Lifetime,
): Pick<SessionRecord, 'lastSeenAtMs' | 'idleSeconds' | 'absoluteExpiresAtMs'> {
  return { lastSeenAtMs: nowMs, idleSeconds, absoluteExpiresAtMs: nowMs + absoluteSeconds * 1000 }
}
