import type { Json, JsonObject } from '../../core/values/json.js'
import type {
  DomainRecord,
  SessionHash,
  SessionKind,
  SessionRecord,
  SessionState,
} from '../../core/store/record.js'
import { endedFrom, type Ended, type SettledContent } from '../../core/store/store.js'

/** A session's hash as a script answered it; see scripts.ts. */
export interface Answer {
  readonly status: string
  readonly nowMs: number
  readonly fields: ReadonlyMap<string, string>
}

export function answerFrom(input: unknown): Answer {
  const [status, nowMs, flat] = input as [string, string, unknown]
  // An empty list leaves cjson as an object.
  const list = Array.isArray(flat) ? (flat as string[]) : []
  const fields = new Map<string, string>()
  for (let index = 0; index + 1 < list.length; index += 2)
    fields.set(list[index] ?? '', list[index + 1] ?? '')
  return { status, nowMs: Number(nowMs), fields }
}

/** How a text that may be missing travels to a script. */
export const nullable = (text: string | null | undefined): string =>
  text === null || text === undefined ? '' : `=${text}`

export const dataField = (key: string): string => `d:${key}`
/** Origins hold no space, so the first one ends it. */
export const domainField = (origin: string, key: string): string => `x:${origin} ${key}`

export function pairsOf(data: JsonObject | undefined, name: (key: string) => string): string[] {
  return Object.entries(data ?? {}).flatMap(([key, value]) => [name(key), JSON.stringify(value)])
}

/** Content of a session as the fields of its hash. */
export function contentFields(content: SettledContent): string[] {
  const single: readonly (readonly [string, string | null])[] = [
    ['k', content.kind],
    ['u', content.userId],
    ['ip', content.ip],
    ['ua', content.userAgent],
    ['c', String(content.createdAt.getTime())],
    ['i', String(content.idleSeconds)],
    ['a', String(content.absoluteExpiresAt.getTime())],
    ['r', content.remembered ? null : '0'],
  ]
  const domains = Object.entries(content.domains).flatMap(([origin, { data, firstSeenAt, lastSeenAt }]) => [
    ...[`f:${origin}`, String(firstSeenAt.getTime()), `s:${origin}`, String(lastSeenAt.getTime())],
    ...pairsOf(data, (key) => domainField(origin, key)),
  ])
  return [
    ...single.flatMap(([field, value]) => (value === null ? [] : [field, value])),
    ...pairsOf(content.data, dataField),
    ...domains,
  ]
}

export function recordFrom(hash: SessionHash, fields: ReadonlyMap<string, string>): SessionRecord {
  const date = (field: string): Date => new Date(Number(fields.get(field)))
  const data: [string, Json][] = []
  const domains = new Map<string, { data: [string, Json][]; firstSeenAt: Date; lastSeenAt: Date }>()
  for (const [field, value] of fields) {
    if (field.startsWith('d:')) data.push([field.slice(2), JSON.parse(value) as Json])
    if (field.startsWith('f:'))
      domains.set(field.slice(2), {
        data: [],
        firstSeenAt: date(field),
        lastSeenAt: date(`s:${field.slice(2)}`),
      })
  }
  for (const [field, value] of fields) {
    if (!field.startsWith('x:')) continue
    const space = field.indexOf(' ')
    domains.get(field.slice(2, space))?.data.push([field.slice(space + 1), JSON.parse(value) as Json])
  }
  const withData = [...domains].map(([origin, domain]): [string, DomainRecord] => [
    origin,
    { ...domain, data: Object.fromEntries(domain.data) },
  ])
  return {
    hash,
    kind: fields.get('k') as SessionKind,
    userId: fields.get('u') ?? null,
    data: Object.fromEntries(data),
    domains: Object.fromEntries(withData),
    version: Number(fields.get('v')),
    ip: fields.get('ip') ?? null,
    userAgent: fields.get('ua') ?? null,
    createdAt: date('c'),
    lastSeenAt: date('l'),
    idleSeconds: Number(fields.get('i')),
    absoluteExpiresAt: date('a'),
    remembered: fields.get('r') !== '0',
  }
}

export function stateFrom(hash: SessionHash, { fields, nowMs }: Answer): SessionState {
  if (fields.has('E')) {
    const says = Number(fields.get('said')) > nowMs
    const successor = says ? fields.get('succ') : undefined
    const [rotatedOn, replacedOn] = says ? [fields.get('rot'), fields.get('rep')] : []
    return {
      state: 'ended',
      ...(successor && { successor: successor as SessionHash }),
      ...(fields.has('rot') && { rotated: true }),
      ...(rotatedOn && { rotatedOn }),
      ...(replacedOn && { replacedOn }),
    }
  }
  if (!fields.has('v')) return { state: 'blank' }
  return Number(fields.get('e')) > nowMs
    ? { state: 'live', record: recordFrom(hash, fields) }
    : { state: 'ended', expired: true }
}

/** What a write is told of a session that has ended. */
export function endedAnswer(hash: SessionHash, answer: Answer): Ended {
  return endedFrom(stateFrom(hash, answer))
}
