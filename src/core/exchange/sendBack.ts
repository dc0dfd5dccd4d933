// The ways from the primary back to the page on which a navigation ends.
import type { CookieToSet } from '../request/cookies.js'
import type { AnswerCode } from '../errors/catalogue.js'
import { Rows } from '../store/rows.js'
import { orReport } from '../store/storeCall.js'
import type { Outcome } from '../../shared/wire.js'
import { actionUrl, redirect, refuse, transportOf, type Answer, type Exchange } from './answer.js'
import { burntId, exchangeTtlSeconds, openClaim, sealingOf, type WayBack } from './claim.js'
import { noteFault } from './noteFault.js'
import { issueTicket } from './ticket.js'

export interface Returning {
  readonly exchange: Exchange
  readonly claim: WayBack
}

/** Goes back to the page that began, with the result and without a session. */
export async function sendBack(
  walk: Returning,
  outcome: Outcome | AnswerCode,
  cookies: readonly CookieToSet[] = [],
): Promise<Answer> {
  const result: Outcome = typeof outcome === 'string' ? { result: 'error', code: outcome } : outcome
  return toReplace(walk, { kind: 'return', aud: walk.claim.origin, result, ...wayBack(walk.claim) }, cookies)
}

export async function toReplace(
  { exchange: { config, request, domains }, claim }: Returning,
  content: Parameters<typeof issueTicket>[1],
  cookies: readonly CookieToSet[],
): Promise<Answer> {
  const ticket = await issueTicket(sealingOf(config, domains, claim.origin), content)
  return redirect(actionUrl(config, request, claim.origin, 'replace', 'ticket', ticket), cookies)
}

export function wayBack({ returnTo, beforePage }: WayBack): Pick<WayBack, 'returnTo' | 'beforePage'> {
  return { ...(returnTo !== undefined && { returnTo }), ...(beforePage && { beforePage }) }
}

/** The platform has led a browser to a host that is no primary, such as `www.`. Its page can be shown. */
export async function leadOff(exchange: Exchange): Promise<Answer> {
  const { config, domains, request, store } = exchange
  const transport = transportOf(request)
  const isOnItsWay = transport === 'navigation' || transport === 'passed-on'
  const opened = isOnItsWay
    ? await openClaim(config, domains, request.nextUrl.searchParams.get('claim'))
    : null
  const claim = opened !== null && 'expired' in opened ? opened.expired : opened
  if (claim?.returnTo === undefined || !domains.has(claim.origin)) return refuse('CDS403')
  noteFault(exchange, 'check', 'CDS403')
  if (opened !== null && 'jti' in opened) {
    const rows = new Rows(store, config.clock)
    await orReport(config, () => rows.useOnce(burntId('claim', opened.jti), 2000 * exchangeTtlSeconds, []))
  }
  return sendBack({ exchange, claim }, 'CDS403')
}
