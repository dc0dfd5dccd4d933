import { exchangeTtlSeconds } from './claim.js'
import { createNonce } from '../values/ids.js'
import { seal, unseal, type Sealing } from '../values/seal.js'
import type { Result } from '../../shared/wire.js'

/** Lets one browser take over the primary's session on one domain, once. */
export interface GrantTicket {
  readonly kind: 'grant'
  readonly jti: string
  readonly aud: string
  readonly sid: string
  readonly bindHash: string
  /**
   * How far the id may have spread. `known`: somebody may have copied it before, or another session may lead to it, so it never gains a user. `fresh`: this
   * exchange made it for a user who is about to come, and it is as good as new until something is written to it.
   */
  readonly id: 'known' | 'fresh'
  /** The primary had no session, and its cookie has not been seen coming back. */
  readonly isNew?: true
  /** Another exchange had ended the domain's id before this one asked: what took its place is what the primary's session meets. */
  readonly follows?: true
  readonly returnTo?: string
}

/** Brings a result back to the page that began, and changes nothing. */
export interface ReturnTicket {
  readonly kind: 'return'
  readonly aud: string
  readonly result: Result
  /** Present when a navigation began. */
  readonly returnTo?: string
}

export type Ticket = GrantTicket | ReturnTicket

export function issueTicket(
  sealing: Sealing,
  ticket: Omit<GrantTicket, 'jti'> | ReturnTicket,
): Promise<string> {
  return seal(
    sealing,
    'ticket',
    ticket.kind === 'grant' ? { ...ticket, jti: createNonce() } : ticket,
    exchangeTtlSeconds,
  )
}

export async function openTicket(
  sealing: Sealing,
  text: string | null,
): Promise<Ticket | 'expired' | 'invalid'> {
  const opened = await unseal(sealing, 'ticket', text)
  return opened.status === 'open' ? (opened.payload as Ticket) : opened.status
}
