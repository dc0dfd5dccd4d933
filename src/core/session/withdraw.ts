import type { SessionEvent } from '../events.js'
import type { Place } from '../domains/place.js'
import { keysWithoutRights } from '../store/standing.js'
import type { Rows } from '../store/rows.js'
import { fingerprintOf } from '../values/ids.js'
import { ended, sessionOf } from './changes.js'
import type { Found } from './find.js'

/**
 * Ends a session on all domains, because consent was taken back.
 * @returns The event for the application; null if this cookie opens nothing that was saved.
 * @throws Whatever the store throws.
 */
export async function withdraw(rows: Rows, { domain }: Place, { seat }: Found): Promise<SessionEvent | null> {
  for (;;) {
    const { row, standing } = await rows.seat(seat.credential)
    const session = standing === 'in' ? sessionOf(row) : null
    if (session === null) return null
    if (!(await rows.swap([ended(row, keysWithoutRights(row, rows.nowMs))]))) continue
    const { userId } = session
    const fingerprint = fingerprintOf(row.id, row.signIns)
    return { type: userId === null ? 'ended' : 'signed-out', domain, fingerprint, userId }
  }
}
