import type { Config } from '../../core/config.js'
import { placeOf } from '../../core/domains/place.js'
import { CrossDomainError } from '../../core/errors/catalogue.js'
import { readSessionCookie } from '../../core/request/cookies.js'
import { domainsOf, isDocumentNavigation, originOf } from '../../core/request/incoming.js'
import { isSealed, type RequestParts } from '../once.js'

/**
 * An island asks on the first page of a visitor. It may be slow, and a page may be left before it has loaded.
 */
const mostSilentPages = 5
const patienceSeconds = 10

/**
 * By domain: pages that were shown before any island has asked, and when the first one was. Null: one has
 * asked.
 */
type Silence = Map<string, { pages: number; readonly since: number } | null>

/** One for the process, because Next.js loads this file once for each of its bundles. */
function silenceOfProcess(): Silence {
  const shared = globalThis as { [name: symbol]: Silence | undefined }
  return (shared[Symbol.for('next-crossdomain-session:silence')] ??= new Map())
}

/** An island of this domain has asked for the primary's session. */
export function noteIsland(domain: string): void {
  silenceOfProcess().set(domain, null)
}

/**
 * For development. If visitors of a secondary see one page after the other and none asks for the primary's
 * session, no page has an island, and `onError` gets `CDS118` once.
 */
export async function noticeMissingIsland(
  config: Config,
  { requestHeaders, jar }: RequestParts,
): Promise<void> {
  const isPage = isDocumentNavigation({ method: 'GET', headers: requestHeaders }) && isSealed(jar)
  const domains =
    isPage && requestHeaders.get('origin') === null ? await domainsOf(requestHeaders, config) : null
  const self = domains && originOf(requestHeaders, config, domains)
  if (!domains || !self) return
  const place = placeOf(config, domains, self)
  const silence = silenceOfProcess()
  const known = silence.get(self)
  if (place.isPrimary || known === null) return
  const cookie = await readSessionCookie(config, jar, place)
  // One from before this server was started may have asked then, and rests for a week.
  if (cookie === null || cookie.iat < Math.floor(performance.timeOrigin / 1000)) return
  const { pages, since } = known ?? { pages: 0, since: config.clock() }
  silence.set(self, { pages: pages + 1, since })
  if (pages < mostSilentPages || config.clock() - since < patienceSeconds) return
  noteIsland(self)
  config.reportError(new CrossDomainError('CDS118', `on ${self}`))
}
