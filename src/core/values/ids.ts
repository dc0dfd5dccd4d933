import type { SessionHash } from '../store/record.js'

/** A session id: 256 random bits in base64url, 43 characters. Lives only inside sealed HttpOnly cookies and tickets. */
export function createSessionId(): string {
  return randomText(32)
}

const apiTokenPrefix = 'cds_'

/** What a client of the API sends. The prefix lets scanners of leaked secrets know it. */
export function apiTokenOf(sid: string): string {
  return apiTokenPrefix + sid
}

/**
 * The id that takes the place of a guest's on the primary when a user comes: always the same one for the same id, so that it is found again
 * where the answer that brought it was lost. Whoever has a cookie has no session id, and so cannot work it out.
 */
export function renewedIdOf(sid: string): Promise<string> {
  return sha256(`renewed:${sid}`)
}

/** @param authorization Value of an `Authorization` header. @returns The session id in it, or null. */
export function parseApiToken(authorization: string): string | null {
  return /^Bearer +cds_([\w-]{43})$/i.exec(authorization.trim())?.[1] ?? null
}

/** 128 random bits in base64url: the `bind` of one cookie, or the id of one ticket. */
export function createNonce(): string {
  return randomText(16)
}

/** What the store knows a session by. */
export async function hashSessionId(sid: string): Promise<SessionHash> {
  return (await sha256(`session:${sid}`)) as SessionHash
}

/**
 * Names a session without naming its id: 40 bits of a hash of what the store knows it by, so it redeems for nothing.
 * @returns 10 hexadecimal characters.
 */
export async function fingerprintOf(sid: string): Promise<string> {
  return fingerprintOfHash(await hashSessionId(sid))
}

/** The same, where only the store's name of the session is known. */
export async function fingerprintOfHash(hash: SessionHash): Promise<string> {
  const digest = await digestOf(`fingerprint:${hash}`)
  return Array.from(digest.subarray(0, 5), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** SHA-256 of `text` in base64url. */
export async function sha256(text: string): Promise<string> {
  return toBase64Url(await digestOf(text))
}

async function digestOf(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
}

function randomText(bytes: number): string {
  return toBase64Url(crypto.getRandomValues(new Uint8Array(bytes)))
}

function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .replace(/=+$/, '')
}
