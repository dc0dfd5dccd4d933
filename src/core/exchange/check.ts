import { actionUrl, answer, redirect, refuse, transportOf, type Answer, type Exchange } from './answer.js'
import { attempt } from '../store/storeCall.js'
import { exchangeTtlSeconds, hashUserAgent, openClaim, type Claim } from './claim.js'
import {
  issueCookies,
  issueLinkCookie,
  readLinkCookie,
  readSessionCookie,
  type CookieToSet,
} from '../request/cookies.js'
import type { AnswerCode } from '../errors/status.js'
import { createNonce, createSessionId, fingerprintOfHash, hashSessionId } from '../values/ids.js'
import { placeOf, type Place } from '../domains/place.js'
import { visitOf } from '../request/incoming.js'
import { maxSteps } from './overtaken.js'
import { findOnPrimary, type OnPrimary } from './primary.js'
import type { SessionHash, SessionState } from '../store/record.js'
import { hashesOf, newStep, primaryIds, renewalOf, renewedSid } from './renewal.js'
import { issueTicket, type GrantTicket } from './ticket.js'
import type { Result } from '../../shared/wire.js'

/** Second hop, on the primary: finds the browser's session here and sends a ticket for it. Asks the store once, and again where the domain's id has ended for another one. */
export async function check(exchange: Exchange): Promise<Answer> {
  const { config, store, request, domains, self } = exchange
  if (self === null || self !== domains.primary) return refuse('CDS403')
  const transport = transportOf(request)
  if (transport === null) return refuse('CDS413')
  const isFetch = transport === 'fetch'
  const requestOrigin = request.headers.get('origin')
  if (isFetch && (requestOrigin === null || requestOrigin === self || !domains.has(requestOrigin)))
    return refuse('CDS404')
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
  const [ids, minted] = await Promise.all([primaryIds({ session, link }), newStep()])
  const refusal = await refusalOf(exchange, claim)
  const isConsented = refusal === null && (await config.mayCreateSession(request))
  const remembered = claim.transient !== true
  const visit = visitOf(request.headers, place.domain, config.records)
  const renewal =
    isConsented && maySetCookies(access)
      ? renewalOf({ session, link }, ids, minted, {
          meets: claim.sidHash,
          remembered,
          visit,
          lifetime: config.lifetime,
        })
      : undefined
  const own = [...hashesOf(ids), minted.hash]
  const ask = async (jti: string, meets: SessionHash) => {
    const hashes = [...own, meets]
    const redeemed = await attempt(config, () =>
      store.redeem(jti, 2 * exchangeTtlSeconds, hashes, renewal && { ...renewal, meets }),
    )
    return (
      redeemed && {
        ...redeemed,
        meets,
        stateOf: (hash: SessionHash): SessionState =>
          redeemed.states[hashes.indexOf(hash)] ?? { state: 'blank' },
      }
    )
  }
  // Burnt whatever comes of it: the URL of an answer shows it to the page's scripts, and by then it has to be worth nothing.
  let asked = await ask(claim.jti, claim.sidHash)
  if (asked?.first === false) return refuse('CDS416')
  if (refusal !== null) return refuse(refusal)
  // Another exchange may have taken what the domain's id held: where that is not here already, it is what is met.
  for (let steps = 0; steps < maxSteps && asked !== null && asked.renewed === null; steps++) {
    const theirs = asked.stateOf(asked.meets)
    const successor = theirs.state === 'ended' ? theirs.successor : undefined
    if (successor === undefined || (own.includes(successor) && asked.stateOf(successor).state !== 'ended'))
      break
    asked = await ask(createNonce(), successor)
  }

  const walk: Walk = {
    exchange,
    claim,
    place,
    isConsented,
    follows: asked !== null && asked.meets !== claim.sidHash,
  }
  if (asked === null) return answerWith(walk, access, 'CDS301')
  const found = findOnPrimary({ session, link }, ids, asked.stateOf, asked.stateOf(asked.meets), place)
  if (typeof found === 'string') return answerWith(walk, access, found)
  return answerWith(walk, access, {
    ...found,
    renewedSid: renewedSid(ids, minted, found.candidate, asked.renewed),
  })
}

/** Whether this browser may present the claim here. */
async function refusalOf(
  { request, domains, self }: Exchange,
  claim: Claim,
): Promise<'CDS404' | 'CDS407' | null> {
  const isFetch = transportOf(request) === 'fetch'
  if (isFetch && request.headers.get('origin') !== claim.origin) return 'CDS404'
  const isForUs = claim.aud === self && claim.origin !== self && domains.has(claim.origin)
  // The way back is in the claim, and only a claim that a navigation began has one.
  const isTransport = isFetch === (claim.returnTo === undefined)
  return isForUs && isTransport && claim.uaHash === (await hashUserAgent(request.headers.get('user-agent')))
    ? null
    : 'CDS407'
}

interface Walk {
  readonly exchange: Exchange
  readonly claim: Claim
  readonly place: Place
  readonly isConsented: boolean
  /** What the domain's id held had gone to another one, which was met in its place. */
  readonly follows: boolean
}

/** What there is to share, once the store has done its part. */
interface Found extends OnPrimary {
  /** Of what was found, or of a new one; null where nothing was renewed, also where it must be and somebody else was faster. */
  readonly renewedSid: string | null
}

function answerWith(walk: Walk, access: Access, found: Found | AnswerCode): Promise<Answer> {
  return transportOf(walk.exchange.request) === 'fetch'
    ? answerFetch(walk, found, access)
    : answerNavigation(walk, found)
}

/** All cookies of the primary came along if there are any, and both may be set. */
async function answerNavigation(walk: Walk, found: Found | AnswerCode): Promise<Answer> {
  const { exchange, claim, place, isConsented } = walk
  const { config } = exchange
  if (!isConsented) return sendBack(exchange, claim, { result: 'error', code: 'CDS415' })
  const shared = typeof found === 'string' ? found : await share(claim, found)
  if (typeof shared === 'string') return sendBack(exchange, claim, { result: 'error', code: shared })
  const isComplete =
    typeof found === 'object' &&
    found.candidate?.sid === shared.sid &&
    found.candidate.isInBothCookies &&
    !found.isOutdated
  const cookies = isComplete ? [] : await issueCookies(config, place, shared.sid, shared.remembered)
  return shared.isAgreed
    ? sendBack(exchange, claim, await agreedOn(claim), cookies)
    : grant(walk, shared, cookies)
}

/** `all`: a page of the same site, which sends all cookies. The rest is what `Sec-Fetch-Storage-Access` says; `unknown` where it says nothing. */
type Access = 'all' | 'active' | 'inactive' | 'none' | 'unknown'

function accessOf({ request }: Exchange): Access {
  if (request.headers.get('sec-fetch-site') === 'same-site') return 'all'
  const access = request.headers.get('sec-fetch-storage-access')
  return access === 'active' || access === 'inactive' || access === 'none' ? access : 'unknown'
}

function maySetCookies(access: Access): boolean {
  return access === 'all' || access === 'active'
}

function activate(claim: Claim): Answer {
  const headers = { 'Activate-Storage-Access': `retry; allowed-origin="${claim.origin}"` }
  return {
    kind: 'outcome',
    status: 401,
    outcome: { result: 'navigate' },
    cookies: [],
    headers,
    isUnreadable: true,
  }
}

/** Only what the browser lets through came along; what its absence means, `access` says. */
async function answerFetch(walk: Walk, found: Found | AnswerCode, access: Access): Promise<Answer> {
  const { exchange, claim, place, isConsented } = walk
  const { config } = exchange
  // The claim may not be burnt: an answer from here would show it to script.
  if (found === 'CDS301') return sendBack(exchange, claim, { result: 'error', code: found })
  if (typeof found === 'string') return refuse(found)
  // With `none`, cookies that arrive are from a partitioned jar, and the consent cookie may be missing too: let a navigation decide.
  if (access === 'none' || !isConsented) return answer({ result: 'navigate' })
  const maySet = maySetCookies(access)
  if (!maySet && (found.candidate === null || found.mustRenew)) return answer({ result: 'navigate' })
  const shared = await share(claim, found)
  if (typeof shared === 'string') return refuse(shared)
  const isComplete =
    found.candidate?.sid === shared.sid && found.candidate.isInLinkCookie && !found.isOutdated
  const cookies =
    isComplete || !maySet ? [] : [await issueLinkCookie(config, place, shared.sid, shared.remembered)]
  return shared.isAgreed ? answer(await agreedOn(claim), cookies) : grant(walk, shared, cookies)
}

async function sendBack(
  { config, request }: Exchange,
  claim: Claim,
  result: Result,
  cookies: readonly CookieToSet[] = [],
): Promise<Answer> {
  const ticket = await issueTicket(config, { kind: 'return', aud: claim.origin, result, ...wayBack(claim) })
  return redirect(actionUrl(config, request, claim.origin, 'replace', 'ticket', ticket), cookies)
}

/** The domain has the session of the primary already. */
async function agreedOn({ sidHash }: Claim): Promise<Result> {
  return { result: 'use_current', fingerprint: await fingerprintOfHash(sidHash) }
}

function wayBack({ returnTo }: Claim): { readonly returnTo?: string } {
  return returnTo === undefined ? {} : { returnTo }
}

interface Shared {
  readonly sid: string
  readonly id: GrantTicket['id']
  readonly isNew: boolean
  readonly remembered: boolean
  /** The domain has this session already, in a cookie that can stay as it is. */
  readonly isAgreed: boolean
}

/** The session that the domain is to have: the one found here, a renewed one, or a new one. */
async function share(
  claim: Claim,
  { candidate, mustRenew, renewedSid: sid }: Found,
): Promise<Shared | AnswerCode> {
  const remembered = claim.transient !== true
  if (candidate === null)
    return {
      sid: sid ?? createSessionId(),
      id: sid === null ? 'known' : 'fresh',
      isNew: true,
      remembered,
      isAgreed: false,
    }
  if (mustRenew)
    return sid === null ? 'CDS302' : { sid, id: 'fresh', isNew: false, remembered, isAgreed: false }
  const isSame = (await hashSessionId(candidate.sid)) === claim.sidHash
  return {
    sid: candidate.sid,
    id: 'known',
    isNew: false,
    remembered: candidate.remembered,
    isAgreed: isSame && claim.outdated !== true,
  }
}

async function grant(
  { exchange: { config, request }, claim, follows }: Walk,
  { sid, id, isNew }: Shared,
  cookies: readonly CookieToSet[],
): Promise<Answer> {
  const ticket = await issueTicket(config, {
    kind: 'grant',
    aud: claim.origin,
    sid,
    bindHash: claim.bindHash,
    id,
    ...(isNew && { isNew }),
    ...(follows && { follows }),
    ...wayBack(claim),
  })
  return redirect(actionUrl(config, request, claim.origin, 'replace', 'ticket', ticket), cookies)
}
