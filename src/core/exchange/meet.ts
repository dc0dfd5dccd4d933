import { ledAway, movedTo, type Moment, type Pass, type Refusal } from '../session/changes.js'
import type { Decision } from '../session/decide.js'
import { userOf, type Key, type Row } from '../store/row.js'
import { keptKeys, keysWithoutRights, leadAway, listKey, newerKeys, type Seat } from '../store/standing.js'
import { sha256 } from '../values/ids.js'

// What `check` and `replace` do to the rows, as pure decisions. docs/protocol.md explains them.

/** What `check` shares: the primary's session, and the key that its cookie holds from now on. */
export interface Sharing {
  readonly rows: readonly Row[]
  /** What the primary's cookie has to say; null: what it says already. */
  readonly pass: Pass | null
  readonly id: string
  readonly keyHash: string
}

/**
 * What `check` does on the primary. The id stays. The cookie gets another key if its guest is about to become
 * a user, if it is out of the session that the domain is in, or if its session has moved. Such a key is
 * listed before it is handed out, and `replace` makes it good. If the session has ended, another one begins.
 * @param cookie `must`: a cookie of the primary is missing, or is to be sealed anew. `may`: the browser would
 * keep one
 *   of this answer.
 */
export function share(
  primary: Seat,
  domain: Seat,
  moment: Moment,
  cookie: 'must' | 'may' | 'cannot',
): Sharing | Refusal | 'needs-cookie' {
  const { row, standing, credential, isOnItsWay } = primary
  const maySetCookies = cookie !== 'cannot'
  const newer = newerKeys(row, credential, moment.nowMs)
  const isSame = row.id === domain.row.id && domain.standing === 'in'
  if (standing === 'in' || standing === 'blank') {
    const kept: Sharing = { rows: [], pass: null, id: row.id, keyHash: credential.keyHash }
    // A guest is about to become a user: whoever has copied the guest's cookie is not to become one.
    const meetsUser =
      !isSame && domain.standing === 'in' && userOf(domain.row) !== null && userOf(row) === null
    if (meetsUser) {
      if (isOnItsWay || newer.some(({ is }) => is !== 'handed-out')) return 'arriving'
      return maySetCookies ? handOut(primary, moment) : 'needs-cookie'
    }
    // The cookie names a session that has moved: it gets the new id. None is set while a newer cookie is on
    // its way.
    const isWanted = cookie === 'must' || (cookie === 'may' && row.id !== credential.id)
    return isWanted && !primary.isOvertaken ? handOut(primary, moment) : kept
  }
  // The primary is out of the very session that the domain is in, so it may come back.
  if (isSame) {
    if (isOnItsWay || newer.some(({ is }) => typeof is === 'object')) return 'arriving'
    return maySetCookies ? handOut(primary, moment) : 'needs-cookie'
  }
  if (standing === 'arriving' || primary.isOvertaken) return 'arriving'
  if (!maySetCookies) return 'needs-cookie'
  // Its session has ended: another one begins, and the old cookie's key says where it goes.
  const { fresh, nowMs } = moment
  const left = ledAway(row, leadAway(row, credential, fresh.id, nowMs), { wasSaved: false })
  return { rows: [left], pass: fresh, id: fresh.id, keyHash: sha256(fresh.key) }
}

function handOut({ row, credential, standing }: Seat, { fresh, nowMs }: Moment): Sharing {
  const keyHash = sha256(fresh.key)
  // Whoever is in as a user stays so. What a guest is handed out is nothing to a user who comes by other
  // ways.
  const is = standing === 'in' && userOf(row) !== null ? 'good' : 'handed-out'
  const key: Key = { hash: keyHash, domain: credential.domain, is, atMs: nowMs }
  const pass = { id: row.id, key: fresh.key }
  const keys = listKey(keptKeys(row, nowMs), credential, key)
  return { rows: [{ ...row, keys }], pass, id: row.id, keyHash }
}

/** What `replace` comes to. */
export interface Meeting {
  readonly rows: readonly Row[]
  /** What the domain's cookie has to say; null: what it says already. */
  readonly pass: Pass | null
  /** The session that the domain has from now on. */
  readonly row: Row
}

/**
 * What `replace` does: one session of two, and a cookie of its own for the domain.
 * @param decision What becomes of the content, if the two are different sessions.
 * @param mustSetCookie The domain's cookies are old, or tell different stories.
 */
export function meet(
  primary: Seat,
  domain: Seat,
  moment: Moment,
  decision: Decision,
  mustSetCookie: boolean,
): Meeting | Refusal {
  const isPrimaryIn = primary.standing === 'in' || primary.standing === 'blank'
  if (primary.row.id === domain.row.id) return agree(primary, domain, moment, mustSetCookie)
  if (!isPrimaryIn) return 'ended'
  if (domain.standing === 'out' || domain.standing === 'arriving') {
    if (domain.isOvertaken) return 'arriving'
    const keys = leadAway(domain.row, domain.credential, primary.row.id, moment.nowMs)
    const left = ledAway(domain.row, keys, { wasSaved: primary.row.state === 'live' })
    return join(primary.row, keptKeys(primary.row, moment.nowMs), domain, moment, [left])
  }
  if (decision.apart) return { rows: [], pass: null, row: domain.row }
  if (domain.isOvertaken) return 'arriving'
  const moved = movedTo(domain.row, primary.row.id, moment.nowMs)
  const { content } = decision
  const becomesUser = userOf(primary.row) === null && userOf(domain.row) !== null
  // Somebody signed out on the primary since `check`. The key of this ticket led to what began then, and
  // whoever has copied it while it was good is not to become a user again.
  if (becomesUser && primary.isLedAway) return 'ended'
  const base = { ...primary.row, signIns: primary.row.signIns + (becomesUser ? 1 : 0) }
  const next: Row = content === null ? base : { ...base, state: 'live', session: content }
  return join(next, keysOfBoth(primary, domain, moment), domain, moment, [moved])
}

/** Both have the same session already, or one of them is out of it and comes back. */
function agree(primary: Seat, domain: Seat, moment: Moment, mustSetCookie: boolean): Meeting | Refusal {
  const { row } = domain
  const isPrimaryIn = primary.standing === 'in' || primary.standing === 'blank'
  if (domain.standing === 'in' || domain.standing === 'blank') {
    const kept = keptKeys(row, moment.nowMs)
    const promoted = isPrimaryIn ? kept : promote({ ...row, keys: kept }, primary)
    if (promoted === null) return 'ended'
    // The cookie names a session that has become this one, and that is soon forgotten if nothing was saved in
    // it. So it gets the id even if another answer is about to bring it: that one may never arrive.
    const isWanted = row.id !== domain.credential.id || (mustSetCookie && !domain.isOvertaken)
    if (isWanted) return join(row, promoted, domain, moment)
    return { rows: isPrimaryIn ? [] : [{ ...row, keys: promoted }], pass: null, row }
  }
  if (!isPrimaryIn) return 'ended'
  const newer = newerKeys(row, domain.credential, moment.nowMs)
  const isLedAway = domain.isOvertaken && newer.length === 0
  if (isLedAway || newer.some(({ is }) => is !== 'good')) return 'arriving'
  return join(row, keptKeys(row, moment.nowMs), domain, moment)
}

/**
 * The key that `check` has handed out to the primary becomes good.
 * @returns null if the row knows of none.
 */
function promote({ keys }: Row, { credential }: Seat): readonly Key[] | null {
  const isIt = ({ hash, domain, is }: Key): boolean =>
    hash === credential.keyHash && domain === credential.domain && typeof is === 'string'
  return keys.some(isIt) ? keys.map((key) => (isIt(key) ? { ...key, is: 'good' } : key)) : null
}

/** Keys of the side that has the surviving user go along; those of the other side lose their rights. */
function keysOfBoth(primary: Seat, domain: Seat, { nowMs }: Moment): readonly Key[] {
  const [user, other] = [userOf(primary.row), userOf(domain.row)]
  const theirs = domain.row.keys.filter(({ is }) => is === 'good')
  if (other === null || (user !== null && user !== other)) return keptKeys(primary.row, nowMs)
  if (user !== null) return [...keptKeys(primary.row, nowMs), ...theirs]
  const { keyHash, domain: at } = primary.credential
  const own = primary.row.keys.find(({ hash }) => hash === keyHash)
  const rest = keysWithoutRights(primary.row, nowMs).filter(({ hash }) => hash !== keyHash)
  return [...rest, { hash: keyHash, domain: at, is: 'good', atMs: own?.atMs ?? nowMs }, ...theirs]
}

/** The domain gets the surviving id and a new key of its own. */
function join(
  row: Row,
  keys: readonly Key[],
  { credential }: Seat,
  moment: Moment,
  others: readonly Row[] = [],
): Meeting {
  const { fresh, nowMs } = moment
  const key: Key = { hash: sha256(fresh.key), domain: credential.domain, is: 'good', atMs: nowMs }
  const next = { ...row, keys: listKey(keys, credential, key) }
  return { rows: [...others, next], pass: { id: row.id, key: fresh.key }, row: next }
}
