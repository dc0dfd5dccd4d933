import { sealData, unsealData } from 'iron-session'

/** What a seal is for. It is sealed in, so that one kind can never be read back as another. */
export type Purpose = 'cookie' | 'link' | 'claim' | 'ticket'

/** Seconds since 1970, given from outside so that the core has no clock of its own. */
export type Clock = () => number

/** The part of the configuration that sealing needs. */
export interface Sealing {
  /** Newest first: the first seals, any of them opens. */
  readonly secrets: readonly [string, ...string[]]
  readonly clock: Clock
}

/** Longest text that `unseal` looks at, in characters: a claim with the longest return path fits, a flood does not. */
const maxLength = 6144

/**
 * Seals `payload` for one purpose.
 * @param ttlSeconds Seconds until `unseal` answers `expired`.
 * @returns Text that fits a cookie value and a query parameter as is.
 */
export async function seal(
  sealing: Sealing,
  purpose: Purpose,
  payload: object,
  ttlSeconds: number,
): Promise<string> {
  const expiresAt = sealing.clock() + ttlSeconds
  // iron's own expiry reads the machine's clock; ours is inside the payload, and 0 turns iron's off.
  return sealData({ purpose, expiresAt, payload }, { password: sealing.secrets[0], ttl: 0 })
}

/** `isNewest`: by the secret that seals now. */
export type Unsealed =
  | { readonly status: 'open'; readonly payload: unknown; readonly isNewest: boolean }
  | { readonly status: 'expired' }
  | { readonly status: 'invalid' }

/** Opens a seal by any listed secret. Whatever is wrong with `text`, the answer is a status and never an exception. */
export async function unseal(sealing: Sealing, purpose: Purpose, text: unknown): Promise<Unsealed> {
  if (typeof text !== 'string' || text.length === 0 || text.length > maxLength) return { status: 'invalid' }
  for (const password of sealing.secrets) {
    const box = await open(text, password)
    if (box === null) continue
    if (box.purpose !== purpose || typeof box.expiresAt !== 'number') return { status: 'invalid' }
    return box.expiresAt <= sealing.clock()
      ? { status: 'expired' }
      : { status: 'open', payload: box.payload, isNewest: password === sealing.secrets[0] }
  }
  return { status: 'invalid' }
}

async function open(
  text: string,
  password: string,
): Promise<{ purpose?: unknown; expiresAt?: unknown; payload?: unknown } | null> {
  try {
    const box = await unsealData<{ purpose?: unknown }>(text, { password, ttl: 0 })
    // iron-session answers an empty object for a seal that it cannot open.
    return typeof box === 'object' && box !== null && 'purpose' in box ? box : null
  } catch {
    return null
  }
}
