import { sha256 as digest } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { CrossDomainError } from '../errors/catalogue.js'
import { isStorable } from './json.js'

/** Makes a session id or a key: 128 random bits in base64url, 22 characters. */
export function createId(): string {
  return toBase64Url(crypto.getRandomValues(new Uint8Array(16)))
}

const tokenPrefix = 'cds_'

/** Makes a bearer token of the API: 256 random bits. The prefix lets scanners of leaked secrets know it. */
export function createToken(): string {
  return tokenPrefix + toBase64Url(crypto.getRandomValues(new Uint8Array(32)))
}

/**
 * Reads the bearer token of a request.
 * @param authorization Value of an `Authorization` header.
 */
export function parseToken(authorization: string): string | null {
  return /^Bearer +(cds_[\w-]{43})$/i.exec(authorization.trim())?.[1] ?? null
}

/** The id of a token's row. The token itself is nowhere in the store. */
export function idOfToken(token: string): string {
  return sha256(`token:${token}`)
}

/**
 * Names the present state of a session without naming its id: 40 bits of a hash, which open nothing.
 * @param signIns How often somebody has signed in: the id stays, and the fingerprint changes.
 * @returns 10 hexadecimal characters.
 */
export function fingerprintOf(id: string, signIns: number): string {
  return fingerprints(`fingerprint:${id}:${signIns}`)
}

/** SHA-256 of `text` in base64url. */
export function sha256(text: string): string {
  return hashes(text)
}

const fingerprints = remembered((text) => bytesToHex(digest(utf8ToBytes(text)).subarray(0, 5)))

// Not Web Crypto, which answers later: a page would wait for it several times.
const hashes = remembered((text) => toBase64Url(digest(utf8ToBytes(text))))

/** Remembers the last answers of a function: a visitor brings the same keys and ids at every page. */
function remembered(make: (text: string) => string): (text: string) => string {
  const known = new Map<string, string>()
  return (text) => {
    const answer = known.get(text) ?? make(text)
    if (known.size >= 2000) known.clear()
    known.set(text, answer)
    return answer
  }
}

export function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .replace(/=+$/, '')
}

/** @throws {CrossDomainError} `CDS204`. */
export function checkUserId(userId: unknown): void {
  if (typeof userId !== 'string' || userId.length === 0 || userId.length > 255 || !isStorable(userId))
    throw new CrossDomainError('CDS204')
}
