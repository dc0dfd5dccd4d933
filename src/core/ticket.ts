import { exchangeTtlSeconds } from './claim.js'
import { createNonce } from './ids.js'
import type { AnswerCode } from './status.js'
import { seal, unseal, type Sealing } from './seal.js'

/** Lets one browser take over the primary's session on one domain, once. */
export interface GrantTicket {
  readonly kind: 'grant'
  readonly jti: string
  readonly aud: string
  readonly sid: string
  readonly bindHash: string
  /**
   * How far the id may have spread. `known`: somebody may have copied it before, so it never gains a user. `fresh`: it took the place of a known one in
   * this exchange, and is as good as new until something is written to it. `minted`: there was none, and its cookie has not been seen coming back.
   */
  readonly id: 'known' | 'fresh' | 'minted'
  readonly returnTo?: string
}

/** Brings a result back to the page that began, and changes nothing. */
export interface ReturnTicket {
  readonly kind: 'return'
  readonly aud: string
  readonly outcome: 'use_current' | AnswerCode
  /** Present when a navigation began. */
  readonly returnTo?: string
}

export type Ticket = GrantTicket | ReturnTicket

export function issueTicket(sealing: Sealing, ticket: Omit<GrantTicket, 'jti'> | ReturnTicket): Promise<string> {
  return seal(sealing, 'ticket', ticket.kind === 'grant' ? { ...ticket, jti: createNonce() } : ticket, exchangeTtlSeconds)
}

export async function openTicket(sealing: Sealing, text: string | null): Promise<Ticket | 'expired' | 'invalid'> {
  const opened = await unseal(sealing, 'ticket', text)
  return opened.status === 'open' ? (opened.payload as Ticket) : opened.status
}
