import type { Config } from '../config.js'
import {
  deleteBroughtCookies,
  issueCookies,
  readLinkCookie,
  readSessionCookie,
  type CookieToSet,
} from '../request/cookies.js'
import { createSessionId } from '../values/ids.js'
import { isDocumentNavigation, originOf, type Incoming } from '../request/incoming.js'
import { placeOf } from '../domains/place.js'

/**
 * What the middleware decides: the cookies that this request lacks, or that have to go. Asks no store.
 * Only a page put before a person gets them, on a listed host, with consent. A cookie that opens is left alone: renewing it
 * could undo a `replace` whose answer is still on its way.
 */
export async function mintCookies(
  config: Config,
  request: Pick<Incoming, 'method' | 'headers' | 'cookies'>,
): Promise<readonly CookieToSet[]> {
  if (!isDocumentNavigation(request)) return []
  const domains = await config.domains()
  const domain = originOf(request.headers, config, domains)
  if (domain === null) return []
  const read = (name: string) => request.cookies.get(name)?.value
  const place = placeOf(config, domains, domain)
  // On the primary perhaps the link cookie alone, from a fetch of another domain.
  const brought = deleteBroughtCookies(read, place)
  if (brought.length > 0 && (await config.hasWithdrawn(request))) return brought
  if ((await readSessionCookie(config, read, place)) !== null) return []
  if (!(await config.mayCreateSession(request))) return []
  // A fetch of another domain could set the link cookie alone; the first page of the primary adds the session cookie to it.
  const link = place.isPrimary ? await readLinkCookie(config, read, place) : null
  return issueCookies(config, place, link?.sid ?? createSessionId(), link?.transient !== true)
}
