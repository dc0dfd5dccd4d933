import type { Config } from '../config.js'
import { splitFlash } from '../data/flash.js'
import { mergeByKey, type Merge } from '../data/merge.js'
import type { DomainRecord, SessionRecord } from '../store/row.js'
import { bytesOf, isSameJson, type JsonObject } from '../values/json.js'

/** What becomes of two sessions that turn out to belong to one browser. */
export interface Decision {
  readonly result: 'use_current' | 'replaced'
  /** What the primary's session holds from now on; null if nothing is saved there. */
  readonly content: SessionRecord | null
  /** Whether it holds something of this domain's session. */
  readonly isMerged: boolean
  /** Both together were too large, so something of the side that ends is gone. */
  readonly isLeftOut: boolean
  /** This domain keeps its own session; nothing is written. */
  readonly apart?: true
}

/**
 * The table of "What `replace` decides" in docs/protocol.md, for two different sessions. The primary's row
 * survives.
 * @param secondary The session of this domain. One that has ended counts as blank, because nothing of it may
 *   come back.
 * @param domain Origin of the secondary. Its pages show the data of this domain too.
 */
export function decide(
  primary: SessionRecord | null,
  secondary: SessionRecord | null,
  merge: Merge,
  { onUserConflict, maxMergedBytes }: Pick<Config, 'onUserConflict' | 'maxMergedBytes'>,
  domain: string,
): Decision {
  const alone = { content: primary, isMerged: false, isLeftOut: false }
  if (secondary === null) return { ...alone, result: primary === null ? 'use_current' : 'replaced' }
  if (primary === null) return { ...alone, result: 'use_current', content: secondary, isMerged: true }
  const [p, s] = [primary.userId, secondary.userId]
  if (p !== null && s !== null && p !== s) {
    if (onUserConflict(p, s) === 'apart') return { ...alone, result: 'use_current', apart: true }
    return { ...alone, result: 'replaced' }
  }
  if (p === null && s !== null) {
    const both = merged(secondary, primary, merge, maxMergedBytes)
    const isSame = isSameJson(shownOn(domain, both.content), shownOn(domain, secondary))
    return { ...both, result: isSame ? 'use_current' : 'replaced' }
  }
  return { ...merged(primary, secondary, merge, maxMergedBytes), result: 'replaced' }
}

function shownOn(domain: string, { data, domains }: SessionRecord): JsonObject {
  return { data, own: domains[domain]?.data ?? {} }
}

/**
 * @param mostBytes Limit of the data, of the messages, and of the data of each domain, one by one. If both
 *   sides together are over it, `kept` stays as it is. So whoever merges again and again fills no store.
 */
function merged(
  kept: SessionRecord,
  other: SessionRecord,
  merge: Merge,
  mostBytes: number,
): Omit<Decision, 'result'> & { readonly content: SessionRecord } {
  let isLeftOut = false
  const fitting = (both: JsonObject, ours: JsonObject): JsonObject => {
    if (bytesOf(both) <= mostBytes) return both
    isLeftOut = true
    return ours
  }
  // Messages of both sides stay, whatever rule the application has for its own keys.
  const [ours, theirs] = [splitFlash(kept.data), splitFlash(other.data)]
  const own = fitting(merge(ours.own, theirs.own), ours.own)
  const data = { ...own, ...fitting({ ...theirs.flash, ...ours.flash }, ours.flash) }
  const domains = mergeDomains(kept.domains, other.domains, fitting)
  return { content: { ...kept, data, domains }, isMerged: true, isLeftOut }
}

/** As `mergeByKey`, for the data of single domains. */
function mergeDomains(
  kept: SessionRecord['domains'],
  other: SessionRecord['domains'],
  fitting: Merge,
): SessionRecord['domains'] {
  const both = Object.entries(other).map(([origin, theirs]): [string, DomainRecord] => {
    const ours = kept[origin]
    if (ours === undefined) return [origin, theirs]
    const record = {
      data: fitting(mergeByKey(ours.data, theirs.data), ours.data),
      firstSeenAtMs: Math.min(ours.firstSeenAtMs, theirs.firstSeenAtMs),
      lastSeenAtMs: Math.max(ours.lastSeenAtMs, theirs.lastSeenAtMs),
      ...((ours.adopted || theirs.adopted) && { adopted: true as const }),
    }
    return [origin, record]
  })
  return { ...kept, ...Object.fromEntries(both) }
}
