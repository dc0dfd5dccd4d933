import type { Config } from './config.js'
import { deleteCookies, issueCookies, readLinkCookie, readSessionCookie, sessionCookieName, type CookieToSet } from './cookies.js'
import { createSessionId } from './ids.js'
import { isDocumentNavigation, originOf, type Incoming } from './incoming.js'

/**
 * What the middleware decides: the cookies that this request lacks, or that have to go. Asks no store.
 * Only a page put before a person gets them, on a listed host, with consent. A cookie that opens is left alone: renewing it
 * could undo a `replace` whose answer is still on its way.
 */
export async function mintCookies(config: Config, request: Pick<Incoming, 'method' | 'headers' | 'cookies'>): Promise<readonly CookieToSet[]> {
  if (!isDocumentNavigation(request)) return []
  const domains = await config.domains()
  const domain = originOf(request.headers, config, domains)
  if (domain === null) return []
  const read = (name: string) => request.cookies.get(name)?.value
  const isPrimary = domain === domains.primary
  const place = { domain, isPrimary, path: config.path }
  const hasCookie = read(sessionCookieName) !== undefined
  if (hasCookie && (await config.hasWithdrawn(request))) return deleteCookies(place)
  if (hasCookie && (await readSessionCookie(config, read, domain)) !== null) return []
  if (!(await config.mayCreateSession(request))) return []
  // A fetch of another domain could set the link cookie alone; the first page of the primary adds the session cookie to it.
  const link = isPrimary ? await readLinkCookie(config, read) : null
  return issueCookies(config, place, link?.sid ?? createSessionId(), link?.transient !== true)
}
