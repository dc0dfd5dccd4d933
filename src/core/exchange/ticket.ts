import { createId } from '../values/ids.js'
import { seal, unseal, type Sealing } from '../values/seal.js'
import type { Outcome } from '../../shared/wire.js'
import { exchangeTtlSeconds } from './claim.js'

/** Lets one browser join the primary's session on one domain, once. */
export interface GrantTicket {
  readonly kind: 'grant'
  readonly jti: string
  readonly aud: string
  /** The primary's session, and the hash of the key that its cookie holds. */
  readonly id: string
  readonly keyHash: string
  /** Hash of the key in the domain's own cookie: the exchange has to end in the browser that began it. */
  readonly bind: string
  /** As in the claim. */
  readonly network?: string
  /** The primary had no session, and its cookie has not been seen coming back. */
  readonly isNew?: true
  readonly returnTo?: string
  /** As in the claim. */
  readonly beforePage?: true
}

/** Brings a result back to the page that began, and changes nothing. */
export interface ReturnTicket {
  readonly kind: 'return'
  readonly aud: string
  readonly result: Outcome
  /** Present when a navigation began. */
  readonly returnTo?: string
  /** As in the claim. */
  readonly beforePage?: true
}

export type Ticket = GrantTicket | ReturnTicket

export function issueTicket(
  sealing: Sealing,
  ticket: Omit<GrantTicket, 'jti'> | ReturnTicket,
): Promise<string> {
  const payload: Ticket = ticket.kind === 'grant' ? { ...ticket, jti: createId() } : ticket
  return seal(sealing, 'ticket', payload, exchangeTtlSeconds)
}

/** @returns null if the text is no ticket of ours. Of one that has expired, only the way back. */
export async function openTicket(
  sealing: Sealing,
  text: string | null,
): Promise<Ticket | { readonly expired: Pick<Ticket, 'aud' | 'returnTo' | 'beforePage'> } | null> {
  const opened = await unseal(sealing, 'ticket', text)
  if (opened.status === 'invalid') return null
  const ticket = opened.payload as Ticket
  return opened.status === 'open' ? ticket : { expired: ticket }
}
