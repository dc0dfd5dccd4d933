import {
  actionUrl,
  answer,
  goBack,
  redirect,
  refuse,
  transportOf,
  type Answer,
  type Exchange,
} from './answer.js'
import { attempt } from '../store/storeCall.js'
import { issueClaim } from './claim.js'
import {
  cookieNames,
  deleteBroughtCookies,
  deleteSyncCookie,
  issueCookies,
  readSessionCookie,
  syncValueOf,
  type CookieToSet,
} from '../request/cookies.js'
import { findSession } from '../session/find.js'
import { createSessionId } from '../values/ids.js'
import { originOfPage } from '../request/incoming.js'
import type { Origin } from '../domains/origin.js'
import { placeOf, type Place } from '../domains/place.js'
import { maxSealedPath, parseReturnTo } from '../request/returnTo.js'
import { withdraw } from '../session/withdraw.js'

/**
 * First hop, on a secondary: turns the domain's own cookie into a claim and goes to the primary.
 * POST is the fetch of an own page, GET the navigation `start?return_to=/path`. Asks no store.
 */
export async function start(exchange: Exchange): Promise<Answer> {
  const { config, request, domains, self } = exchange
  // The router of Next.js looks for a page here before it navigates; after `redirect()` in a Server Action, Next.js does so itself.
  const isForRouter = request.method === 'GET' && request.headers.get('rsc') !== null
  if (isForRouter && originOfPage(request.headers, config, domains) !== null)
    return answer({ result: 'navigate' })
  if (self === null) return refuse('CDS403')
  const here = { exchange, self, place: placeOf(config, domains, self) }
  return request.method === 'POST' ? startFetch(here) : startNavigation(here)
}

interface Here {
  readonly exchange: Exchange
  readonly self: Origin
  readonly place: Place
}

async function startFetch(here: Here): Promise<Answer> {
  const { exchange, self, place } = here
  const { config, request } = exchange
  const isOwnPage = request.headers.get('origin') === self
  if (place.isPrimary) {
    const isLeftOver = isOwnPage && request.cookies.get(cookieNames(place).sync) !== undefined
    return { ...refuse('CDS403'), cookies: isLeftOver ? [deleteSyncCookie(place)] : [] }
  }
  if (!isOwnPage) return refuse('CDS404')
  if (!(await config.mayCreateSession(request)))
    return { ...refuse('CDS415'), cookies: await takeBack(exchange, place) }
  // Of two exchanges at once with the same new cookie, one would undo what the other comes to.
  if (request.cookies.get(cookieNames(place).leaving) !== undefined) return refuse('CDS418')
  // It comes from a page that read the sync cookie, so a session cookie was set as well; a link from elsewhere may be first.
  if (request.cookies.get(cookieNames(place).session) === undefined) return refuse('CDS412')
  return goToPrimary(here, null)
}

async function startNavigation(here: Here): Promise<Answer> {
  const { exchange, self, place } = here
  const { config, request, domains } = exchange
  if (place.isPrimary) return refuse('CDS403')
  if (transportOf(request) !== 'navigation') return refuse('CDS413')
  const returnTo = parseReturnTo(
    request.nextUrl.searchParams.get('return_to') ?? '/',
    self,
    domains,
    config.path,
  )
  if (returnTo === null) return refuse('CDS414')
  if (!(await config.mayCreateSession(request)))
    return { ...refuse('CDS415'), cookies: await takeBack(exchange, place) }
  // Too long to travel inside a seal: the browser goes to the page without an exchange.
  if (returnTo.length > maxSealedPath) return goBack(returnTo, { result: 'error', code: 'CDS414' })
  return goToPrimary(here, returnTo)
}

async function goToPrimary(
  { exchange: { config, request, domains }, self, place }: Here,
  returnTo: string | null,
): Promise<Answer> {
  const readCookie = (name: string) => request.cookies.get(name)?.value
  const known = await readSessionCookie(config, readCookie, place)
  const cookies: readonly CookieToSet[] =
    known === null ? await issueCookies(config, place, createSessionId()) : []
  const cookie =
    known ??
    (await readSessionCookie(config, (name) => cookies.find((set) => set.name === name)?.value, place))
  if (cookie === null) return refuse('CDS412')
  const isOutdated =
    known !== null &&
    (known.isOutdated || readCookie(cookieNames(place).sync) !== (await syncValueOf(place, known)))
  const claim = await issueClaim(config, {
    primary: domains.primary,
    origin: self,
    cookie: { ...cookie, isOutdated },
    userAgent: request.headers.get('user-agent'),
    returnTo,
  })
  return redirect(actionUrl(config, request, domains.primary, 'check', 'claim', claim), cookies)
}

/** Consent was taken back: what was stored goes, and then the cookies. @returns The cookies to remove. */
async function takeBack({ config, store, request }: Exchange, place: Place): Promise<readonly CookieToSet[]> {
  const readCookie = (name: string) => request.cookies.get(name)?.value
  if (readCookie(cookieNames(place).session) === undefined || !(await config.hasWithdrawn(request))) return []
  const done = await attempt(config, async () => {
    const { found } = await findSession({ config, store, place, visit: null, readCookie, mayUseLink: false })
    const event = found === null ? null : await withdraw(config, store, place, found)
    if (event !== null) await config.emit(event)
    return true
  })
  return done === null ? [] : deleteBroughtCookies(readCookie, place)
}
