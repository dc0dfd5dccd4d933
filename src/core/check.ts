import { actionUrl, answer, attempt, redirect, refuse, transportOf, type Answer, type Exchange } from './answer.js'
import { hashUserAgent, openClaim, type Claim } from './claim.js'
import { issueCookies, issueLinkCookie, readLinkCookie, readSessionCookie, type CookieToSet } from './cookies.js'
import type { ErrorCode } from './errors.js'
import { createSessionId, hashSessionId } from './ids.js'
import { placeOf, type Place } from './place.js'
import { chooseCandidate, type Candidate } from './primary.js'
import { issueTicket } from './ticket.js'

/** Second hop, on the primary: finds the browser's session here and sends a ticket for it. Asks the store once. */
export async function check(exchange: Exchange): Promise<Answer> {
  const { config, request, domains, self } = exchange
  if (self === null || self !== domains.primary) return refuse(400, 'CDS403')
  const transport = transportOf(request)
  if (transport === null) return refuse(403, 'CDS413')
  const requestOrigin = request.headers.get('origin')
  if (transport === 'fetch' && (requestOrigin === null || requestOrigin === self || !domains.has(requestOrigin))) return refuse(403, 'CDS404')

  const claim = await openClaim(config, request.nextUrl.searchParams.get('claim'))
  if (claim === 'invalid') return refuse(400, 'CDS405')
  if (claim === 'expired') return refuse(403, 'CDS406')
  if (transport === 'fetch' && requestOrigin !== claim.origin) return refuse(403, 'CDS404')
  const isForUs = claim.aud === self && claim.origin !== self && domains.has(claim.origin)
  if (!isForUs || claim.uaHash !== (await hashUserAgent(request.headers.get('user-agent')))) return refuse(403, 'CDS407')
  // The way back is in the claim, and only a claim that a navigation began has one.
  if ((transport === 'navigation') !== (claim.returnTo !== undefined)) return refuse(403, 'CDS407')

  const consented = await config.mayCreateSession(request)
  const place = placeOf(config, domains, self)
  return transport === 'navigation' ? checkNavigation(exchange, claim, place, consented) : checkFetch(exchange, claim, place, consented)
}

/** All cookies of the primary came along if there are any, and both may be set. */
async function checkNavigation(exchange: Exchange, claim: Claim, place: Place, consented: boolean): Promise<Answer> {
  const { config } = exchange
  const goBack = async (outcome: 'use_current' | ErrorCode, cookies: readonly CookieToSet[] = []): Promise<Answer> => {
    const ticket = await issueTicket(config, { kind: 'return', aud: claim.origin, outcome, returnTo: claim.returnTo ?? '/' })
    return redirect(actionUrl(config, claim.origin, 'replace', 'ticket', ticket), cookies)
  }
  if (!consented) return goBack('CDS415')
  const found = await findPrimary(exchange, claim, place, true)
  if (found === null) return goBack('CDS301')
  const sid = found.candidate?.sid ?? createSessionId()
  const isComplete = found.candidate?.isInBothCookies === true
  const cookies = isComplete ? [] : await issueCookies(config, place, sid, found.remembered)
  if (found.candidate !== null && (await hashSessionId(sid)) === claim.sidHash) return goBack('use_current', cookies)
  return grant(exchange, claim, { sid, minted: found.candidate === null, cookies })
}

/** Only what the browser lets through came along; what its absence means, `Sec-Fetch-Storage-Access` says. */
async function checkFetch(exchange: Exchange, claim: Claim, place: Place, consented: boolean): Promise<Answer> {
  const { config, request } = exchange
  if (!consented) return refuse(403, 'CDS415')
  const isSameSite = request.headers.get('sec-fetch-site') === 'same-site'
  const access = isSameSite ? 'active' : request.headers.get('sec-fetch-storage-access')
  if (access === 'inactive') {
    const headers = { 'Activate-Storage-Access': `retry; allowed-origin="${claim.origin}"` }
    return { kind: 'outcome', status: 401, outcome: { result: 'navigate' }, cookies: [], headers }
  }
  // `none` means that a cookie which came all the same is from a partitioned jar: not the primary's.
  if (access === 'none') return answer({ result: 'navigate' })
  const maySet = access === 'active'
  const found = await findPrimary(exchange, claim, place, isSameSite)
  if (found === null) return refuse(503, 'CDS301')
  if (found.candidate === null && !maySet) return answer({ result: 'navigate' })
  const sid = found.candidate?.sid ?? createSessionId()
  const cookies = maySet && found.candidate?.isInLinkCookie !== true ? [await issueLinkCookie(config, place, sid, found.remembered)] : []
  if (found.candidate !== null && (await hashSessionId(sid)) === claim.sidHash) return answer({ result: 'use_current' }, cookies)
  return grant(exchange, claim, { sid, minted: found.candidate === null, cookies })
}

async function grant(
  { config }: Exchange,
  claim: Claim,
  found: { readonly sid: string; readonly minted: boolean; readonly cookies: readonly CookieToSet[] },
): Promise<Answer> {
  const ticket = await issueTicket(config, {
    kind: 'grant',
    aud: claim.origin,
    sid: found.sid,
    bindHash: claim.bindHash,
    minted: found.minted,
    ...(claim.returnTo === undefined ? {} : { returnTo: claim.returnTo }),
  })
  return redirect(actionUrl(config, claim.origin, 'replace', 'ticket', ticket), found.cookies)
}

/**
 * The session that counts on the primary: null inside when there is none to share, null outside when the store is down.
 * A blank id never receives a signed-in session: somebody may have known it before the sign-in, so a fresh one takes its place.
 */
async function findPrimary(
  { config, store, request }: Exchange,
  claim: Claim,
  place: Place,
  mayReadSessionCookie: boolean,
): Promise<{ readonly candidate: Candidate | null; readonly remembered: boolean } | null> {
  const read = (name: string) => request.cookies.get(name)?.value
  const link = await readLinkCookie(config, read, place)
  const session = mayReadSessionCookie ? await readSessionCookie(config, read, place) : null
  if (link === null && session === null) return { candidate: null, remembered: claim.transient !== true }
  const hashes = await Promise.all([session, link].map((cookie) => (cookie === null ? null : hashSessionId(cookie.sid))))
  const known = hashes.filter((hash) => hash !== null)
  const states = await attempt(config, () => store.read([...known, claim.sidHash], null))
  if (states === null) return null
  const candidate = chooseCandidate({ session, link }, (index) => {
    const hash = hashes[index]
    return (hash && states[known.indexOf(hash)]) || { state: 'blank' }
  })
  const theirs = states[known.length]
  const wouldGainUser = candidate?.state === 'blank' && theirs?.state === 'live' && theirs.record.userId !== null
  const chosen = wouldGainUser ? null : candidate
  return { candidate: chosen, remembered: chosen?.remembered ?? claim.transient !== true }
}
