import { actionUrl, answer, redirect, refuse, transportOf, type Answer, type Exchange } from './answer.js'
import { attempt } from './askStore.js'
import { exchangeTtlSeconds, hashUserAgent, openClaim, type Claim } from './claim.js'
import { issueCookies, issueLinkCookie, readLinkCookie, readSessionCookie, type CookieToSet } from './cookies.js'
import type { AnswerCode } from './status.js'
import { createSessionId, hashSessionId } from './ids.js'
import { placeOf, type Place } from './place.js'
import { findOnPrimary, renew, type OnPrimary } from './primary.js'
import type { SessionState } from './record.js'
import { issueTicket, type GrantTicket } from './ticket.js'

/**
 * Second hop, on the primary: finds the browser's session here and sends a ticket for it. Asks the store once; a second time where a guest's
 * session here meets a signed-in one, because its id has to change.
 */
export async function check(exchange: Exchange): Promise<Answer> {
  const { config, store, request, domains, self } = exchange
  if (self === null || self !== domains.primary) return refuse('CDS403')
  const transport = transportOf(request)
  if (transport === null) return refuse('CDS413')
  const isFetch = transport === 'fetch'
  const requestOrigin = request.headers.get('origin')
  if (isFetch && (requestOrigin === null || requestOrigin === self || !domains.has(requestOrigin))) return refuse('CDS404')
  const claim = await openClaim(config, request.nextUrl.searchParams.get('claim'))
  if (claim === 'invalid') return refuse('CDS405')
  if (claim === 'expired') return refuse('CDS406')

  const access = isFetch ? accessOf(exchange) : 'all'
  // The browser sends the same claim again, with cookies.
  if (access === 'inactive') return activate(claim)
  const place = placeOf(config, domains, self)
  const read = (name: string) => request.cookies.get(name)?.value
  const link = access === 'none' ? null : await readLinkCookie(config, read, place)
  const session = access === 'all' ? await readSessionCookie(config, read, place) : null
  const hashes = [...(await Promise.all([session, link].map((cookie) => (cookie === null ? null : hashSessionId(cookie.sid))))), claim.sidHash]
  const known = hashes.filter((hash) => hash !== null)
  // Burnt before it is looked at: the URL of an answer shows it to the page's scripts, and by then it has to be worth nothing.
  const redeemed = await attempt(config, () => store.redeem(claim.jti, 2 * exchangeTtlSeconds, known))
  if (redeemed?.first === false) return refuse('CDS416')
  if (isFetch && requestOrigin !== claim.origin) return refuse('CDS404')
  const isForUs = claim.aud === self && claim.origin !== self && domains.has(claim.origin)
  // The way back is in the claim, and only a claim that a navigation began has one.
  const isTransport = isFetch === (claim.returnTo === undefined)
  if (!isForUs || !isTransport || claim.uaHash !== (await hashUserAgent(request.headers.get('user-agent')))) return refuse('CDS407')

  const stateOf = (index: 0 | 1 | 2): SessionState => {
    const hash = hashes[index]
    return (hash && redeemed?.states[known.indexOf(hash)]) || { state: 'blank' }
  }
  const walk: Walk = { exchange, claim, place, isConsented: await config.mayCreateSession(request) }
  const found = redeemed === null ? 'CDS301' : ((await attempt(config, () => findOnPrimary(store, { session, link }, stateOf, place))) ?? 'CDS301')
  return isFetch ? answerFetch(walk, found, access) : answerNavigation(walk, found)
}

interface Walk {
  readonly exchange: Exchange
  readonly claim: Claim
  readonly place: Place
  readonly isConsented: boolean
}

/** All cookies of the primary came along if there are any, and both may be set. */
async function answerNavigation({ exchange, claim, place, isConsented }: Walk, found: OnPrimary | AnswerCode): Promise<Answer> {
  const { config } = exchange
  if (!isConsented) return sendBack(exchange, claim, 'CDS415')
  const shared = typeof found === 'string' ? found : await share(exchange, claim, place, found)
  if (typeof shared === 'string') return sendBack(exchange, claim, shared)
  const isComplete = typeof found === 'object' && found.candidate?.sid === shared.sid && found.candidate.isInBothCookies && !found.isOutdated
  const cookies = isComplete ? [] : await issueCookies(config, place, shared.sid, shared.remembered)
  return shared.isAgreed ? sendBack(exchange, claim, 'use_current', cookies) : grant(exchange, claim, shared, cookies)
}

/** `all`: a page of the same site, which sends all cookies. The rest is what `Sec-Fetch-Storage-Access` says; `unknown` where it says nothing. */
type Access = 'all' | 'active' | 'inactive' | 'none' | 'unknown'

function accessOf({ request }: Exchange): Access {
  if (request.headers.get('sec-fetch-site') === 'same-site') return 'all'
  const access = request.headers.get('sec-fetch-storage-access')
  return access === 'active' || access === 'inactive' || access === 'none' ? access : 'unknown'
}

function activate(claim: Claim): Answer {
  const headers = { 'Activate-Storage-Access': `retry; allowed-origin="${claim.origin}"` }
  return { kind: 'outcome', status: 401, outcome: { result: 'navigate' }, cookies: [], headers, isUnreadable: true }
}

/** Only what the browser lets through came along; what its absence means, `access` says. */
async function answerFetch({ exchange, claim, place, isConsented }: Walk, found: OnPrimary | AnswerCode, access: Access): Promise<Answer> {
  const { config } = exchange
  // The claim may not be burnt: an answer from here would show it to script.
  if (found === 'CDS301') return sendBack(exchange, claim, found)
  if (typeof found === 'string') return refuse(found)
  // With `none`, cookies that arrive are from a partitioned jar, and the consent cookie may be missing too: let a navigation decide.
  if (access === 'none' || !isConsented) return answer({ result: 'navigate' })
  const maySet = access === 'active' || access === 'all'
  if (!maySet && (found.candidate === null || found.mustRenew)) return answer({ result: 'navigate' })
  const shared = await share(exchange, claim, place, found)
  if (typeof shared === 'string') return refuse(shared)
  const isComplete = found.candidate?.sid === shared.sid && found.candidate.isInLinkCookie && !found.isOutdated
  const cookies = isComplete || !maySet ? [] : [await issueLinkCookie(config, place, shared.sid, shared.remembered)]
  return shared.isAgreed ? answer({ result: 'use_current' }, cookies) : grant(exchange, claim, shared, cookies)
}

async function sendBack({ config, request }: Exchange, claim: Claim, outcome: 'use_current' | AnswerCode, cookies: readonly CookieToSet[] = []): Promise<Answer> {
  const ticket = await issueTicket(config, { kind: 'return', aud: claim.origin, outcome, ...wayBack(claim) })
  return redirect(actionUrl(config, request, claim.origin, 'replace', 'ticket', ticket), cookies)
}

function wayBack({ returnTo }: Claim): { readonly returnTo?: string } {
  return returnTo === undefined ? {} : { returnTo }
}

interface Shared {
  readonly sid: string
  readonly id: GrantTicket['id']
  readonly remembered: boolean
  /** The domain has this session already, in a cookie that can stay as it is. */
  readonly isAgreed: boolean
}

/** The session that the domain is to have: the one found here, a renewed one, or a new one. */
async function share(exchange: Exchange, claim: Claim, place: Place, found: OnPrimary): Promise<Shared | AnswerCode> {
  const { candidate } = found
  const remembered = claim.transient !== true
  if (candidate === null) return { sid: createSessionId(), id: 'minted', remembered, isAgreed: false }
  if (found.mustRenew) {
    const sid = await renew(exchange, place, candidate, remembered)
    return typeof sid === 'object' ? { ...sid, id: 'fresh', remembered, isAgreed: false } : sid
  }
  const isSame = (await hashSessionId(candidate.sid)) === claim.sidHash
  return { sid: candidate.sid, id: 'known', remembered: candidate.remembered, isAgreed: isSame && claim.outdated !== true }
}

async function grant({ config, request }: Exchange, claim: Claim, { sid, id }: Shared, cookies: readonly CookieToSet[]): Promise<Answer> {
  const ticket = await issueTicket(config, { kind: 'grant', aud: claim.origin, sid, bindHash: claim.bindHash, id, ...wayBack(claim) })
  return redirect(actionUrl(config, request, claim.origin, 'replace', 'ticket', ticket), cookies)
}
