import { actionUrl, redirect, refuse, transportOf, type Answer, type Exchange } from './answer.js'
import { issueClaim } from './claim.js'
import { deleteCookies, issueCookies, readSessionCookie, type CookieToSet } from './cookies.js'
import { createSessionId } from './ids.js'
import { placeOf } from './place.js'
import { parseReturnTo } from './returnTo.js'

/**
 * First hop, on a secondary: turns the domain's own cookie into a claim and goes to the primary.
 * POST is the fetch of an own page, GET the navigation `start?return_to=/path`. Asks no store.
 */
export async function start({ config, request, domains, self }: Exchange): Promise<Answer> {
  const place = self === null ? null : placeOf(config, domains, self)
  if (self === null || place === null || place.isPrimary) return refuse(400, 'CDS403')
  const isFetch = request.method === 'POST'
  if (isFetch && request.headers.get('origin') !== self) return refuse(403, 'CDS404')
  if (!isFetch && transportOf(request) !== 'navigation') return refuse(403, 'CDS413')
  const returnTo = isFetch ? null : parseReturnTo(request.nextUrl.searchParams.get('return_to') ?? '/', self)
  if (!isFetch && returnTo === null) return refuse(400, 'CDS414')
  let cookie = await readSessionCookie(config, (name) => request.cookies.get(name)?.value, place)
  if (!(await config.mayCreateSession(request))) {
    const refused = refuse(403, 'CDS415')
    return cookie !== null && (await config.hasWithdrawn(request)) ? { ...refused, cookies: deleteCookies(place) } : refused
  }
  let cookies: readonly CookieToSet[] = []
  if (cookie === null) {
    // A fetch comes from a page that read the sync cookie, so its session cookie is there; a link from elsewhere may be first.
    if (isFetch) return refuse(400, 'CDS412')
    cookies = await issueCookies(config, place, createSessionId())
    cookie = await readSessionCookie(config, (name) => cookies.find((set) => set.name === name)?.value, place)
    if (cookie === null) return refuse(400, 'CDS412')
  }
  const claim = await issueClaim(config, { primary: domains.primary, origin: self, cookie, userAgent: request.headers.get('user-agent'), returnTo })
  return redirect(actionUrl(config, domains.primary, 'check', 'claim', claim), cookies)
}
