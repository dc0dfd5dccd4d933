import type { Place } from '../domains/place.js'
import { betterOf, readBrought } from '../session/find.js'
import type { Row } from '../store/row.js'
import { Rows } from '../store/rows.js'
import { orReport } from '../store/storeCall.js'
import type { Exchange } from './answer.js'

/**
 * What a link to another listed domain needs.
 * `nothing`: there is no session to take along, or that domain has it already.
 * `theirs`: the primary has it, so the other domain has to ask. `ours`: first the primary has to learn of it.
 */
export type Need = 'nothing' | 'theirs' | 'ours'

/**
 * Decides it with one question to the store. It looks at nothing but the browser's own session.
 * @param to Origin of the page that the link leads to.
 */
export async function needOf(exchange: Exchange, place: Place, to: string): Promise<Need> {
  const { config, store, request, domains } = exchange
  const brought = await readBrought(config, request.cookies, place)
  const rows = new Rows(store, config.clock)
  const found = await orReport(config, () => betterOf(config, rows, brought.session, brought.link))
  if (found?.seat.standing !== 'in' || !domains.has(to)) return 'nothing'
  const target = domains.groupOf(to).domain
  const primary = domains.groupOf(domains.primary).domain
  const { row } = found.seat
  if (target === place.domain || isKnownOn(row, target)) return 'nothing'
  return target !== primary && (place.isPrimary || isKnownOn(row, primary)) ? 'theirs' : 'ours'
}

/** Whether a cookie of this domain opens the session, as far as the row says. */
function isKnownOn(row: Row, domain: string): boolean {
  if (row.keys.some((key) => key.domain === domain && key.is === 'good')) return true
  // The first cookie of a guest is in no list.
  return row.state === 'live' && row.session.userId === null && Object.hasOwn(row.session.domains, domain)
}
