import nextCache from 'next/cache.js'
import { cookies, headers } from 'next/headers.js'
import { after, connection } from 'next/server.js'
import type { Config } from '../core/config.js'
import { CrossDomainError } from '../core/errors/catalogue.js'
import { openSession } from '../core/session/open.js'
import type { Session } from '../core/session/session.js'
import type { Store } from '../core/store/store.js'
import { isAnswered, isOver, isPrefetch, varyOnCookie } from './nodeResponse.js'
import { noticeMissingIsland } from './development/noticeMissingIsland.js'
import { noticeMissingMiddleware } from './development/noticeMissingMiddleware.js'
import { isSealed, OncePerRequest, type Notes, type RequestParts } from './once.js'
import { setCookies } from './responseCookies.js'
import { settle } from './settled.js'
import { removeCookies, signalEnded, type PageCookies } from './signalEnded.js'

/** What `getSession` takes in a page of the App Router. */
export interface GetSessionOptions {
  /** Whether the exchange goes first if the session has ended, or there is none yet. Default: false. */
  readonly settled?: boolean
}

/** Sessions of requests whose cookie opens nothing any more. */
const ended = new WeakSet<Session>()

/** @returns `getSession()`, and the store for whatever ends sessions other than that of the request. */
export function createGetSession(
  getConfig: () => Config,
  store: Store,
): { readonly getSession: (options?: GetSessionOptions) => Promise<Session>; readonly watchedStore: Store } {
  const once = new OncePerRequest(
    (parts, note) => openForPage(getConfig(), store, parts, note),
    (event) => getConfig().emit(event),
    isOver,
  )
  return {
    getSession: async ({ settled = false } = {}) => {
      const parts = await requestParts()
      const session = await once.get(parts)
      if (settled) await settle(getConfig(), parts, session, ended.has(session))
      return session
    },
    watchedStore: once.watched(store),
  }
}

async function requestParts(): Promise<RequestParts> {
  try {
    return { jar: await cookies(), requestHeaders: await headers() }
  } catch (error) {
    // All else that they throw tells Next.js how to render this page.
    const isMistake =
      error instanceof Error && /outside a request scope|"?use cache|unstable_cache/.test(error.message)
    throw isMistake ? new CrossDomainError('CDS214', undefined, { cause: error }) : error
  }
}

/**
 * `io` says the same as `connection`, and is allowed in `use cache: private`. Older versions do not have it.
 */
const { io = connection } = nextCache as { readonly io?: () => Promise<void> }

async function openForPage(config: Config, store: Store, parts: RequestParts, note: Notes): Promise<Session> {
  // A prerender at request time (partial prefetching) has cookies, but may ask neither the clock nor the
  // store.
  await io()
  varyOnCookie()
  const { jar, requestHeaders } = parts
  if (process.env.NODE_ENV === 'development') {
    await noticeMissingMiddleware(config, parts)
    // What fails here fails again below, and is reported there.
    await noticeMissingIsland(config, parts).catch(() => {})
  }
  const page = pageCookies(parts)
  let hasEnded = false
  const session = await openSession(
    config,
    store,
    { headers: requestHeaders, cookies: jar },
    {
      // Nothing renders any more in `after()`, so what needs no cookie can be written.
      canSetCookies: async () => isOver(requestHeaders) || canSetCookies(),
      isAnswered: () => isAnswered(requestHeaders),
      isPrefetch,
      setCookies: async (list) => {
        await setRequestCookies(list)
        note.cookies()
      },
      later: (work) => after(work),
      doubt: note.doubt,
      event: note.event,
      signalEnded: (place, name) => {
        hasEnded = true
        return signalEnded(place, name, page)
      },
      removeCookies: (place, name) => removeCookies(place, name, page),
    },
  )
  if (hasEnded) ended.add(session)
  return session
}

function pageCookies({ requestHeaders, jar }: RequestParts): PageCookies {
  return {
    sent: jar,
    canSetCookies,
    setCookies: setRequestCookies,
    // Next.js reads the page's nonce from the same place.
    nonce: () => /'nonce-([^']+)'/.exec(requestHeaders.get('content-security-policy') ?? '')?.[1],
  }
}

/** Asked anew at every write, because a Server Action is followed by a render in the same request. */
async function canSetCookies(): Promise<boolean> {
  return !isSealed(await cookies())
}

async function setRequestCookies(list: Parameters<typeof setCookies>[1]): Promise<void> {
  setCookies(await cookies(), list)
}
