import { deepFreeze, type JsonObject } from '../values/json.js'
import type { RowChange, StoredRow } from './store.js'

/** `cookie` for browsers; `api` for a session that code created and that a bearer token opens. */
export type SessionKind = 'cookie' | 'api'

/** What a session holds of one domain only. Times are milliseconds since 1970, by the store's clock. */
export interface DomainRecord {
  readonly data: JsonObject
  readonly firstSeenAtMs: number
  readonly lastSeenAtMs: number
  /** What the application's own cookie of this domain said is in the session. */
  readonly adopted?: true
}

/** What was saved of a session. Times are milliseconds since 1970, by the store's clock. */
export interface SessionRecord {
  readonly kind: SessionKind
  readonly userId: string | null
  /** Shared by all domains. */
  readonly data: JsonObject
  /** By origin, for example `https://shop.example`. */
  readonly domains: Readonly<Record<string, DomainRecord>>
  readonly ip: string | null
  readonly userAgent: string | null
  readonly createdAtMs: number
  readonly lastSeenAtMs: number
  /** Seconds without a request after which the session expires. */
  readonly idleSeconds: number
  readonly absoluteExpiresAtMs: number
  /** False: its cookies go when the browser closes. */
  readonly remembered: boolean
}

/**
 * A key is in one cookie of one domain, beside the session's id. The row lists its hash.
 * `good`: that cookie opens the session, also when a user is signed in.
 * `handed-out`: its cookie may be on its way and does not open a user's session. `check` has given it to the
 * primary, and `replace` will make it good; or it was good until somebody signed in or out.
 * `{ to }`: whoever has that cookie goes on in another session.
 */
export interface Key {
  readonly hash: string
  /** The listed origin that the cookie belongs to. */
  readonly domain: string
  readonly is: 'good' | 'handed-out' | { readonly to: string }
  /** When it was listed. */
  readonly atMs: number
}

/**
 * One session for its whole life.
 * `blank`: nothing was saved; there may be no row at all, and then `version` is 0.
 * `moved`: it turned out to be the same visitor as another session, which took its content.
 * `ended`: signed out, or expired. No content is left. `wasSaved`: there was some.
 */
export type Row = RowParts &
  (
    | { readonly state: 'blank' }
    | { readonly state: 'live'; readonly session: SessionRecord }
    | { readonly state: 'moved'; readonly to: string; readonly wasSaved: boolean }
    | { readonly state: 'ended'; readonly wasSaved: boolean; readonly expired?: true }
  )

interface RowParts {
  readonly id: string
  /** As `StoredRow.version`. */
  readonly version: number
  /** How often somebody has signed in: it changes the fingerprint, as the id stays. */
  readonly signIns: number
  readonly keys: readonly Key[]
}

export type LiveRow = Extract<Row, { state: 'live' }>

const dayMs = 86_400_000

/**
 * How long a cookie whose session has no row counts as one that was never saved, in milliseconds. It is
 * longer than the week for which a page trusts an agreement, so an older cookie would be looked at anew in
 * any case.
 */
export const newCookieMs = 8 * dayMs

/**
 * How long a row says that its session has ended or moved: longer than a cookie with its id counts as new.
 */
export const rememberedMs = 9 * dayMs

/** The same if nothing was ever saved: longer than an answer may take. */
const brieflyMs = 10 * 60_000

export function blankRow(id: string): Row {
  return { id, version: 0, signIns: 0, keys: [], state: 'blank' }
}

/** Reads what the kit has written. A session that has expired counts as ended. */
export function parseRow(stored: StoredRow, nowMs: number): Row {
  const { id, version, value } = stored
  const row = { ...(value as unknown as Row), id, version }
  if (row.state !== 'live' || expiresAtMs(row.session) > nowMs) return row
  return { id, version, signIns: row.signIns, keys: row.keys, state: 'ended', wasSaved: true, expired: true }
}

/** @param row The row as it is to be, with the version that it has now. */
export function changeOf(row: Row, nowMs: number): RowChange {
  const { id, version, ...value } = row
  return {
    id,
    version,
    userId: row.state === 'live' ? row.session.userId : null,
    value: value as unknown as JsonObject,
    livesMs: livesMs(row, nowMs),
  }
}

function livesMs(row: Row, nowMs: number): number {
  switch (row.state) {
    case 'blank':
      return brieflyMs
    case 'live':
      // What has expired is remembered as well, so that no cookie brings its id back to life.
      return Math.max(0, expiresAtMs(row.session) - nowMs) + rememberedMs
    case 'moved':
    case 'ended':
      return row.wasSaved ? rememberedMs : brieflyMs
    default:
      return row satisfies never
  }
}

function expiresAtMs({ lastSeenAtMs, idleSeconds, absoluteExpiresAtMs }: SessionRecord): number {
  return Math.min(lastSeenAtMs + idleSeconds * 1000, absoluteExpiresAtMs)
}

/** Who is signed in. */
export function userOf(row: Row): string | null {
  return row.state === 'live' ? row.session.userId : null
}

/** The record, which nobody can change by accident. */
export function frozen(record: SessionRecord): SessionRecord {
  deepFreeze(record.data)
  for (const { data } of Object.values(record.domains)) deepFreeze(data)
  return record
}
