import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { sealData, unsealData } from 'iron-session'
import type { NowOrLater } from './later.js'
import { toBase64Url } from './ids.js'

/** What a seal is for. Each has a key of its own, so that one kind can never be read back as another. */
export type Purpose = 'http-session' | 'http-link' | 'claim' | 'ticket' | FormerPurpose

/** What cookies were sealed for while they had their former names. Nothing is sealed for it any more. */
type FormerPurpose = 'cookie' | 'link'

/** Seconds since 1970, given from outside so that the core has no clock of its own. */
export type Clock = () => number

/** The part of the configuration that sealing needs. */
export interface Sealing {
  /** Newest first: the first seals, any of them opens. */
  readonly secrets: readonly [string, ...string[]]
  readonly clock: Clock
}

/** The longest text that `unseal` looks at, in characters: a claim with the longest return path fits. */
const maxLength = 6144

/**
 * Seals `payload` for one purpose.
 * @param ttlSeconds Seconds until `unseal` answers `expired`.
 * @returns Text that fits a cookie value and a query parameter as is.
 */
export async function seal(
  { secrets, clock }: Sealing,
  purpose: Purpose,
  payload: object,
  ttlSeconds: number,
): Promise<string> {
  const expiresAt = clock() + ttlSeconds
  // iron's own expiry reads the machine's clock; ours is inside the payload, and 0 turns iron's off.
  return sealData({ purpose, expiresAt, payload }, { password: keyOf(secrets[0], purpose), ttl: 0 })
}

/**
 * `isNewest`: by the secret that seals now. What an expired seal says is authentic, and only the way back of
 * it may be used.
 */
export type Unsealed =
  | { readonly status: 'open'; readonly payload: unknown; readonly isNewest: boolean }
  | { readonly status: 'expired'; readonly payload: unknown }
  | { readonly status: 'invalid' }

/**
 * Opens a seal by any listed secret. Whatever is wrong with `text`, the answer is a status and no exception.
 */
export function unseal({ secrets, clock }: Sealing, purpose: Purpose, text: unknown): NowOrLater<Unsealed> {
  if (typeof text !== 'string' || text.length === 0 || text.length > maxLength) return { status: 'invalid' }
  const isCookie = purpose !== 'claim' && purpose !== 'ticket'
  const judge = (box: Box | null): Unsealed => {
    if (box === null || box.purpose !== purpose || typeof box.expiresAt !== 'number')
      return { status: 'invalid' }
    if (isCookie) remember(secrets, text, box)
    if (box.expiresAt <= clock()) return { status: 'expired', payload: box.payload }
    return { status: 'open', payload: box.payload, isNewest: box.isNewest }
  }
  const known = isCookie ? recall(secrets, text) : undefined
  return known === undefined ? open(secrets, purpose, text).then(judge) : judge(known)
}

interface Box {
  readonly purpose?: unknown
  readonly expiresAt?: unknown
  readonly payload?: unknown
  readonly isNewest: boolean
}

async function open(secrets: Sealing['secrets'], purpose: Purpose, text: string): Promise<Box | null> {
  for (const secret of secrets) {
    try {
      const box = await unsealData<Partial<Box>>(text, { password: keyOf(secret, purpose), ttl: 0 })
      // iron-session answers an empty object for a seal that it cannot open.
      if (typeof box === 'object' && 'purpose' in box) return { ...box, isNewest: secret === secrets[0] }
    } catch {
      // Another secret may have made it; a text that no secret opens is invalid.
    }
  }
  return null
}

/**
 * Unsealing costs more than all else that a page needs of the kit, and a visitor brings the same cookies
 * again.
 */
const mostRemembered = 1000
const opened = new WeakMap<Sealing['secrets'], Map<string, Box>>()

function recall(secrets: Sealing['secrets'], text: string): Box | undefined {
  return opened.get(secrets)?.get(text)
}

function remember(secrets: Sealing['secrets'], text: string, box: Box): void {
  const boxes = opened.get(secrets) ?? new Map<string, Box>()
  opened.set(secrets, boxes)
  // The latest stand last.
  boxes.delete(text)
  boxes.set(text, box)
  for (const oldest of boxes.keys()) {
    if (boxes.size <= mostRemembered) break
    boxes.delete(oldest)
  }
}

const keys = new Map<string, string>()

/** The key for one purpose. An application that seals with the same secret can make no seal of the kit. */
function keyOf(secret: string, purpose: Purpose): string {
  const name = `${purpose}:${secret}`
  const known = keys.get(name)
  if (known !== undefined) return known
  const info = utf8ToBytes(`next-crossdomain-session ${purpose}`)
  const key = toBase64Url(hkdf(sha256, utf8ToBytes(secret), undefined, info, 32))
  keys.set(name, key)
  return key
}
