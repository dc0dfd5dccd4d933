import type { Config } from '../config.js'
import { splitFlash } from '../data/flash.js'
import { canonicalJson, parseData, type JsonObject } from '../values/json.js'
import type { Merge } from '../data/merge.js'
import type { SessionState } from '../store/record.js'
import type { Fitting } from '../data/schema.js'

/**
 * The application's `merge` for two sessions that are about to meet. It is given what fits the schema, without defaults (one would count
 * before what the other side really has), and has to answer JSON; stored keys that it cannot know of stay.
 */
export async function mergeFor(config: Config, ...states: readonly SessionState[]): Promise<Merge> {
  const known = new Map<string, Fitting>()
  for (const state of states) {
    if (state.state !== 'live') continue
    const { own } = splitFlash(state.record.data)
    known.set(canonicalJson(own), await config.shape.fit(own))
  }
  const fit = (stored: JsonObject): Fitting =>
    known.get(canonicalJson(stored)) ?? { seen: stored, unseen: {} }
  return (kept, other) => {
    const [ours, theirs] = [fit(kept), fit(other)]
    return { ...theirs.unseen, ...ours.unseen, ...parseData(config.merge(ours.seen, theirs.seen), Infinity) }
  }
}
