import { cookies, headers } from 'next/headers.js'
import { attempt } from '../core/answer.js'
import type { Config } from '../core/config.js'
import type { Place } from '../core/cookies.js'
import { findSession } from '../core/find.js'
import { isSpeculative, isUnforgeable, originOf, visitOf } from '../core/incoming.js'
import { createSession, type Session } from '../core/session.js'
import type { Store } from '../core/store.js'
import { signalEnded } from './signalEnded.js'
import { setCookies } from './responseCookies.js'

type Jar = Awaited<ReturnType<typeof cookies>>

/**
 * Makes `getSession()`. However often a request calls it, the store is asked once: the memo is keyed by the object that
 * `await cookies()` returns, which is one per request in pages, actions and route handlers alike (React's `cache` is not).
 */
export function createGetSession(getConfig: () => Config, store: Store): () => Promise<Session> {
  const memo = new WeakMap<Jar, Promise<Session>>()
  return async () => {
    const jar = await cookies()
    const known = memo.get(jar)
    if (known !== undefined) return known
    const session = openSession(getConfig(), store, jar)
    memo.set(jar, session)
    return session
  }
}

async function openSession(config: Config, store: Store, jar: Jar): Promise<Session> {
  const requestHeaders = await headers()
  const domains = await attempt(config, () => config.domains())
  const domain = domains === null ? null : originOf(requestHeaders, config, domains)
  const place: Place | null = domain === null ? null : { domain, isPrimary: domain === domains?.primary, path: config.path }
  const visit = domain === null ? null : visitOf(requestHeaders, domain)
  const readCookie = (name: string) => jar.get(name)?.value
  const recorded = isSpeculative(requestHeaders) ? null : visit
  const mayUseLink = isUnforgeable(requestHeaders)
  const answer =
    place === null ? null : await attempt(config, () => findSession({ config, store, place, visit: recorded, readCookie, mayUseLink }))
  const found = answer?.found ?? null
  if (place !== null && !place.isPrimary && found?.state.state === 'ended') {
    // Next.js reads the page's nonce from the same place.
    const nonce = /'nonce-([^']+)'/.exec(requestHeaders.get('content-security-policy') ?? '')?.[1]
    await signalEnded(place, found.sid, { readCookie, canSetCookies, setCookies: setRequestCookies, nonce })
  }
  return createSession({
    config,
    store,
    place,
    visit,
    found,
    isAvailable: domains !== null && (place === null || answer !== null),
    hasConsent: () => config.mayCreateSession({ headers: requestHeaders, cookies: jar }),
    canSetCookies,
    setCookies: setRequestCookies,
  })
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
