import type { DomainRecord } from '../store/record.js'
import type { JsonObject } from '../values/json.js'

/**
 * Makes one session's data of two. It has to be deterministic, to lose no key, and to change nothing when run twice.
 * @param kept The side whose value counts where both have one: the signed-in side, else the primary's.
 * @param other The side that ends.
 */
export type Merge = (kept: JsonObject, other: JsonObject) => JsonObject

/** Keeps every key of both; where both have one, the value of `kept`. */
export const mergeByKey: Merge = (kept, other) => ({ ...other, ...kept })

/** The same for what each session holds of single domains. */
export function mergeDomains(
  kept: Readonly<Record<string, DomainRecord>>,
  other: Readonly<Record<string, DomainRecord>>,
): Record<string, DomainRecord> {
  const merged: Record<string, DomainRecord> = { ...other, ...kept }
  for (const [origin, theirs] of Object.entries(other)) {
    const ours = kept[origin]
    if (ours === undefined) continue
    merged[origin] = {
      data: mergeByKey(ours.data, theirs.data),
      firstSeenAt: theirs.firstSeenAt < ours.firstSeenAt ? theirs.firstSeenAt : ours.firstSeenAt,
      lastSeenAt: theirs.lastSeenAt > ours.lastSeenAt ? theirs.lastSeenAt : ours.lastSeenAt,
    }
  }
  return merged
}
