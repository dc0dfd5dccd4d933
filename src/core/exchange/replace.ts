import { answer, goBack, refuse, transportOf, type Answer, type Exchange } from './answer.js'
import { attempt } from '../store/storeCall.js'
import { exchangeTtlSeconds } from './claim.js'
import { cookieNames, issueCookies, readSessionCookie, type SessionCookie } from '../request/cookies.js'
import { decide, type Decision } from './decide.js'
import { CrossDomainError } from '../errors/errors.js'
import type { AnswerCode } from '../errors/status.js'
import { firstOver } from './firstOver.js'
import { fingerprintOf, fingerprintOfHash, hashSessionId, sha256 } from '../values/ids.js'
import { mergeFor } from './mergeFor.js'
import { isSpeculative } from '../request/incoming.js'
import { whereItWent } from './overtaken.js'
import { placeOf, type Place } from '../domains/place.js'
import type { SessionHash, SessionState } from '../store/record.js'
import { isElsewhere, parseReturnTo } from '../request/returnTo.js'
import { openTicket, type GrantTicket } from './ticket.js'
import type { Agreed } from '../../shared/wire.js'

/** How often the outcome is decided anew when somebody changes one of the two sessions meanwhile. */
const maxAttempts = 5

/** Third hop, on the secondary: burns the ticket, makes one session of two, sets the cookie. Asks the store twice at most, unless raced. */
export async function replace(exchange: Exchange): Promise<Answer> {
  const { config, store, request, domains, self } = exchange
  const place = self === null ? null : placeOf(config, domains, self)
  if (self === null || place === null || place.isPrimary) return refuse('CDS403')
  // A page that is fetched in case somebody wants it writes nothing; whatever else may not redeem a ticket leaves it dead.
  if (isSpeculative(request.headers)) return refuse('CDS413')
  const ticket = await openTicket(config, request.nextUrl.searchParams.get('ticket'))
  if (ticket === 'invalid') return refuse('CDS408')
  if (ticket === 'expired') return refuse('CDS409')
  const transport = transportOf(request)
  const returnTo =
    transport === 'navigation' ? parseReturnTo(ticket.returnTo, self, domains, config.path) : null
  const fail = (code: AnswerCode): Answer =>
    returnTo === null ? refuse(code) : goBack(returnTo, { result: 'error', code })
  /** A link to another domain leads there even where nothing comes of the exchange. */
  const stop = (code: AnswerCode): Answer =>
    returnTo !== null && isElsewhere(returnTo) ? fail(code) : refuse(code)
  // The page was of a domain that has been taken off the list.
  const isNowhere = transport === 'navigation' && ticket.returnTo !== undefined && returnTo === null
  if (ticket.kind === 'return') {
    if (
      ticket.aud !== self ||
      transport === null ||
      (transport === 'navigation') !== (ticket.returnTo !== undefined)
    )
      return refuse('CDS410')
    if (isNowhere) return refuse('CDS414')
    if (ticket.result.result === 'error') return fail(ticket.result.code)
    return returnTo === null ? answer(ticket.result) : goBack(returnTo, ticket.result)
  }

  const cookie = await readSessionCookie(config, (name) => request.cookies.get(name)?.value, place)
  const primaryHash = await hashSessionId(ticket.sid)
  const ownHash = cookie === null ? null : await hashSessionId(cookie.sid)
  const hashes = ownHash === null ? [primaryHash] : [primaryHash, ownHash]
  // Burnt before it is looked at, so that a ticket presented wrongly is dead too. Remembered a little longer than it lives.
  const redeemed = await attempt(config, () => store.redeem(ticket.jti, 2 * exchangeTtlSeconds, hashes))
  if (redeemed === null) return fail('CDS301')
  if (!redeemed.first) return stop('CDS411')
  if (transport === null) return refuse('CDS413')
  // What a browser says of the page after two redirects between origins: https://fetch.spec.whatwg.org/#concept-request-tainted-origin
  if (transport === 'fetch' && request.headers.get('origin') !== 'null') return refuse('CDS404')
  if (ticket.aud !== self || (transport === 'navigation') !== (ticket.returnTo !== undefined))
    return refuse('CDS410')
  if (isNowhere) return refuse('CDS414')
  // Where the sync cookie came alone, the browser holds the other back: a navigation brings it. One that keeps none goes back to its page as it came.
  if (cookie === null || ownHash === null)
    return transport === 'fetch' && request.cookies.get(cookieNames(place).sync)
      ? answer({ result: 'navigate' })
      : fail('CDS410')
  if ((await sha256(cookie.bind)) !== ticket.bindHash) return stop('CDS410')
  if (!(await config.mayCreateSession(request))) return refuse('CDS415')

  const settled = await settle(
    exchange,
    place,
    {
      cookie,
      ownHash,
      primaryHash,
      id: ticket.id,
      takesOver: transport === 'navigation' || ticket.follows === true,
    },
    redeemed.states,
  )
  if (typeof settled !== 'object') return fail(settled)
  const { decision, remembered, userId, own, putAside } = settled
  const cookies = decision.apart ? [] : await issueCookies(config, place, ticket.sid, remembered)
  const fingerprint = await (decision.apart ? fingerprintOfHash(own) : fingerprintOf(ticket.sid))
  if (putAside !== null)
    await config.emit({
      type: 'signed-out',
      domain: place.domain,
      fingerprint: await fingerprintOfHash(own),
      userId: putAside,
    })
  const type = decision.content !== null ? 'merged' : decision.result === 'replaced' ? 'replaced' : null
  if (type !== null) await config.emit({ type, domain: place.domain, fingerprint, userId })
  const agreed: Agreed = { result: decision.result, fingerprint }
  if (returnTo !== null) return goBack(returnTo, agreed, cookies)
  return answer(ticket.isNew && !decision.apart ? { ...agreed, again: true } : agreed, cookies)
}

interface Settled {
  readonly decision: Decision
  /** Of the session that survives. */
  readonly remembered: boolean
  readonly userId: string | null
  /** The one that this domain had: of the cookie, or where another exchange has just taken what that one held. */
  readonly own: SessionHash
  /** The user of a session that ended for that of another one. */
  readonly putAside: string | null
}

interface Pair {
  readonly cookie: SessionCookie
  readonly ownHash: SessionHash
  readonly primaryHash: SessionHash
  readonly id: GrantTicket['id']
  /**
   * Where another exchange with the same cookie was first: a navigation has set both cookies of the primary, so its id stays there, and takes over.
   * A fetch leaves it at what the other one agreed on, unless that was known when it asked.
   */
  readonly takesOver: boolean
}

async function settle(
  { config, store }: Exchange,
  place: Place,
  { cookie, ownHash, primaryHash, id, takesOver }: Pair,
  first: readonly SessionState[],
): Promise<Settled | 'CDS207' | 'CDS301' | 'CDS302' | 'CDS303'> {
  // A sign-in or sign-out of this moment has ended it: the cookies that are to be set anew would undo that one's.
  if (primaryHash === ownHash && first[0]?.state === 'ended') return 'CDS302'
  if (primaryHash === ownHash)
    return {
      decision: { result: 'use_current', content: null, sameRights: true },
      remembered: cookie.transient !== true,
      userId: null,
      own: ownHash,
      putAside: null,
    }
  let states = first
  for (let attempts = 0; attempts < maxAttempts; attempts++) {
    const [primary, named] = states
    if (primary === undefined || named === undefined) return 'CDS301'
    if (primary.state === 'ended') return 'CDS302'
    // Another exchange of this moment began with the same cookie: what it agreed on meets this primary's session, too, or is left as it is.
    const went = await attempt(config, () => whereItWent(store, { hash: ownHash, state: named }, primaryHash))
    if (went === null) return 'CDS301'
    const { hash: own, state: secondary } = went
    if (own !== ownHash && secondary.state !== 'ended' && !takesOver) return 'CDS302'
    const isAgreed = secondary.state === 'ended' && secondary.successor === primaryHash
    // Somebody signs in or out here at this moment, and the answer brings a cookie of its own: that one counts.
    if (
      secondary.state === 'ended' &&
      !isAgreed &&
      (secondary.rotatedOn === place.domain || secondary.successor !== undefined || attempts > 0)
    )
      return 'CDS302'
    let decision: Decision
    try {
      decision = decide(
        primary,
        secondary,
        await mergeFor(config, primary, secondary),
        config.onUserConflict,
        place.domain,
      )
    } catch (cause) {
      config.reportError(new CrossDomainError('CDS207', undefined, { cause }))
      return 'CDS207'
    }
    if (decision.apart) return { decision, remembered: true, userId: null, own, putAside: null }
    // An id that somebody may have known before gains no user: `check` gives a fresh one, unless something changed since.
    const isFresh = id === 'fresh' && versionOf(primary) === 1
    if (!isFresh && decision.content !== null && decision.content.userId !== userOf(primary)) return 'CDS302'
    // An ended session stays as it is; a blank one gets a tombstone, so that a save still in flight follows or is refused, and is never lost.
    const survivor = decision.content ?? (primary.state === 'live' ? primary.record : null)
    const outcome = {
      decision,
      remembered: survivor?.remembered ?? true,
      userId: survivor?.userId ?? null,
      own,
      putAside: decision.content === null ? userOf(secondary) : null,
    }
    if (isAgreed) return outcome
    if (secondary.state === 'ended') {
      // Somebody may begin another session here at this moment, as the old one has ended: its cookie is not to be taken away.
      const first = await attempt(config, () =>
        firstOver(store, ownHash, place.domain, 'exchange', config.lifetime.tombstoneSeconds),
      )
      return first === null ? 'CDS301' : first === 'write' ? 'CDS302' : outcome
    }
    const settled = await attempt(config, () =>
      store.settle({
        // What a guest's old id leads to is no longer fresh: whoever has a copy of that one would follow it to the user. So it is written to.
        primary: {
          hash: primaryHash,
          version: versionOf(primary),
          content:
            decision.content ?? (decision.sameRights && primary.state === 'live' ? primary.record : null),
        },
        // Where nothing may lead to the survivor, the old id says that its cookie is on the way: what another one brought would be taken away by it.
        secondary: {
          hash: own,
          version: versionOf(secondary),
          ...(decision.sameRights ? { successorSeconds: exchangeTtlSeconds } : { replacedOn: place.domain }),
        },
        tombstoneSeconds: config.lifetime.tombstoneSeconds,
      }),
    )
    if (settled === null) return 'CDS301'
    if (settled === 'settled') return outcome
    const again = await attempt(config, () => store.read([primaryHash, ownHash], null))
    if (again === null) return 'CDS301'
    states = again
  }
  return 'CDS303'
}

function userOf(state: SessionState): string | null {
  return state.state === 'live' ? state.record.userId : null
}

function versionOf(state: SessionState): number {
  return state.state === 'live' ? state.record.version : 0
}
