import { refuse, type Answer, type Exchange } from './answer.js'
import { cookieNames, endedNameOf, issueEndedSignal, readSessionCookie } from './cookies.js'
import { placeOf } from './place.js'

/** The URL of the script by which a page that rendered an ended session tells its island so. A page cannot set a cookie itself. */
export function endedScriptUrl(path: string, name: string): string {
  return `${path}/ended?session=${name}`
}

/** Sets the sync cookie to "ended" and wakes the island. Only for own pages, and only if the browser still holds that session. */
export async function ended({ config, request, domains, self }: Exchange): Promise<Answer> {
  const place = self === null ? null : placeOf(config, domains, self)
  if (place === null || place.isPrimary) return refuse('CDS403')
  if (request.headers.get('sec-fetch-site') !== 'same-origin') return refuse('CDS413')
  const cookie = await readSessionCookie(config, (name) => request.cookies.get(name)?.value, place)
  const hasCookie = request.cookies.get(cookieNames(place).session) !== undefined
  const name = await endedNameOf(cookie)
  const cookies = hasCookie && name === request.nextUrl.searchParams.get('session') ? [issueEndedSignal(place, name)] : []
  return { kind: 'script', script: 'dispatchEvent(new Event("crossdomain"))', cookies, headers: {} }
}
