import type { Config } from '../config.js'
import { splitFlash } from '../data/flash.js'
import { CrossDomainError } from '../errors/catalogue.js'
import { canonicalJson, parseData, type JsonObject } from '../values/json.js'
import type { Merge } from '../data/merge.js'
import type { SessionRecord } from '../store/row.js'
import type { Fitting } from '../data/schema.js'
import { decide, type Decision } from './decide.js'

/**
 * What `decide` says of two sessions, with the application's `merge`.
 * @returns Null if that fails. The reason is reported (`CDS207`).
 */
export async function decideFor(
  config: Config,
  primary: SessionRecord | null,
  secondary: SessionRecord | null,
  domain: string,
): Promise<Decision | null> {
  try {
    return decide(primary, secondary, await mergeFor(config, primary, secondary), config, domain)
  } catch (cause) {
    config.reportError(new CrossDomainError('CDS207', undefined, { cause }))
    return null
  }
}

/**
 * The application's `merge` for two sessions that are about to become one. It gets what fits the schema,
 * without defaults, because a default would count before what the other side really has. It has to return
 * JSON. Stored keys that it cannot know stay.
 */
export async function mergeFor(
  config: Config,
  ...sessions: readonly (SessionRecord | null)[]
): Promise<Merge> {
  const known = new Map<string, Fitting>()
  for (const session of sessions) {
    if (session === null) continue
    const { own } = splitFlash(session.data)
    known.set(canonicalJson(own), await config.shape.fit(own))
  }
  const fit = (stored: JsonObject): Fitting =>
    known.get(canonicalJson(stored)) ?? { seen: stored, unseen: {} }
  return (kept, other) => {
    const [ours, theirs] = [fit(kept), fit(other)]
    return { ...theirs.unseen, ...ours.unseen, ...parseData(config.merge(ours.seen, theirs.seen), Infinity) }
  }
}
