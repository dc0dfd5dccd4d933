import type { Config } from '../config.js'
import { placeOf, type Place } from '../domains/place.js'
import {
  cookieNames,
  deleteBroughtCookies,
  issueCookies,
  newPass,
  readSessionCookie,
  type CookieToSet,
  type RequestCookies,
} from '../request/cookies.js'
import { domainsOf, isDocumentNavigation, originOf, type Incoming } from '../request/incoming.js'

/**
 * What the middleware decides: the cookies that this request lacks, or that have to go. It asks no store.
 * Only a page that is shown to a person gets them, on a listed host, with consent. A cookie that opens is
 * left alone: a new one could undo a `replace` whose answer is still on its way.
 */
export async function firstCookies(
  config: Config,
  request: Pick<Incoming, 'method' | 'headers' | 'cookies'>,
): Promise<readonly CookieToSet[]> {
  if (!isDocumentNavigation(request)) return []
  const domains = await domainsOf(request.headers, config)
  const domain = originOf(request.headers, config, domains)
  if (domain === null) return []
  const place = placeOf(config, domains, domain)
  // On the primary it may be only the link cookie, set by a fetch of another domain.
  const brought = deleteBroughtCookies(request.cookies, place)
  if (brought.length > 0 && (await config.hasWithdrawn(request))) return brought
  return (await config.mayCreateSession(request)) ? missingCookies(config, place, request.cookies) : []
}

/** A cookie that opens is not missing, whatever it opens. Asks no store, and not for consent. */
export async function missingCookies(
  config: Config,
  place: Place,
  cookies: RequestCookies,
): Promise<readonly CookieToSet[]> {
  if ((await readSessionCookie(config, cookies, place)) !== null) return []
  // A fetch of another domain can set the link cookie alone. The first page of the primary adds the session
  // cookie to it, and leaves the link cookie: a newer one may be on its way.
  const link = place.isPrimary ? await readSessionCookie(config, cookies, place, 'link') : null
  if (link === null) return issueCookies(config, place, newPass())
  const both = await issueCookies(config, place, { ...link, remembered: link.transient !== true })
  return both.filter(({ name }) => name === cookieNames(place).session)
}
