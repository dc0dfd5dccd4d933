/**
 * Makes one value of two that two sessions have under the same key. Deterministic, and without losing anything that the visitor added.
 * `kept` is the value of the signed-in side, else of the primary.
 */
export type MergeRule<Value> = (kept: Value, other: Value) => Value

/**
 * A `merge` that has a rule for some keys; of the others it keeps the value of `kept`. An exchange merges two sessions exactly once.
 * @example merge: mergeBy<Data>({ wishlist: union(), cart: sumQuantities('sku') })
 */
export function mergeBy<Data extends object>(rules: { readonly [Key in keyof Data]?: MergeRule<NonNullable<Data[Key]>> }) {
  return (kept: Readonly<Partial<Data>>, other: Readonly<Partial<Data>>): Partial<Data> => {
    const merged: Partial<Data> = { ...other, ...kept }
    for (const key of Object.keys(rules) as (keyof Data)[]) {
      const [ours, theirs, rule] = [kept[key], other[key], rules[key]]
      if (rule !== undefined && ours !== undefined && ours !== null && theirs !== undefined && theirs !== null) merged[key] = rule(ours, theirs)
    }
    return merged
  }
}

/** For lists: all items of both, each once, those of `kept` first. @param key Names an item; default: items are the same when their JSON is. */
export function union<List extends readonly unknown[]>(key?: keyof List[number] | ((item: List[number]) => unknown)): MergeRule<List> {
  const nameOf = (item: List[number]): unknown =>
    key === undefined ? JSON.stringify(item) : typeof key === 'function' ? key(item) : item[key as keyof List[number]]
  return (kept, other) => {
    const known = new Set(kept.map(nameOf))
    return [...kept, ...other.filter((item) => !known.has(nameOf(item)))] as unknown as List
  }
}

/** For lists of items with a quantity: the quantities of the same item are added up. @param key Names an item, for example `'sku'`. */
export function sumQuantities<List extends readonly object[]>(
  key: keyof List[number],
  quantity: keyof List[number] = 'quantity' as keyof List[number],
): MergeRule<List> {
  const read = (item: object, field: keyof List[number]): unknown => (item as List[number])[field]
  return (kept, other) => {
    const theirs = new Map(other.map((item) => [read(item, key), Number(read(item, quantity))]))
    const summed = kept.map((item) => ({ ...item, [quantity]: Number(read(item, quantity)) + (theirs.get(read(item, key)) ?? 0) }))
    const known = new Set(kept.map((item) => read(item, key)))
    return [...summed, ...other.filter((item) => !known.has(read(item, key)))] as unknown as List
  }
}

/** Of two values the newer one. @param timeOf A number or an ISO 8601 text; of two at the same time, `kept`. */
export function newest<Value>(timeOf: (value: Value) => number | string): MergeRule<Value> {
  return (kept, other) => (timeOf(other) > timeOf(kept) ? other : kept)
}
