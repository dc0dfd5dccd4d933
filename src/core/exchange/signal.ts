import { refuse, type Answer, type Exchange } from './answer.js'
import {
  cookieNames,
  deleteBroughtCookies,
  endedNameOf,
  issueEndedSignal,
  readSessionCookie,
  type CookieToSet,
} from '../request/cookies.js'
import { placeOf } from '../domains/place.js'

/** The URL of the script by which a page that rendered an ended session tells its island so. A page cannot set a cookie itself. */
export function endedScriptUrl(path: string, name: string): string {
  return `${path}/ended?session=${name}`
}

/** What asks for the removal of the cookies, where consent was taken back. It differs with the session, as a page loads each script once, and consent may be given and taken back again. */
export async function withdrawnNameOf(cookie: Parameters<typeof endedNameOf>[0]): Promise<string> {
  return `withdrawn-${await endedNameOf(cookie)}`
}

/**
 * Sets the sync cookie to "ended" and wakes the island, only if the browser still holds that session; or removes the cookies, on the primary
 * too, where consent was taken back. Only for own pages.
 */
export async function ended({ config, request, domains, self }: Exchange): Promise<Answer> {
  const place = self === null ? null : placeOf(config, domains, self)
  const isOwnPage = request.headers.get('sec-fetch-site') === 'same-origin'
  const readCookie = (name: string) => request.cookies.get(name)?.value
  if (place !== null && isOwnPage && (await config.hasWithdrawn(request)))
    return wake(deleteBroughtCookies(readCookie, place))
  if (place === null || place.isPrimary) return refuse('CDS403')
  if (!isOwnPage) return refuse('CDS413')
  const cookie = await readSessionCookie(config, readCookie, place)
  const hasCookie = readCookie(cookieNames(place).session) !== undefined
  const name = await endedNameOf(cookie)
  return wake(
    hasCookie && name === request.nextUrl.searchParams.get('session') ? [issueEndedSignal(place, name)] : [],
  )
}

function wake(cookies: readonly CookieToSet[]): Answer {
  return { kind: 'script', script: 'dispatchEvent(new Event("crossdomain"))', cookies, headers: {} }
}
