import { placeOf, type Place } from '../domains/place.js'
import type { AnswerCode } from '../errors/catalogue.js'
import {
  cookieNames,
  syncValueOf,
  credentialOf,
  issueCookies,
  newPass,
  readSessionCookie,
  type CookieToSet,
  type ReadSessionCookie,
} from '../request/cookies.js'
import { isSpeculative, networkOf } from '../request/incoming.js'
import { parseReturnTo } from '../request/returnTo.js'
import { sessionOf } from '../session/changes.js'
import type { Decision } from '../session/decide.js'
import { decideFor } from '../session/mergeFor.js'
import { userOf } from '../store/row.js'
import { Rows } from '../store/rows.js'
import type { Seat } from '../store/standing.js'
import { orReport } from '../store/storeCall.js'
import { fingerprintOf } from '../values/ids.js'
import type { Agreed, Result } from '../../shared/wire.js'
import {
  answer,
  goBack,
  leadBack,
  refuse,
  transportOf,
  unreadable,
  type Answer,
  type Exchange,
} from './answer.js'
import { burntId, exchangeTtlSeconds, sealingOf } from './claim.js'
import { meet, type Meeting } from './meet.js'
import { openTicket, type GrantTicket } from './ticket.js'

/** How often `replace` decides anew while somebody changes one of the two sessions. */
const mostAttempts = 5

/**
 * Third hop, on the secondary: burns the ticket, makes one session of two, sets the cookie. Asks the store
 * twice, unless somebody changes one of the sessions at that moment, or one has moved.
 */
export async function replace(exchange: Exchange): Promise<Answer> {
  const { config, request, domains, self } = exchange
  const place = self === null ? null : placeOf(config, domains, self)
  if (self === null || place === null || place.isPrimary) return refuse('CDS403')
  // A prefetched page writes nothing: nobody may ever look at it.
  if (isSpeculative(request.headers)) return refuse('CDS413')
  const sealing = sealingOf(config, domains, self)
  const ticket = await openTicket(sealing, request.nextUrl.searchParams.get('ticket'))
  if (ticket === null) return refuse('CDS408')
  const transport = transportOf(request)
  const isNavigation = transport === 'navigation' || transport === 'passed-on'
  const wayBack = 'expired' in ticket ? ticket.expired : ticket
  await domains.lookUp(wayBack.returnTo)
  const returnTo = isNavigation ? parseReturnTo(wayBack.returnTo, self, domains, config.path) : null
  const cookie = await readSessionCookie(config, request.cookies, place)
  const end = (result: Result, cookies?: readonly CookieToSet[]): Answer => {
    if (returnTo === null) return answer(result, cookies)
    // Something between here and the browser has changed `Referrer-Policy`, and the browser keeps no cookies.
    // A redirect would lead through the exchange once more, because of the `Referer`. A page does not.
    const wouldLoop = wayBack.beforePage && cookie === null && request.headers.get('referer') !== null
    if (wouldLoop) return leadBack(returnTo, 'CDS410')
    return goBack(exchange, { returnTo, beforePage: wayBack.beforePage }, result, cookies)
  }
  const fail = (code: AnswerCode): Answer =>
    returnTo === null ? refuse(code) : end({ result: 'error', code })
  if ('expired' in ticket) return wayBack.aud === self ? fail('CDS409') : refuse('CDS409')
  const isForUs = ticket.aud === self && isNavigation === (ticket.returnTo !== undefined)
  // The domain of the page was taken off the list meanwhile.
  const isNowhere = isNavigation && ticket.returnTo !== undefined && returnTo === null
  if (ticket.kind === 'return') {
    if (!isForUs || transport === null) return refuse('CDS410')
    if (isNowhere) return refuse('CDS414')
    const { result } = ticket
    if (result.result === 'error') return fail(result.code)
    if (result.result === 'navigate') return answer(result)
    return (await config.mayCreateSession(request)) ? end(result) : fail('CDS415')
  }

  const rows = new Rows(exchange.store, config.clock)
  // Used up before it is compared with the request, so that a ticket presented wrongly is dead too. The row
  // outlives the ticket.
  const ids = cookie === null ? [ticket.id] : [ticket.id, cookie.id]
  const isFirst = await orReport(config, () =>
    rows.useOnce(burntId('ticket', ticket.jti), 2000 * exchangeTtlSeconds, ids),
  )
  // The ticket may not be burnt, and a script that could read this answer would see it in its URL.
  if (isFirst === null) return transport === 'fetch' ? unreadable('CDS301') : fail('CDS301')
  if (!isFirst) return fail('CDS411')
  if (transport === null || transport === 'passed-on') return fail('CDS413')
  // What a browser says of the page after two redirects between origins:
  // https://fetch.spec.whatwg.org/#concept-request-tainted-origin
  if (transport === 'fetch' && request.headers.get('origin') !== 'null') return refuse('CDS404')
  if (!isForUs) return refuse('CDS410')
  if (isNowhere) return refuse('CDS414')
  if (cookie === null) {
    // If only the sync cookie came, the browser holds the other one back, and a navigation brings it. A
    // browser that keeps no cookies goes back to its page as it came.
    const isHeldBack = transport === 'fetch' && request.cookies.get(cookieNames(place).sync) !== undefined
    return isHeldBack ? answer({ result: 'navigate' }) : fail('CDS410')
  }
  const credential = credentialOf(config, cookie)
  if (credential.keyHash !== ticket.bind) return fail('CDS410')
  if (ticket.network !== undefined && ticket.network !== networkOf(request.headers)) return fail('CDS410')
  if (!(await config.mayCreateSession(request))) return fail('CDS415')

  const settled = await settle(exchange, rows, place, cookie, ticket)
  if (typeof settled === 'string') return fail(settled)
  const concluded = await conclude(exchange, place, settled)
  // Another domain may have found the primary without a cookie too, and the browser keeps the one that comes
  // last.
  const agreed = ticket.isNew && !settled.decision.apart ? { ...concluded, again: true } : concluded
  const cookies = await cookiesOf(exchange, place, cookie, settled)
  return end(agreed, cookies)
}

interface Settled extends Meeting {
  readonly decision: Decision
  /** What the domain had. */
  readonly before: Seat
}

async function settle(
  exchange: Exchange,
  rows: Rows,
  place: Place,
  cookie: ReadSessionCookie,
  ticket: GrantTicket,
): Promise<Settled | 'CDS207' | 'CDS301' | 'CDS302' | 'CDS303'> {
  const { config, domains } = exchange
  const primaryDomain = domains.groupOf(domains.primary).domain
  const theirs = { id: ticket.id, keyHash: ticket.keyHash, domain: primaryDomain, ageMs: 0 }
  const synced = exchange.request.cookies.get(cookieNames(place).sync)?.value
  const fresh = newPass()
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    const seats = await orReport(
      config,
      async () => [await rows.seat(theirs), await rows.seat(credentialOf(config, cookie))] as const,
    )
    if (seats === null) return 'CDS301'
    const [primary, before] = seats
    const decision = await decisionOf(config, place, primary, before)
    if (decision === null) return 'CDS207'
    const wanted = syncValueOf(place, fingerprintOf(before.row.id, before.row.signIns))
    const mustSetCookie = cookie.isOutdated || synced !== wanted
    const meeting = meet(primary, before, { nowMs: rows.nowMs, fresh }, decision, mustSetCookie)
    if (typeof meeting === 'string') return 'CDS302'
    const isWritten = meeting.rows.length === 0 || (await orReport(config, () => rows.swap(meeting.rows)))
    if (isWritten === null) return 'CDS301'
    if (isWritten) return { ...meeting, decision, before }
  }
  return 'CDS303'
}

async function decisionOf(
  config: Exchange['config'],
  place: Place,
  primary: Seat,
  domain: Seat,
): Promise<Decision | null> {
  const ours = sessionOf(primary.row)
  const isSame = primary.row.id === domain.row.id
  // Nothing of a session that this cookie does not open may come along.
  const theirs = domain.standing === 'in' && !isSame ? sessionOf(domain.row) : null
  if (isSame && domain.standing === 'in')
    return { result: 'use_current', content: ours, isMerged: false, isLeftOut: false }
  return decideFor(config, ours, theirs, place.domain)
}

/** Tells the application. */
async function conclude({ config }: Exchange, { domain }: Place, settled: Settled): Promise<Agreed> {
  const { decision, row, before } = settled
  const fingerprint = fingerprintOf(row.id, row.signIns)
  const user = userOf(row)
  const former = before.standing === 'in' ? userOf(before.row) : null
  if (former !== null && former !== user) {
    const of = fingerprintOf(before.row.id, before.row.signIns)
    await config.emit({ type: 'signed-out', domain, fingerprint: of, userId: former })
  }
  const type = decision.isMerged ? 'merged' : decision.result === 'replaced' ? 'replaced' : null
  if (type !== null) await config.emit({ type, domain, fingerprint, userId: user })
  if (decision.isLeftOut) await config.emit({ type: 'left-out', domain, fingerprint, userId: user })
  return { result: decision.result, fingerprint }
}

function cookiesOf(
  { config }: Exchange,
  place: Place,
  cookie: ReadSessionCookie,
  { pass, row, before }: Settled,
) {
  const remembered = row.state === 'live' ? row.session.remembered : cookie.transient !== true
  // As on the primary: no new visitor's, if the session of this domain had ended.
  const settled = cookie.settled || before.standing === 'out' || before.isLedAway
  return pass === null
    ? []
    : issueCookies(config, place, { ...pass, signIns: row.signIns, remembered, settled })
}
