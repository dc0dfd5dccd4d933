import type { JsonObject } from '../values/json.js'

declare const brand: unique symbol

/** SHA-256 of a session id in base64url: what a store sees in place of the id. */
export type SessionHash = string & { readonly [brand]: 'SessionHash' }

/** `cookie` for browsers; `api` for a session that code created and that is named by a bearer token. */
export type SessionKind = 'cookie' | 'api'

/** What a session holds of one domain alone. */
export interface DomainRecord {
  readonly data: JsonObject
  readonly firstSeenAt: Date
  readonly lastSeenAt: Date
}

/** One row: a session that was saved and has neither ended nor expired. */
export interface SessionRecord {
  readonly hash: SessionHash
  readonly kind: SessionKind
  readonly userId: string | null
  /** Shared by all domains. */
  readonly data: JsonObject
  /** By origin, for example `https://shop.example`. */
  readonly domains: Readonly<Record<string, DomainRecord>>
  /** Starts at 1 and grows by one with every change of data, user or domains; sliding the expiry does not count. */
  readonly version: number
  readonly ip: string | null
  readonly userAgent: string | null
  readonly createdAt: Date
  readonly lastSeenAt: Date
  /** Seconds without a request after which the session expires. */
  readonly idleSeconds: number
  readonly absoluteExpiresAt: Date
  /** False: its cookies go when the browser closes. */
  readonly remembered: boolean
}

/**
 * What a store knows of an id.
 * `blank`: no row, it was minted and never saved. `ended`: logged out, rotated, merged away or expired; it never comes back.
 * `successor` is there for a minute after an exchange made one session of two with the same rights: a request that was already on
 * its way with the old cookie finds its session, and its write is not lost.
 * `rotated`: it went on under another id, so nobody signed out. `rotatedOn` is there for the ten seconds after that and names the domain, whose
 * new cookie may still be on its way.
 * `replacedOn` is there for as long after an exchange on that domain put a session with other rights in its place: it leads nowhere, and the cookie
 * of that one may still be on its way.
 * `expired` is there for a session that nobody ended, as long as its row is there.
 */
export type SessionState =
  | { readonly state: 'blank' }
  | { readonly state: 'live'; readonly record: SessionRecord }
  | {
      readonly state: 'ended'
      readonly successor?: SessionHash
      readonly rotated?: true
      readonly rotatedOn?: string
      readonly replacedOn?: string
      readonly expired?: true
    }
