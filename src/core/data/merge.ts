import type { JsonObject } from '../values/json.js'

/**
 * Makes one session's data of two. It has to be deterministic, to lose no key, and to change nothing when run
 * twice.
 * @param kept The side whose value counts if both have one: the signed-in side, else the primary's.
 * @param other The side that ends.
 */
export type Merge = (kept: JsonObject, other: JsonObject) => JsonObject

/** Keeps every key of both. If both have one, the value of `kept` counts. */
export const mergeByKey: Merge = (kept, other) => ({ ...other, ...kept })
