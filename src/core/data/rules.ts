import { canonicalJson } from '../values/json.js'

/**
 * Makes one value of the two that two sessions have under the same key. It is deterministic, and loses
 * nothing that the visitor added. `kept` is the value of the signed-in side, else of the primary.
 */
export type MergeRule<Value> = (kept: Value, other: Value) => Value

/**
 * A `merge` that has a rule for some keys. For all others it keeps the value of `kept`. An exchange merges
 * two sessions exactly once.
 * @example merge: mergeBy<Data>({ wishlist: union(), cart: sumQuantities('sku') })
 */
export function mergeBy<Data extends object>(rules: {
  readonly [Key in keyof Data]?: MergeRule<NonNullable<Data[Key]>>
}) {
  return (kept: Readonly<Partial<Data>>, other: Readonly<Partial<Data>>): Partial<Data> => {
    const merged: Partial<Data> = { ...other, ...kept }
    for (const key of Object.keys(rules) as (keyof Data)[]) {
      const [ours, theirs, rule] = [kept[key], other[key], rules[key]]
      if (rule === undefined || theirs === undefined || theirs === null) continue
      merged[key] = ours === undefined || ours === null ? theirs : rule(ours, theirs)
    }
    return merged
  }
}

/**
 * For lists: all items of both, each once, those of `kept` first.
 * @param key Names an item. Default, also for an item without that name: its JSON.
 */
export function union<List extends readonly unknown[]>(
  key?: keyof List[number] | ((item: List[number]) => unknown),
): MergeRule<List> {
  const keyOf = (item: unknown): unknown =>
    typeof key === 'function' ? key(item) : key === undefined ? undefined : fieldOf(item, key)
  return foldLists(
    (item) => nameOf(item, keyOf(item)),
    (first) => first,
  )
}

/** Keys of an item whose values are numbers, or may be. */
export type QuantityKey<Item> = {
  [Key in keyof Item]-?: NonNullable<Item[Key]> extends number ? Key : number extends Item[Key] ? Key : never
}[keyof Item]

/**
 * For lists of items with a quantity. Quantities of the same item are added up; its other fields are those of
 * `kept`. A quantity that is missing or no number counts as 1, because the item is in the cart.
 * @param key Names an item, for example `'sku'`.
 * @param quantity The field to add up, a number. Default: `'quantity'`, if items have one.
 */
export function sumQuantities<List extends readonly object[]>(
  key: keyof List[number],
  ...quantity: 'quantity' extends QuantityKey<List[number]>
    ? [quantity?: QuantityKey<List[number]>]
    : [quantity: QuantityKey<List[number]>]
): MergeRule<List>
export function sumQuantities(
  key: PropertyKey,
  quantity: PropertyKey = 'quantity',
): MergeRule<readonly object[]> {
  const quantityOf = (item: unknown): number => numberOf(fieldOf(item, quantity)) ?? 1
  return foldLists(
    (item) => nameOf(item, fieldOf(item, key)),
    (first, next) =>
      isObject(first) ? { ...first, [quantity]: quantityOf(first) + quantityOf(next) } : first,
  )
}

/**
 * The newer one of two values; `kept`, if both are from the same time.
 * @param timeOf Returns a number (milliseconds since 1970, if the other value has a text) or an ISO 8601
 *   text. Anything else counts as the oldest.
 */
export function newest<Value>(timeOf: (value: Value) => number | string): MergeRule<Value> {
  return (kept, other) => (millisecondsOf(timeOf(other)) > millisecondsOf(timeOf(kept)) ? other : kept)
}

/**
 * Puts one list after the other, and makes one item of those with the same name. Old rows may hold something
 * other than a list.
 */
function foldLists<List extends readonly unknown[]>(
  name: (item: unknown) => string,
  add: (first: unknown, next: unknown) => unknown,
): MergeRule<List> {
  return (kept, other) => {
    if (!Array.isArray(kept) || !Array.isArray(other)) return Array.isArray(other) ? other : kept
    const folded = new Map<string, unknown>()
    for (const item of [...kept, ...other]) {
      const known = name(item)
      folded.set(known, folded.has(known) ? add(folded.get(known), item) : item)
    }
    return [...folded.values()] as unknown as List
  }
}

function nameOf(item: unknown, key: unknown): string {
  return canonicalJson(key === undefined || key === null ? { item } : { key })
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function fieldOf(item: unknown, key: PropertyKey): unknown {
  return isObject(item) ? Reflect.get(item, key) : undefined
}

function numberOf(value: unknown): number | null {
  const number =
    typeof value === 'number' || (typeof value === 'string' && value.trim() !== '') ? Number(value) : NaN
  return Number.isFinite(number) ? number : null
}

function millisecondsOf(time: unknown): number {
  const milliseconds = typeof time === 'string' ? Date.parse(time) : typeof time === 'number' ? time : NaN
  return Number.isNaN(milliseconds) ? -Infinity : milliseconds
}
