import type { Config } from '../config.js'
import { tryOrigin, type Domains } from '../domains/origin.js'
import { createId, sha256 } from '../values/ids.js'
import { seal, unseal, type Sealing } from '../values/seal.js'
import type { Credential } from '../store/standing.js'

/** Seconds that a claim or a ticket lives. */
export const exchangeTtlSeconds = 60

/** Sealed by a secondary for the primary: "the browser with this cookie began an exchange here". */
export interface Claim {
  /** Used up at `check`. A claim works once, because script may read the URL that it is in. */
  readonly jti: string
  readonly aud: string
  readonly origin: string
  /** Those of the domain's session cookie. */
  readonly id: string
  readonly keyHash: string
  /** Seconds since 1970. */
  readonly iat: number
  /** Hash of the user agent that the secondary saw: a claim carried into another browser is refused. */
  readonly uaHash: string
  /** With `networkPrefix`: where the exchange began, and has to stay. */
  readonly network?: string
  /** The cookie goes when the browser closes. So does a first cookie that the primary sets because of it. */
  readonly transient?: true
  /**
   * The domain's cookies open the session and still have to be set anew, because they are old or their secret
   * is about to go.
   */
  readonly isOutdated?: true
  /** The state that the sync cookie names; absent if there is none. */
  readonly synced?: string
  /** Present when a navigation began the exchange. */
  readonly returnTo?: string
  /** It began before its page was shown, so the fragment is the page's own. */
  readonly beforePage?: true
}

/** A claim without what `issueClaim` adds. */
export type ClaimContent = Omit<Claim, 'jti' | 'uaHash'>

/**
 * The host of the domain stands before the seal, so that the primary has to try the secret of that domain
 * only. Anybody can write another one there: what counts is the origin inside.
 */
const hostEnd = '~'

export async function issueClaim(
  sealing: Sealing,
  content: ClaimContent,
  userAgent: string | null,
): Promise<string> {
  const claim: Claim = { ...content, jti: createId(), uaHash: hashUserAgent(userAgent) }
  const host = new URL(content.origin).host
  return `${host}${hostEnd}${await seal(sealing, 'claim', claim, exchangeTtlSeconds)}`
}

/** All that may be used of a claim that has expired: how the browser comes back to its page. */
export type WayBack = Pick<Claim, 'aud' | 'origin' | 'returnTo' | 'beforePage'>

/** What seals the claims of a secondary, and the tickets for it. */
export function sealingOf(config: Config, domains: Domains, origin: string): Sealing {
  const domain = domains.has(origin) ? domains.groupOf(origin).domain : origin
  return config.domainSecrets.get(domain) ?? config
}

export function partsOfClaim(text: string | null): { readonly host: string; readonly sealed: string } | null {
  // A seal has the same sign in it.
  const end = text?.indexOf(hostEnd) ?? -1
  return text === null || end === -1
    ? null
    : { host: text.slice(0, end), sealed: text.slice(end + hostEnd.length) }
}

/** @returns null if the text is no claim of ours, or was not sealed by the domain that it names. */
export async function openClaim(
  config: Config,
  domains: Domains,
  text: string | null,
): Promise<Claim | { readonly expired: WayBack } | null> {
  const parts = partsOfClaim(text)
  if (parts === null) return null
  const { host, sealed } = parts
  await domains.lookUp(tryOrigin(host))
  const named = domains.byHost(host)
  const sealing = named === null ? config : sealingOf(config, domains, named)
  const opened = await unseal(sealing, 'claim', sealed)
  if (opened.status === 'invalid') return null
  const claim = opened.payload as Claim
  // Whoever has the secret of one domain can make no claim of another.
  if (sealingOf(config, domains, claim.origin) !== sealing) return null
  return opened.status === 'open' ? claim : { expired: claim }
}

export function hashUserAgent(userAgent: string | null): string {
  return sha256(`user-agent:${userAgent ?? ''}`)
}

/** The row that is made once when a claim or a ticket is used. */
export function burntId(kind: 'claim' | 'ticket', jti: string): string {
  return `${kind}:${jti}`
}

/**
 * The domain's cookie, in the form in which a row can be asked about it.
 * @param domain The listed origin that the cookie belongs to.
 */
export function claimCredential({ clock }: Sealing, { id, keyHash, iat }: Claim, domain: string): Credential {
  return { id, keyHash, domain, ageMs: (clock() - iat) * 1000 }
}
