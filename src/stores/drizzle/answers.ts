import type { JsonObject } from '../../core/values/json.js'
import type { DomainRecord, SessionRecord, SessionState } from '../../core/store/record.js'

/** Drivers answer with the rows, or with an object that holds them; ours is one row with one column of text. */
export function parseAnswer(result: unknown): unknown {
  const rows = Array.isArray(result) ? result : (result as { readonly rows: readonly unknown[] }).rows
  return JSON.parse((rows[0] as { readonly answer: string }).answer)
}

type DatesAsMs<T> = { readonly [Key in keyof T]: T[Key] extends Date ? number : T[Key] }
type RawRecord = Omit<DatesAsMs<SessionRecord>, 'domains'> & {
  readonly domains: Readonly<Record<string, DatesAsMs<DomainRecord>>>
}

/** The statements build this very shape, with times in milliseconds since 1970. */
export function recordFrom(input: unknown): SessionRecord {
  const raw = input as RawRecord
  const domains = Object.entries(raw.domains).map(
    ([origin, { data, firstSeenAt, lastSeenAt }]): [string, DomainRecord] => [
      origin,
      { data: data as JsonObject, firstSeenAt: new Date(firstSeenAt), lastSeenAt: new Date(lastSeenAt) },
    ],
  )
  return {
    ...raw,
    domains: Object.fromEntries(domains),
    createdAt: new Date(raw.createdAt),
    lastSeenAt: new Date(raw.lastSeenAt),
    absoluteExpiresAt: new Date(raw.absoluteExpiresAt),
  }
}

type Ended = Extract<SessionState, { readonly state: 'ended' }>
type Nullable<T> = { readonly [Key in Exclude<keyof T, 'state'>]?: T[Key] | null }

export function stateFrom(input: unknown): SessionState {
  const raw = input as { readonly state: SessionState['state']; readonly record?: unknown } & Nullable<Ended>
  switch (raw.state) {
    case 'blank':
      return { state: 'blank' }
    case 'live':
      return { state: 'live', record: recordFrom(raw.record) }
    case 'ended':
      return {
        state: 'ended',
        ...(raw.successor && { successor: raw.successor }),
        ...(raw.rotated && { rotated: true }),
        ...(raw.rotatedOn && { rotatedOn: raw.rotatedOn }),
        ...(raw.replacedOn && { replacedOn: raw.replacedOn }),
        ...(raw.expired && { expired: true }),
      }
    default:
      return raw.state satisfies never
  }
}
