import type { Visit } from '../request/incoming.js'
import type { DomainRecord, SessionRecord } from '../store/row.js'
import type { JsonObject } from '../values/json.js'

/**
 * A change by top-level key. Keys that it does not name stay as they are. Sizes and JSON were checked before.
 */
export interface Patch {
  readonly set?: JsonObject
  readonly delete?: readonly string[]
  /** The same for the data of the visited domain alone. */
  readonly domainSet?: JsonObject
  readonly domainDelete?: readonly string[]
}

/** Changes what was saved, and records the visit. */
export function applyPatch(before: SessionRecord, patch: Patch, visit: Visit, nowMs: number): SessionRecord {
  const after = visited(before, visit, nowMs)
  const here = after.domains[visit.domain]
  const local = here && { ...here, data: changed(here.data, patch.domainSet, patch.domainDelete) }
  return {
    ...after,
    data: changed(after.data, patch.set, patch.delete),
    domains: { ...after.domains, ...(local && { [visit.domain]: local }) },
  }
}

/** Records who was here, and slides the expiry. */
export function visited(before: SessionRecord, visit: Visit, nowMs: number): SessionRecord {
  const known = before.domains[visit.domain]
  const domain: DomainRecord = {
    data: known?.data ?? {},
    firstSeenAtMs: known?.firstSeenAtMs ?? nowMs,
    lastSeenAtMs: nowMs,
    ...(known?.adopted && { adopted: true }),
  }
  const { ip, userAgent } = visit
  return {
    ...before,
    lastSeenAtMs: nowMs,
    ip,
    userAgent,
    domains: { ...before.domains, [visit.domain]: domain },
  }
}

/** A visit is recorded if the last one is older than this: often enough for a list of devices, and rarely. */
export function isStale({ domains, idleSeconds }: SessionRecord, visit: Visit, nowMs: number): boolean {
  const last = domains[visit.domain]?.lastSeenAtMs ?? -Infinity
  return nowMs - last > Math.min(3600, idleSeconds / 10) * 1000
}

function changed(data: JsonObject, set: JsonObject = {}, drop: readonly string[] = []): JsonObject {
  const kept = Object.entries(data).filter(([key]) => !drop.includes(key))
  return { ...Object.fromEntries(kept), ...set }
}
