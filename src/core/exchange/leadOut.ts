import type { Config } from '../config.js'
import { createDomains, tryOrigin, type Origin } from '../domains/origin.js'
import type { AnswerCode } from '../errors/catalogue.js'
import { hostOf, type Incoming } from '../request/incoming.js'
import { parseReturnTo } from '../request/returnTo.js'
import { Rows } from '../store/rows.js'
import type { Store } from '../store/store.js'
import { orReport } from '../store/storeCall.js'
import { unseal } from '../values/seal.js'
import { goBack, leadBack, transportOf, type Answer } from './answer.js'
import { burntId, exchangeTtlSeconds, partsOfClaim, type Claim } from './claim.js'
import { unseenParameter } from './insist.js'
import { openTicket } from './ticket.js'

interface Way {
  readonly returnTo: string | undefined
  readonly beforePage?: true | undefined
  /** The origin whose page it is. */
  readonly origin: Origin
  /** Name of the claim or ticket, which is dead from here on. */
  readonly burnt?: string
}

/**
 * Where a navigation ends while nobody can tell which hosts are domains (`CDS111`, `CDS117`): on its page, if
 * that page is on this very host, or if a claim or ticket that still works names it. It sets no cookie.
 * @param action The last part of the path.
 * @returns Null if there is no way that can be trusted.
 */
export async function leadOut(
  config: Config,
  store: Store,
  request: Incoming,
  action: string,
  code: AnswerCode,
): Promise<Answer | null> {
  const transport = transportOf(request)
  const self = tryOrigin(hostOf(request.headers, config) ?? '')
  if (self === null || (transport !== 'navigation' && transport !== 'passed-on')) return null
  const way = await wayOf(config, request, self, action)
  if (way?.returnTo === undefined) return null
  const domains = createDomains(way.origin, [way.origin])
  const returnTo = parseReturnTo(way.returnTo, way.origin, domains, config.path)
  if (returnTo === null) return null
  const { burnt, beforePage } = way
  // A proxy has changed `Referrer-Policy`, so the page would see where the browser comes from, and send it here
  // again.
  const wouldLoop = beforePage && request.headers.get('referer') !== null
  if (wouldLoop && way.origin !== self) return null
  if (burnt !== undefined)
    await orReport(config, () => new Rows(store, config.clock).useOnce(burnt, 2000 * exchangeTtlSeconds, []))
  // A redirect would lead to a page that begins the exchange once more.
  const isUnseen = request.nextUrl.searchParams.get(unseenParameter) !== null
  if (isUnseen) return leadBack(returnTo, code, 'same-origin')
  if (wouldLoop) return leadBack(returnTo, code)
  const here = { config, store, request, domains, self: way.origin }
  const answer = goBack(here, { returnTo, beforePage }, { result: 'error', code })
  if (answer.kind !== 'redirect' || way.origin === self) return answer
  return { ...answer, location: way.origin + answer.location }
}

async function wayOf(config: Config, request: Incoming, self: Origin, action: string): Promise<Way | null> {
  const { searchParams } = request.nextUrl
  if (action === 'start') return { origin: self, returnTo: searchParams.get('return_to') ?? '/' }
  if (action === 'check') return claimed(config, searchParams.get('claim'), self)
  const sealing = config.domainSecrets.get(self) ?? config
  const ticket = action === 'replace' ? await openTicket(sealing, searchParams.get('ticket')) : null
  if (ticket === null || 'expired' in ticket || ticket.aud !== self) return null
  const { returnTo, beforePage } = ticket
  return {
    origin: self,
    returnTo,
    beforePage,
    ...(ticket.kind === 'grant' && { burnt: burntId('ticket', ticket.jti) }),
  }
}

async function claimed(config: Config, text: string | null, self: Origin): Promise<Way | null> {
  const parts = partsOfClaim(text)
  const origin = parts === null ? null : tryOrigin(parts.host)
  if (parts === null || origin === null) return null
  const opened = await unseal(config.domainSecrets.get(origin) ?? config, 'claim', parts.sealed)
  if (opened.status !== 'open') return null
  const { aud, origin: named, jti, returnTo, beforePage } = opened.payload as Claim
  if (aud !== self || named !== origin) return null
  return { origin, returnTo, beforePage, burnt: burntId('claim', jti) }
}
