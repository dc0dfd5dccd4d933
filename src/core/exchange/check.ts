import { placeOf, type Place } from '../domains/place.js'
import { networkOf } from '../request/incoming.js'
import { issueCookies, issueLinkCookie, newPass, type CookieToSet } from '../request/cookies.js'
import { sessionOf } from '../session/changes.js'
import { betterOf, readBrought, type Brought, type SeatedCookie } from '../session/find.js'
import { userOf } from '../store/row.js'
import { Rows } from '../store/rows.js'
import type { Seat } from '../store/standing.js'
import { orReport } from '../store/storeCall.js'
import { fingerprintOf, sha256 } from '../values/ids.js'
import type { Result } from '../../shared/wire.js'
import { accessOf, activate, type Access } from './access.js'
import { answer, refuse, transportOf, unreadable, type Answer, type Exchange } from './answer.js'
import {
  burntId,
  claimCredential,
  exchangeTtlSeconds,
  hashUserAgent,
  openClaim,
  type Claim,
} from './claim.js'
import { joinedEvents } from '../session/joinTwo.js'
import { share, type Sharing } from './meet.js'
import { leadOff, sendBack, toReplace, wayBack, type Returning } from './sendBack.js'
import type { GrantTicket } from './ticket.js'

/** How often `check` decides anew while somebody changes the primary's session. */
const mostAttempts = 5

/**
 * Second hop, on the primary: finds the browser's session here and sends a ticket for it. Asks the store
 * once, and once more only if the primary's cookie has to change, or if a session has moved.
 */
export async function check(exchange: Exchange): Promise<Answer> {
  const { config, request, domains, self } = exchange
  // A host that works alone is its own primary, and no domain begins an exchange with it.
  if (self === null || self !== domains.primary || domains.others !== null) return leadOff(exchange)
  const transport = transportOf(request)
  if (transport === null) return refuse('CDS413')
  const isFetch = transport === 'fetch'
  const requestOrigin = request.headers.get('origin')
  const isStranger = requestOrigin === null || requestOrigin === self || !domains.has(requestOrigin)
  if (isFetch && isStranger) return refuse('CDS404')
  const claim = await openClaim(config, domains, request.nextUrl.searchParams.get('claim'))
  if (claim === null) return refuse('CDS405')
  if ('expired' in claim) {
    const { aud, origin, returnTo } = claim.expired
    const isForUs = aud === self && origin !== self && domains.has(origin)
    if (isFetch || returnTo === undefined || !isForUs) return refuse('CDS406')
    return sendBack({ exchange, claim: claim.expired }, 'CDS406')
  }
  const access = isFetch ? accessOf(request) : 'all'
  // The browser sends the same claim again, with cookies.
  if (access === 'inactive') return activate(claim)

  const place = placeOf(config, domains, self)
  const brought = await broughtAs(access, exchange, place)
  const refusal = refusalOf(exchange, claim)
  const walk: Walk = { exchange, claim, place, access, brought, isFetch }
  const stop = await stopOf(exchange, isFetch)
  // The claim still works then, so script must not see it in the URL of an answer from here.
  if (stop !== null) return refusal === null ? sendBack(walk, stop) : unreadable(refusal)
  const rows = new Rows(exchange.store, config.clock)
  const ids = [brought.session?.id, brought.link?.id, claim.id].filter((id) => id !== undefined)
  // Used up whatever comes of it: scripts of the page can see the URL of an answer, and by then it has to be
  // worth nothing. The row outlives the claim.
  const isFirst = await orReport(config, () =>
    rows.useOnce(burntId('claim', claim.jti), 2000 * exchangeTtlSeconds, ids),
  )
  // Browsers and proxies repeat a GET whose connection broke. Its claim is dead, but its page can be shown.
  if (isFirst === false) return isFetch || refusal !== null ? refuse('CDS416') : sendBack(walk, 'CDS416')
  if (refusal !== null) return isFirst === null ? unreadable(refusal) : refuse(refusal)
  if (transport === 'passed-on') return sendBack(walk, 'CDS413')
  // If the store is down, the claim may still work, and script could read it in the URL of an answer from
  // here.
  if (isFirst === null) return sendBack(walk, 'CDS301')
  if (claim.network !== undefined && claim.network !== networkOf(request.headers))
    return isFetch ? refuse('CDS407') : sendBack(walk, 'CDS407')
  // With `none`, cookies that arrive are from a partitioned jar.
  if (access === 'none') return answer({ result: 'navigate' })
  const found = await orReport(config, () => find(walk, rows))
  if (found === null) return sendBack(walk, 'CDS301')
  if (found === 'navigate') return answer({ result: 'navigate' })
  if (found === 'CDS302') return isFetch ? refuse('CDS302') : sendBack(walk, 'CDS302')
  return answerWith(walk, found)
}

/** Why nothing may be written because of this request, if so. */
async function stopOf({ config, request }: Exchange, isFetch: boolean) {
  if (!(await config.mayExchange(request))) return 'CDS420'
  if (await config.mayCreateSession(request)) return null
  // Consent may be in a cookie that did not come along with a fetch: a navigation brings it.
  return isFetch ? ({ result: 'navigate' } as const) : 'CDS415'
}

interface Walk extends Returning {
  readonly claim: Claim
  readonly place: Place
  readonly access: Access
  readonly brought: Brought
  readonly isFetch: boolean
}

/** Only the cookies that the browser lets through. What it means if one is missing, `access` says. */
async function broughtAs(access: Access, { config, request }: Exchange, place: Place): Promise<Brought> {
  const brought = await readBrought(config, request.cookies, place)
  if (access === 'all') return brought
  return { session: null, link: access === 'none' ? null : brought.link }
}

/** Whether this browser may present the claim here. */
function refusalOf({ request, domains, self }: Exchange, claim: Claim): 'CDS404' | 'CDS407' | null {
  const isFetch = transportOf(request) === 'fetch'
  if (isFetch && request.headers.get('origin') !== claim.origin) return 'CDS404'
  const isForUs = claim.aud === self && claim.origin !== self && domains.has(claim.origin)
  // The way back is in the claim, and only a claim that a navigation began has one.
  const isTransport = isFetch === (claim.returnTo === undefined)
  const isSameBrowser = claim.uaHash === hashUserAgent(request.headers.get('user-agent'))
  return isForUs && isTransport && isSameBrowser ? null : 'CDS407'
}

/** What there is to share, and with which cookie of the primary. */
interface Found extends Sharing {
  readonly domain: Seat
  /** Null: the browser has none. */
  readonly own: SeatedCookie | null
}

async function find(walk: Walk, rows: Rows): Promise<Found | 'CDS302' | 'navigate'> {
  const { exchange, claim, place, access, brought } = walk
  const { config, domains } = exchange
  const origin = claim.origin as typeof domains.primary
  const theirs = claimCredential(config, claim, domains.groupOf(origin).domain)
  const maySet = access === 'all' || access === 'active'
  const fresh = newPass()
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    const domain = await rows.seat(theirs)
    const own = await betterOf(config, rows, brought.session, brought.link, async () => true)
    for (const event of own === null ? [] : joinedEvents(place.domain, own.seat.row, own.joined))
      await config.emit(event)
    if (own === null) {
      // Nobody has copied a cookie that is made this moment, so there is nothing to list.
      return maySet
        ? { rows: [], pass: fresh, id: fresh.id, keyHash: sha256(fresh.key), domain, own }
        : 'navigate'
    }
    const cookie = !maySet ? 'cannot' : isSaid(walk, own) ? 'may' : 'must'
    const shared = share(own.seat, domain, { nowMs: rows.nowMs, fresh }, cookie)
    if (shared === 'needs-cookie') return 'navigate'
    if (typeof shared === 'string') return 'CDS302'
    if (shared.rows.length === 0 || (await rows.swap(shared.rows))) return { ...shared, domain, own }
  }
  return 'CDS302'
}

async function answerWith(walk: Walk, found: Found): Promise<Answer> {
  const { claim, isFetch } = walk
  const cookies = await cookiesOf(walk, found)
  const fingerprint = agreedFingerprint(walk, found)
  if (fingerprint !== null) {
    const result: Result = { result: 'use_current', fingerprint }
    return isFetch ? answer(result, cookies) : sendBack(walk, result, cookies)
  }
  const ticket: Omit<GrantTicket, 'jti'> = {
    kind: 'grant',
    aud: claim.origin,
    id: found.id,
    keyHash: found.keyHash,
    bind: claim.keyHash,
    ...(claim.network !== undefined && { network: claim.network }),
    ...(found.own === null && { isNew: true }),
    ...wayBack(claim),
  }
  return toReplace(walk, ticket, cookies)
}

/** @returns The fingerprint if the domain has this session already, in cookies that can stay as they are. */
function agreedFingerprint({ claim }: Walk, { domain, own }: Found): string | null {
  if (own === null || claim.isOutdated) return null
  const { row } = own.seat
  if (domain.row.id !== row.id || claim.id !== row.id || !isOpen(own.seat) || !isOpen(domain)) return null
  const fingerprint = fingerprintOf(row.id, row.signIns)
  return claim.synced === fingerprint ? fingerprint : null
}

function isOpen({ standing }: Seat): boolean {
  return standing === 'in' || standing === 'blank'
}

/** Whether the cookies that the primary has to set say what this one says, and can stay as they are. */
function isSaid({ brought: { session, link }, access }: Walk, { cookie }: SeatedCookie): boolean {
  const says = (other: Brought['link']): boolean =>
    other !== null && other.id === cookie.id && other.key === cookie.key && !other.isOutdated
  return says(link) && (access === 'active' || session === null || says(session))
}

/** The cookies of the primary that bring what was handed out. */
async function cookiesOf(
  { exchange: { config }, claim, place, access, brought }: Walk,
  { domain, own, pass }: Found,
): Promise<CookieToSet[]> {
  if (pass === null) return []
  const isRemembered = own === null ? claim.transient !== true : own.cookie.transient !== true
  // After a sign-in that goes with the browser, the primary's cookie goes too. The primary's own user stays.
  const isUser = own?.seat.standing === 'in' && userOf(own.seat.row) !== null
  const theirs = own !== null && !isUser && domain.standing === 'in' ? sessionOf(domain.row) : null
  const remembered = theirs?.remembered ?? isRemembered
  // Without a session cookie, a page of the primary may be about to set one: its first, or a sign-in's. This
  // answer could arrive later and replace it, so it brings only the link cookie. The same if a guest's cookie
  // would go with the browser from now on: somebody else may have begun this, and nothing comes of it then.
  const isLinkAlone = access === 'active' || brought.session === null || (isRemembered && !remembered)
  // The cookie that takes the place of one whose session has ended is no new visitor's.
  const isOver = own !== null && (own.seat.standing === 'out' || own.seat.isLedAway)
  const toIssue = { ...pass, remembered, settled: isOver || own?.cookie.settled }
  return isLinkAlone ? [await issueLinkCookie(config, place, toIssue)] : issueCookies(config, place, toIssue)
}
