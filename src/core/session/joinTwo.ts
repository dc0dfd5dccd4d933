import type { Config } from '../config.js'
import type { SessionEvent } from '../events.js'
import { userOf, type Row } from '../store/row.js'
import type { Rows } from '../store/rows.js'
import { keptKeys, type Seat } from '../store/standing.js'
import { fingerprintOf } from '../values/ids.js'
import { movedTo } from './changes.js'
import { decideFor } from './mergeFor.js'

/** What the application is told of a session that was made of two. */
export type Joined = readonly ('merged' | 'left-out')[]

export function joinedEvents(domain: string, row: Row, joined: Joined): SessionEvent[] {
  const fingerprint = fingerprintOf(row.id, row.signIns)
  return joined.map((type) => ({ type, domain, fingerprint, userId: userOf(row) }))
}

/**
 * Makes one session of the two that the primary's cookies open. Otherwise the next cookies of the primary
 * would leave one of them behind, with all that is in it. No cookie has to be set: both lead to the same
 * session then.
 * @param kept The better one; see `betterOf`. It survives.
 * @returns Null if they stay two: they have two users, or a newer cookie is on its way. Empty if somebody
 *   else has changed one of them at this moment.
 * @throws Whatever the store throws.
 */
export async function joinTwo(
  config: Config,
  rows: Rows,
  domain: string,
  kept: Seat,
  other: Seat,
): Promise<Joined | null> {
  const [ours, theirs] = [kept.row, other.row]
  if (ours.id === theirs.id || ours.state !== 'live' || theirs.state !== 'live') return null
  if (kept.standing !== 'in' || other.standing !== 'in' || kept.isOvertaken || other.isOvertaken) return null
  const isSameUser = userOf(theirs) !== null
  if (isSameUser && userOf(theirs) !== userOf(ours)) return null
  const decision = await decideFor(config, ours.session, theirs.session, domain)
  if (decision === null) return null
  const { nowMs } = rows
  const theirKeys = isSameUser ? theirs.keys.filter(({ is }) => is === 'good') : []
  const keys = [...keptKeys(ours, nowMs), ...theirKeys]
  const joined = { ...ours, keys, session: decision.content ?? ours.session }
  if (!(await rows.swap([movedTo(theirs, ours.id, nowMs), joined]))) return []
  return decision.isLeftOut ? ['merged', 'left-out'] : ['merged']
}
