import { splitFlash } from '../data/flash.js'
import { mergeByKey, type Merge } from '../data/merge.js'
import type { DomainRecord, SessionRecord } from '../store/row.js'
import { isSameJson, type JsonObject } from '../values/json.js'

/** What becomes of two sessions that turn out to belong to one browser. */
export interface Decision {
  readonly result: 'use_current' | 'replaced'
  /** What the primary's session holds from now on; null if nothing is saved there. */
  readonly content: SessionRecord | null
  /** Whether it holds something of this domain's session. */
  readonly isMerged: boolean
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
  onUserConflict: (primaryUserId: string, ownUserId: string) => 'primary' | 'apart',
  domain: string,
): Decision {
  if (secondary === null) {
    return { result: primary === null ? 'use_current' : 'replaced', content: primary, isMerged: false }
  }
  if (primary === null) return { result: 'use_current', content: secondary, isMerged: true }
  const [p, s] = [primary.userId, secondary.userId]
  if (p !== null && s !== null && p !== s) {
    const isApart = onUserConflict(p, s) === 'apart'
    if (isApart) return { result: 'use_current', content: primary, isMerged: false, apart: true }
    return { result: 'replaced', content: primary, isMerged: false }
  }
  if (p === null && s !== null) {
    const content = merged(secondary, primary, merge)
    const isSame = isSameJson(shownOn(domain, content), shownOn(domain, secondary))
    return { result: isSame ? 'use_current' : 'replaced', content, isMerged: true }
  }
  return { result: 'replaced', content: merged(primary, secondary, merge), isMerged: true }
}

function shownOn(domain: string, { data, domains }: SessionRecord): JsonObject {
  return { data, own: domains[domain]?.data ?? {} }
}

function merged(kept: SessionRecord, other: SessionRecord, merge: Merge): SessionRecord {
  // Messages of both sides stay, whatever rule the application has for its own keys.
  const [ours, theirs] = [splitFlash(kept.data), splitFlash(other.data)]
  const data = { ...merge(ours.own, theirs.own), ...theirs.flash, ...ours.flash }
  return { ...kept, data, domains: mergeDomains(kept.domains, other.domains) }
}

/** As `mergeByKey`, for the data of single domains. */
function mergeDomains(
  kept: SessionRecord['domains'],
  other: SessionRecord['domains'],
): SessionRecord['domains'] {
  const both = Object.entries(other).map(([origin, theirs]): [string, DomainRecord] => {
    const ours = kept[origin]
    if (ours === undefined) return [origin, theirs]
    const record = {
      data: mergeByKey(ours.data, theirs.data),
      firstSeenAtMs: Math.min(ours.firstSeenAtMs, theirs.firstSeenAtMs),
      lastSeenAtMs: Math.max(ours.lastSeenAtMs, theirs.lastSeenAtMs),
    }
    return [origin, record]
  })
  return { ...kept, ...Object.fromEntries(both) }
}
