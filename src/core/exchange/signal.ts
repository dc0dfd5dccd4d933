import { refuse, type Answer, type Exchange } from './answer.js'
import {
  deleteBroughtCookies,
  endedNameOf,
  issueEndedSignal,
  readSessionCookie,
  sentAs,
  type CookieToSet,
} from '../request/cookies.js'
import { bringsToken } from '../request/incoming.js'
import { placeOf } from '../domains/place.js'

/**
 * The URL of the script by which a page tells its island that its cookie no longer opens a session. A page
 * cannot set a cookie itself.
 */
export function endedScriptUrl(path: string, name: string): string {
  return `${path}/ended?session=${name}`
}

/**
 * The name that asks to remove the cookies, because consent was taken back. It differs with the cookie: a
 * page loads each script once, and consent may be given and taken back again.
 */
export function withdrawnNameOf(endedName: string): string {
  return `withdrawn-${endedName}`
}

/**
 * Sets the sync cookie to "ended" and wakes the island, if the browser still holds that session. If consent
 * was taken back, it removes the cookies instead, on the primary too. Only for pages of the same origin.
 */
export async function ended({ config, request, domains, self }: Exchange): Promise<Answer> {
  const place = self === null ? null : placeOf(config, domains, self)
  const { headers, cookies } = request
  const isOwnPage = headers.get('sec-fetch-site') === 'same-origin' && !bringsToken(headers)
  if (place !== null && isOwnPage && (await config.hasWithdrawn(request)))
    return wake(deleteBroughtCookies(cookies, place))
  if (place === null || place.isPrimary) return refuse('CDS403')
  if (!isOwnPage) return refuse('CDS413')
  const cookie = await readSessionCookie(config, cookies, place)
  const hasCookie = sentAs(cookies, place, 'session') !== undefined
  const name = endedNameOf(cookie)
  return wake(
    hasCookie && name === request.nextUrl.searchParams.get('session') ? [issueEndedSignal(place, name)] : [],
  )
}

function wake(cookies: readonly CookieToSet[]): Answer {
  return { kind: 'script', script: 'dispatchEvent(new Event("crossdomain"))', cookies, headers: {} }
}
