import { splitFlash } from '../data/flash.js'
import { isSameJson, type JsonObject } from '../values/json.js'
import { mergeDomains, type Merge } from '../data/merge.js'
import type { SessionRecord, SessionState } from '../store/record.js'
import type { SettledContent } from '../store/store.js'

/** What becomes of two sessions that turn out to belong to one browser. The primary's id survives in every case. */
export interface Decision {
  readonly result: 'use_current' | 'replaced'
  /** What the primary's session holds from now on; null when it stays as it is. */
  readonly content: SettledContent | null
  /** This domain keeps its own session; nothing is written. */
  readonly apart?: true
  /** The survivor has the same user as the secondary had, so that whoever held that cookie gains nothing by following it. */
  readonly sameRights: boolean
}

/**
 * The table of "What `replace` decides" in docs/protocol.md, for two different ids.
 * @param primary An ended primary is no partner: the caller refuses it before.
 * @param secondary `ended` counts as blank: nothing of it may come back.
 * @param domain Origin of the secondary: its pages show the data of this domain, too.
 */
export function decide(
  primary: Exclude<SessionState, { state: 'ended' }>,
  secondary: SessionState,
  merge: Merge,
  onUserConflict: (primaryUserId: string, ownUserId: string) => 'primary' | 'apart' = () => 'primary',
  domain?: string,
): Decision {
  const shownOf = ({ data, domains }: Pick<SettledContent, 'data' | 'domains'>): JsonObject => ({
    data,
    own: (domain === undefined ? undefined : domains[domain]?.data) ?? {},
  })
  if (secondary.state !== 'live') {
    if (primary.state === 'blank') return { result: 'use_current', content: null, sameRights: true }
    return { result: 'replaced', content: null, sameRights: primary.record.userId === null }
  }
  const s = secondary.record
  if (primary.state === 'blank')
    return { result: 'use_current', content: contentOf(s, s.data, s.domains), sameRights: true }
  const p = primary.record
  if (p.userId !== null && s.userId !== null && p.userId !== s.userId) {
    if (onUserConflict(p.userId, s.userId) === 'apart')
      return { result: 'use_current', content: null, sameRights: false, apart: true }
    return { result: 'replaced', content: null, sameRights: false }
  }
  if (p.userId === null && s.userId !== null) {
    const content = merged(s, p, merge)
    return {
      result: isSameJson(shownOf(content), shownOf(s)) ? 'use_current' : 'replaced',
      content,
      sameRights: true,
    }
  }
  return { result: 'replaced', content: merged(p, s, merge), sameRights: p.userId === s.userId }
}

function merged(kept: SessionRecord, other: SessionRecord, merge: Merge): SettledContent {
  return contentOf(kept, mergeOwn(kept.data, other.data, merge), mergeDomains(kept.domains, other.domains))
}

/** Flash messages of both sides go on, whatever the application's rule is for its own keys. */
function mergeOwn(kept: JsonObject, other: JsonObject, merge: Merge): JsonObject {
  const [ours, theirs] = [splitFlash(kept), splitFlash(other)]
  return { ...merge(ours.own, theirs.own), ...theirs.flash, ...ours.flash }
}

function contentOf(
  record: SessionRecord,
  data: JsonObject,
  domains: SessionRecord['domains'],
): SettledContent {
  const { kind, userId, ip, userAgent, createdAt, idleSeconds, absoluteExpiresAt, remembered } = record
  return { kind, userId, data, domains, ip, userAgent, createdAt, idleSeconds, absoluteExpiresAt, remembered }
}
