import { cookies, headers } from 'next/headers.js'
import { connection } from 'next/server.js'
import { storeError } from '../core/store/storeCall.js'
import type { Config } from '../core/config.js'
import { cookieNames } from '../core/request/cookies.js'
import type { CrossDomainError } from '../core/errors/errors.js'
import { findApiSession, findSession, hasExpired, type Found } from '../core/session/find.js'
import { fingerprintOf } from '../core/values/ids.js'
import { bringsToken, isSpeculative, isUnforgeable, originOfPage, visitOf } from '../core/request/incoming.js'
import { keepAsGuest } from '../core/exchange/overtaken.js'
import { placeOf, type Place } from '../core/domains/place.js'
import { createSession, type Session } from '../core/session/session.js'
import type { Store, Visit } from '../core/store/store.js'
import { withdraw } from '../core/session/withdraw.js'
import { isAnswered, varyOnCookie } from './nodeResponse.js'
import { noticeMissingMiddleware } from './noticeMissingMiddleware.js'
import { OncePerRequest, type Notes, type RequestParts } from './once.js'
import { removeCookies, signalEnded, type PageCookies } from './signalEnded.js'
import { setCookies } from './responseCookies.js'

/** @returns `getSession()`, and the store for those who end other sessions than the request's. */
export function createGetSession(
  getConfig: () => Config,
  store: Store,
): { readonly getSession: () => Promise<Session>; readonly watchedStore: Store } {
  const once = new OncePerRequest(
    (parts, note) => openSession(getConfig(), store, parts, note),
    (event) => getConfig().emit(event),
  )
  return {
    getSession: async () => once.get({ jar: await cookies(), requestHeaders: await headers() }),
    watchedStore: once.watched(store),
  }
}

async function openSession(
  config: Config,
  store: Store,
  { jar, requestHeaders }: RequestParts,
  note: Notes,
): Promise<Session> {
  // A prerender at request time (partial prefetching) has cookies, but may ask neither the clock nor the store.
  await connection()
  varyOnCookie()
  let failure: CrossDomainError | null = null
  const attempt = async <T>(call: () => Promise<T>): Promise<T | null> => {
    try {
      return await call()
    } catch (cause) {
      failure = storeError(cause)
      config.reportError(failure)
      note.doubt()
      return null
    }
  }
  const domains = await attempt(() => config.domains())
  const domain = domains === null ? null : originOfPage(requestHeaders, config, domains)
  const place = domain === null || domains === null ? null : placeOf(config, domains, domain)
  const visit = place === null ? null : visitOf(requestHeaders, place.domain, config.records)
  const isPrefetch = isSpeculative(requestHeaders)
  const recorded = isPrefetch ? null : visit
  const kind = bringsToken(requestHeaders) ? 'api' : 'cookie'
  const answer =
    place === null
      ? null
      : await attempt(async () =>
          kind === 'api'
            ? {
                found: await findApiSession(store, requestHeaders.get('authorization') ?? '', recorded),
                isWithdrawn: false,
              }
            : findBrowserSession(config, store, place, recorded, { requestHeaders, jar }, note),
        )
  const found = answer?.found ?? null
  if (process.env.NODE_ENV === 'development' && place !== null && kind === 'cookie')
    await noticeMissingMiddleware(config, place, { requestHeaders, jar })
  // A session that has run out is told to the application.
  if (place !== null && found !== null && hasExpired(found.state) && !isPrefetch)
    note.event({
      type: 'expired',
      domain: place.domain,
      fingerprint: await fingerprintOf(found.sid),
      userId: null,
    })
  if (place?.isPrimary === false && answer?.isWithdrawn === false && kind === 'cookie')
    await noticeEnd(place, found, { requestHeaders, jar })
  return createSession({
    config,
    store,
    place,
    visit,
    kind,
    found,
    failure,
    host: requestHeaders.get('host'),
    isSpeculative: isPrefetch,
    canNavigate: requestHeaders.get('sec-fetch-mode') !== null,
    hasConsent: () => config.mayCreateSession({ headers: requestHeaders, cookies: jar }),
    canSetCookies,
    isAnswered: () => isAnswered(requestHeaders),
    setCookies: async (list) => {
      await setRequestCookies(list)
      note.cookies()
    },
    noteRefusal: note.doubt,
  })
}

async function findBrowserSession(
  config: Config,
  store: Store,
  place: Place,
  visit: Visit | null,
  { requestHeaders, jar }: RequestParts,
  note: Notes,
): Promise<{ readonly found: Found | null; readonly isWithdrawn: boolean }> {
  const readCookie = (name: string) => jar.get(name)?.value
  const mayUseLink = isUnforgeable(requestHeaders)
  const isWithdrawn =
    !isSpeculative(requestHeaders) && (await config.hasWithdrawn({ headers: requestHeaders, cookies: jar }))
  const { found } = await findSession({
    config,
    store,
    place,
    visit: isWithdrawn ? null : visit,
    readCookie,
    mayUseLink,
  })
  if (!isWithdrawn) return { found, isWithdrawn }
  // Consent was taken back: what was stored goes, and then the cookies.
  if (found !== null && (await mayEnd(config, store, found, visit))) {
    const event = await withdraw(config, store, place, found)
    if (event !== null) note.event(event)
  }
  await removeCookies(place, found?.sid ?? null, cookiesOf({ requestHeaders, jar }))
  return { found: null, isWithdrawn }
}

/** Whoever has the old cookie of a guest ends nothing that an exchange gives to a user at this moment. */
async function mayEnd(
  { lifetime }: Config,
  store: Store,
  { hash, state, isLost }: Found,
  visit: Visit | null,
): Promise<boolean> {
  if (state.state !== 'live' || !isLost) return state.state === 'live'
  return (
    visit !== null && (await keepAsGuest(store, hash, state.record.version, { visit, lifetime })) !== null
  )
}

/** An ended session, or a cookie that does not open any more, wakes the island of a secondary. */
async function noticeEnd(
  place: Place,
  found: Found | null,
  { requestHeaders, jar }: RequestParts,
): Promise<void> {
  if (found === null ? jar.get(cookieNames(place).session) === undefined : found.state.state !== 'ended')
    return
  await signalEnded(place, found?.sid ?? null, cookiesOf({ requestHeaders, jar }))
}

function cookiesOf({ requestHeaders, jar }: RequestParts): PageCookies {
  // Next.js reads the page's nonce from the same place.
  const nonce = /'nonce-([^']+)'/.exec(requestHeaders.get('content-security-policy') ?? '')?.[1]
  return { readCookie: (name) => jar.get(name)?.value, canSetCookies, setCookies: setRequestCookies, nonce }
}

/**
 * While a page renders, Next gives cookies out sealed: `set` and `delete` are then one and the same function, which throws.
 * Asked anew at every write, because a Server Action is followed by a render in the same request.
 */
async function canSetCookies(): Promise<boolean> {
  const jar = await cookies()
  return !Object.is(jar.set, jar.delete)
}

async function setRequestCookies(list: Parameters<typeof setCookies>[1]): Promise<void> {
  const jar = await cookies()
  setCookies((name, value, options) => jar.set(name, value, options), list)
}
