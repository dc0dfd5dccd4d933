import { createNonce, hashSessionId, sha256 } from '../values/ids.js'
import type { Read, SessionCookie } from '../request/cookies.js'
import type { Origin } from '../domains/origin.js'
import type { SessionHash } from '../store/record.js'
import { seal, unseal, type Sealing } from '../values/seal.js'

/** Seconds that a claim or a ticket lives. */
export const exchangeTtlSeconds = 60

/** Sealed by a secondary for the primary: "the browser with this cookie began an exchange here". */
export interface Claim {
  /** Burnt at `check`: a claim works once, as a ticket does, because it is in the URL of an answer that script may read. */
  readonly jti: string
  readonly aud: string
  readonly origin: string
  readonly sidHash: SessionHash
  readonly bindHash: string
  /** Hash of the user agent that the secondary saw: a claim carried into another browser is refused. */
  readonly uaHash: string
  /** The cookie goes when the browser closes, and so does one that the primary sets for it. */
  readonly transient?: true
  /** The domain's cookies are to be set anew even where both sides agree: they are old, a secret sealed them that is about to go, or they tell different stories. */
  readonly outdated?: true
  /** Present when a navigation began the exchange. */
  readonly returnTo?: string
}

export async function issueClaim(
  sealing: Sealing,
  input: {
    readonly primary: Origin
    readonly origin: Origin
    readonly cookie: Read<SessionCookie>
    readonly userAgent: string | null
    readonly returnTo: string | null
  },
): Promise<string> {
  const claim: Claim = {
    jti: createNonce(),
    aud: input.primary,
    origin: input.origin,
    sidHash: await hashSessionId(input.cookie.sid),
    bindHash: await sha256(input.cookie.bind),
    uaHash: await hashUserAgent(input.userAgent),
    ...(input.cookie.transient && { transient: true }),
    ...(input.cookie.isOutdated && { outdated: true }),
    ...(input.returnTo === null ? {} : { returnTo: input.returnTo }),
  }
  return seal(sealing, 'claim', claim, exchangeTtlSeconds)
}

export async function openClaim(
  sealing: Sealing,
  text: string | null,
): Promise<Claim | 'expired' | 'invalid'> {
  const opened = await unseal(sealing, 'claim', text)
  return opened.status === 'open' ? (opened.payload as Claim) : opened.status
}

export function hashUserAgent(userAgent: string | null): Promise<string> {
  return sha256(`user-agent:${userAgent ?? ''}`)
}
