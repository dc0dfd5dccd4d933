import {
  bringsToken,
  isSpeculative,
  keepsCookiesBack,
  originOfPage,
  type Incoming,
} from '../request/incoming.js'
import type { AnswerCode } from '../errors/catalogue.js'
import type { SessionEvent } from '../events.js'
import type { Origin } from '../domains/origin.js'
import { placeOf, type Place } from '../domains/place.js'
import {
  cookieNames,
  deleteBroughtCookies,
  deleteCookie,
  sentAs,
  type CookieToSet,
} from '../request/cookies.js'
import { insistedCookie, syncedState } from '../request/agreed.js'
import { isElsewhere, maxSealedPath, parseReturnTo } from '../request/returnTo.js'
import { missingCookies } from '../session/firstCookies.js'
import { findSession, readBrought } from '../session/find.js'
import { openSession } from '../session/open.js'
import { withdraw } from '../session/withdraw.js'
import { Rows } from '../store/rows.js'
import { orReport } from '../store/storeCall.js'
import {
  answer,
  goBack,
  leadBack,
  redirect,
  refuse,
  startUrl,
  transportOf,
  type Answer,
  type Exchange,
} from './answer.js'
import { newParameter } from '../../shared/wire.js'
import { goToPrimary } from './goToPrimary.js'
import { unseenParameter } from './insist.js'
import { needOf } from './takeAlong.js'

/**
 * First hop: turns the cookie of a secondary into a claim and goes to the primary. With `return_to` it is a
 * navigation, without it the fetch of a page of this domain. It asks the store only about a link to another
 * domain, which may need no exchange, or one of that domain.
 */
export async function start(exchange: Exchange): Promise<Answer> {
  const { config, request, domains, self } = exchange
  // Not a navigation yet: the router of Next.js asks for a page here before it navigates, and Next.js does so
  // itself after `redirect()` in a Server Action.
  const isForRouter = request.method === 'GET' && request.headers.get('rsc') !== null
  if (isForRouter && originOfPage(request.headers, config, domains) !== null)
    return answer({ result: 'navigate' })
  const asked = request.nextUrl.searchParams.get('return_to') ?? '/'
  const isAlone = domains.others !== null && !asked.startsWith('/')
  if (self === null || isAlone) return leaveAlone(exchange)
  const here = { exchange, self, place: placeOf(config, domains, self) }
  // A browser that preloads this URL, because the middleware said so, sends the same GET as a page's script.
  const isFetch = transportOf(request) === 'fetch' && request.nextUrl.searchParams.get('return_to') === null
  return request.method === 'POST' || isFetch ? startFetch(here) : startNavigation(here)
}

/**
 * A page cannot sign in who an old cookie names, so it is done here, before the other domains see the
 * session.
 */
async function afterAdoption(
  exchange: Exchange,
  goOn: (exchange: Exchange) => Promise<Answer>,
): Promise<Answer> {
  const { config, store, request } = exchange
  if (config.adopt === null) return goOn(exchange)
  const cookies: CookieToSet[] = []
  const events: SessionEvent[] = []
  await openSession(config, store, request, {
    canSetCookies: async () => true,
    isAnswered: () => false,
    isPrefetch: () => false,
    setCookies: async (list) => void cookies.push(...list),
    later: () => {},
    doubt: () => {},
    // What is not new is told with the next page.
    event: (event) => void (event.type !== 'expired' && events.push(event)),
    signalEnded: async () => {},
    removeCookies: async () => {},
  })
  for (const event of events) await config.emit(event)
  const value = (name: string) => cookies.find((cookie) => cookie.name === name) ?? request.cookies.get(name)
  const { method, headers, nextUrl } = request
  const begun = await goOn({ ...exchange, request: { method, headers, nextUrl, cookies: { get: value } } })
  return { ...begun, cookies: [...cookies, ...begun.cookies] }
}

/** On a host that is not listed, or works alone, a link leads straight to its page: nothing goes along. */
function leaveAlone({ config, request, domains: own }: Exchange): Answer {
  const domains = own.others ?? own
  const asked = request.nextUrl.searchParams.get('return_to') ?? '/'
  const page = asked.startsWith('/') ? null : parseReturnTo(asked, domains.primary, domains, config.path)
  if (page === null || transportOf(request) !== 'navigation') return refuse('CDS403')
  return redirect(new URL(page, domains.primary).href)
}

interface Here {
  readonly exchange: Exchange
  readonly self: Origin
  readonly place: Place
}

async function startFetch(here: Here): Promise<Answer> {
  const { exchange, self, place } = here
  const { config, request } = exchange
  const { cookies } = request
  if (!isOwn(request, self)) return refuse(place.isPrimary ? 'CDS403' : 'CDS404')
  if (isSpeculative(request.headers) || bringsToken(request.headers)) return refuse('CDS413')
  if (!(await config.mayCreateSession(request)))
    return { ...refuse('CDS415'), cookies: await takeBack(exchange, place) }
  // Not where the browser keeps them back: a new one could take the place of what is there.
  const mayMint = !keepsCookiesBack(request.headers)
  if (place.isPrimary) {
    const isLeftOver = cookies.get(cookieNames(place).sync) !== undefined
    // The link cookie first, and the session cookie with a later answer. If the visitor signs in before this
    // one arrives, it must not replace both.
    const missing = mayMint ? (await missingCookies(config, place, cookies)).slice(-1) : []
    return answer({ result: 'primary' }, isLeftOver ? [...missing, deleteCookie(place, 'sync')] : missing)
  }
  const state = syncedState(cookies, place)
  // The exchange went before the page, which is shown as it was agreed on.
  if (state !== undefined && cookies.get(cookieNames(place).agreed)?.value === state)
    return answer({ result: 'use_current', fingerprint: state }, [deleteCookie(place, 'agreed')])
  if (!(await config.mayExchange(request))) return refuse('CDS420')
  // If two exchanges began with the same new cookie, one would undo what the other one agreed on.
  if (cookies.get(cookieNames(place).leaving) !== undefined) return refuse('CDS418')
  // If there is a sync cookie, a session cookie was set too. If there is neither, the page was loaded in a
  // way that brings none: from a prefetch, before the visitor's consent, by a path that the middleware leaves
  // out.
  const hasOne = sentAs(cookies, place, 'session') !== undefined
  const isAsked = request.method === 'POST' || request.nextUrl.searchParams.get(newParameter) !== null
  // The browser has begun this by itself, with the page that set its first cookies, and keeps none.
  if (!hasOne && !isAsked && cookies.get(cookieNames(place).sync) === undefined)
    return answer({ result: 'navigate' })
  if (!hasOne && (!mayMint || cookies.get(cookieNames(place).sync) !== undefined)) return refuse('CDS412')
  return afterAdoption(exchange, (adopted) => goToPrimary(adopted, self))
}

/** Browsers name no origin in a GET of the same origin. */
function isOwn({ method, headers }: Incoming, self: Origin): boolean {
  const origin = headers.get('origin')
  if (origin !== null) return origin === self
  return method === 'GET' && headers.get('sec-fetch-site') === 'same-origin'
}

async function startNavigation(here: Here): Promise<Answer> {
  const { exchange, self, place } = here
  const { config, request, domains } = exchange
  const asked = request.nextUrl.searchParams.get('return_to') ?? '/'
  const returnTo = parseReturnTo(asked, self, domains, config.path)
  const transport = transportOf(request)
  if (transport !== 'navigation' && transport !== 'passed-on') return refuse('CDS413')
  if (returnTo === null) return refuse('CDS414')
  const isLeaving = isElsewhere(returnTo)
  // The link is in what all domains show, and leads to this one.
  if (!isLeaving && (place.isPrimary || !asked.startsWith('/'))) return redirect(returnTo)
  const isUnseen = request.nextUrl.searchParams.get(unseenParameter) !== null
  const site = request.headers.get('sec-fetch-site')
  const isBeforePage = isUnseen || site === 'cross-site' || site === 'same-site'
  const way = { returnTo, ...(isBeforePage && { beforePage: true as const }) }
  const goBackWith = (code: AnswerCode): Answer => goBack(exchange, way, { result: 'error', code })
  if (transport === 'passed-on') return goBackWith('CDS413')
  // The page has just set this cookie, so the browser keeps none. After a redirect, the page would insist
  // again.
  if (isUnseen && request.cookies.get(cookieNames(place).agreed) === undefined)
    return leadBack(returnTo, 'CDS412', 'same-origin')
  if (!(await config.mayCreateSession(request))) {
    const cookies = await takeBack(exchange, place)
    // Without this cookie the page would insist again.
    if (isUnseen) return redirect(returnTo, [...cookies, insistedCookie(place)])
    // A page has led here, and its visitor wants to see another one.
    if (isLeaving || isBeforePage || site === 'same-origin') return redirect(returnTo, cookies)
    return { ...refuse('CDS415'), cookies }
  }
  // Too long for a seal: the browser goes to the page without an exchange.
  if (returnTo.length > maxSealedPath) return goBackWith('CDS414')
  if (!(await config.mayExchange(request))) return goBackWith('CDS420')
  return afterAdoption(exchange, async (adopted) => {
    const need = isLeaving ? await needOf(adopted, place, new URL(returnTo).origin) : 'ours'
    if (need === 'ours') return goToPrimary(adopted, self, way)
    return redirect(need === 'nothing' ? returnTo : startUrl(config, returnTo))
  })
}

/**
 * Ends the row and then removes the cookies, because consent was taken back.
 * @returns The cookies to remove.
 */
async function takeBack({ config, store, request }: Exchange, place: Place): Promise<readonly CookieToSet[]> {
  const { cookies } = request
  if (sentAs(cookies, place, 'session') === undefined || !(await config.hasWithdrawn(request))) return []
  const done = await orReport(config, async () => {
    const rows = new Rows(store, config.clock)
    const found = await findSession(config, rows, place, await readBrought(config, cookies, place), false)
    const event = found === null ? null : await withdraw(rows, place, found)
    if (event !== null) await config.emit(event)
    return true
  })
  return done === null ? [] : deleteBroughtCookies(cookies, place)
}
