import { CrossDomainError } from '../errors/catalogue.js'

/** What a session can hold: JSON, as RFC 8259 means it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
/** Data of a session: JSON values by key. */
export type JsonObject = { readonly [key: string]: Json }

/**
 * The most objects and lists inside one another. A few thousand would end in a stack overflow at some later
 * read, and what a visitor sends can be as deep as it is long.
 */
const mostLevels = 100

/**
 * Checks that `input` is an object that every store keeps unchanged, and that it fits; see `parseJson`.
 * @throws {CrossDomainError} `CDS202` if it is not JSON, `CDS203` if it is larger than `maxBytes`.
 */
export function parseData(input: unknown, maxBytes: number): JsonObject {
  if (!isPlainObject(input)) throw new CrossDomainError('CDS202', 'not an object')
  return parseJson(input, maxBytes) as JsonObject
}

/**
 * Checks that every store keeps `input` unchanged, and that it fits. NUL and lone surrogates are refused
 * because not every database can hold them (https://www.postgresql.org/docs/current/datatype-json.html), and
 * `__proto__` because a merge by key could not keep it. At most 100 objects and lists are inside one another.
 * @param maxBytes Size limit of the JSON text in UTF-8 bytes.
 * @returns A deep copy as any store would give it back: no `undefined`, no prototypes.
 * @throws {CrossDomainError} `CDS202` if it is not JSON, `CDS203` if it is larger than `maxBytes`.
 */
export function parseJson(input: unknown, maxBytes: number): Json {
  check(input, 'data', new Set())
  const text = JSON.stringify(input)
  const bytes = new TextEncoder().encode(text).length
  if (bytes > maxBytes) throw new CrossDomainError('CDS203', `${bytes} bytes, the limit is ${maxBytes}`)
  return JSON.parse(text) as Json
}

/** Size of the JSON text, as `parseJson` counts it. */
export function bytesOf(data: JsonObject): number {
  return new TextEncoder().encode(JSON.stringify(data)).length
}

/**
 * Makes it throw to change data in place, because such a change would be lost. `set` and `update` change
 * data.
 */
export function deepFreeze<T extends Json>(data: T): T {
  if (typeof data === 'object' && data !== null && !Object.isFrozen(data))
    Object.values(Object.freeze(data)).forEach(deepFreeze)
  return data
}

/** True if both are the same JSON. The order of keys does not count. */
export function isSameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const left = Object.entries(a)
  const right = new Map<string, Json>(Object.entries(b))
  return (
    left.length === right.size &&
    left.every(([key, value]) => right.has(key) && isSameJson(value, right.get(key)))
  )
}

/** The same text for the same JSON, whatever the order of keys. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    isPlainObject(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}

function check(value: unknown, path: string, above: Set<object>): void {
  switch (typeof value) {
    case 'boolean':
      return
    case 'number':
      if (Number.isFinite(value)) return
      break
    case 'string':
      if (isStorable(value)) return
      break
    case 'object': {
      if (value === null) return
      if (above.has(value)) throw new CrossDomainError('CDS202', `${path} contains itself`)
      if (!Array.isArray(value) && !isPlainObject(value)) break
      if (above.size >= mostLevels)
        throw new CrossDomainError('CDS202', `more than ${mostLevels} objects and lists inside one another`)
      // What it returns would be stored, and nobody has checked that.
      if (typeof Reflect.get(value, 'toJSON') === 'function') break
      above.add(value)
      for (const [key, item] of Object.entries(value)) {
        if (key === '__proto__' || !isStorable(key)) throw new CrossDomainError('CDS202', `a key of ${path}`)
        if (item !== undefined || Array.isArray(value)) check(item, `${path}.${key}`, above)
      }
      above.delete(value)
      return
    }
  }
  throw new CrossDomainError('CDS202', path)
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null
}

const loneSurrogate = /\p{Surrogate}/u

/** False for NUL and lone surrogates, which no Postgres column of text or jsonb takes. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && !loneSurrogate.test(text)
}
