import { NextResponse, type NextRequest } from 'next/server.js'
import { defineConfig, type Config, type Options } from '../core/config.js'
import type { Answer } from '../core/exchange/answer.js'
import { exchangeBeforePage } from '../core/exchange/beforePage.js'
import { statusOf } from '../core/errors/catalogue.js'
import { domainsOf, isServiceWorker, originOf } from '../core/request/incoming.js'
import { linkToStart } from '../core/exchange/linkToStart.js'
import { firstCookies } from '../core/session/firstCookies.js'
import { orReport } from '../core/store/storeCall.js'
import { atStart, readEnvironment, systemClock } from './environment.js'
import { within } from '../shared/within.js'
import { privateHeaders, routeHeaders, setCookies } from './responseCookies.js'

/** What `middleware.ts` (edge) or `proxy.ts` (Node) exports. */
export type Middleware = (request: NextRequest) => Promise<NextResponse>

/**
 * Makes the middleware without a store, for an edge bundle that must not contain a database driver. Give it
 * the same options as `createCrossDomainSession`, or let both read the environment.
 * @throws {CrossDomainError} `CDS101` to `CDS110`.
 */
export function createMiddleware(options: Options = {}): Middleware {
  return middlewareFor(atStart(() => defineConfig(options, readEnvironment(), systemClock, within)))
}

const ofExchange = new WeakSet<Response>()

/** True if no other middleware may change this answer: the kit's own, or one on the way to its route. */
export function isFinal(response: NextResponse): boolean {
  return !response.headers.has('x-middleware-next') || ofExchange.has(response)
}

export function middlewareFor(getConfig: () => Config): Middleware {
  return async (request) => {
    const config = getConfig()
    if (isServiceWorker(request.headers) && !config.serviceWorkers.includes(request.nextUrl.pathname))
      return refuseServiceWorker(config, request)
    if ((request.nextUrl.basePath + request.nextUrl.pathname).startsWith(`${config.path}/`)) {
      const response = NextResponse.next()
      ofExchange.add(response)
      return response
    }
    try {
      const page = pageOf(request)
      const exchange = page === null ? null : await exchangeBeforePage(config, request, page)
      if (exchange?.kind === 'redirect') return redirect(exchange)
      const cookies = await firstCookies(config, request)
      if (cookies.length === 0) return NextResponse.next()
      // The render of this request sees the cookie from the first byte, because a copy of the request's
      // headers carries it. (`response.cookies` alone would reach pages and actions, but not route handlers.)
      // A cookie that is being deleted stays visible to it, so that `getSession()` can end the session that
      // it names.
      for (const { name, value, maxAgeSeconds } of cookies)
        if (maxAgeSeconds !== 0) request.cookies.set(name, value)
      const response = NextResponse.next({ request: { headers: new Headers(request.headers) } })
      setCookies(response.cookies, cookies)
      for (const [name, value] of Object.entries(privateHeaders)) response.headers.set(name, value)
      // In development only an island asks, so that one that is missing is noticed (`CDS118`).
      const mayLink = process.env.NODE_ENV !== 'development'
      const isNew = cookies.some(({ maxAgeSeconds }) => maxAgeSeconds !== 0)
      const link = mayLink && isNew && (await linkToStart(config, request))
      if (link) response.headers.append('Link', link)
      return response
    } catch (error) {
      // If the list of domains cannot be loaded, the page is still shown.
      config.reportError(error)
      return NextResponse.next()
    }
  }
}

/**
 * Path and query of the page, as the browser has asked for it. Next.js writes the query anew before a
 * middleware sees it, in another order and with other escapes.
 * @returns Null if it may have been changed: no navigation is to end at another address than it began.
 */
function pageOf({ url }: NextRequest): string | null {
  const { pathname, search } = new URL(url)
  const pairs = search === '' ? [] : search.slice(1).split('&')
  const keys = new Set(pairs.map((pair) => pair.replace(/=.*/, '')))
  const isPlain = keys.size === pairs.length && pairs.every((pair) => /^[\w.-]+=[\w.-]+$/.test(pair))
  return isPlain ? pathname + search : null
}

function redirect({ location, cookies }: Extract<Answer, { kind: 'redirect' }>): NextResponse {
  const response = new NextResponse(null, { status: 303, headers: { ...routeHeaders, Location: location } })
  setCookies(response.cookies, cookies)
  return response
}

async function refuseServiceWorker(config: Config, { headers }: NextRequest): Promise<NextResponse> {
  const [code, domains] = ['CDS419' as const, await orReport(config, () => domainsOf(headers, config))]
  const domain = domains === null ? null : originOf(headers, config, domains)
  await config.emit({ type: 'refused', domain, action: 'service-worker', code })
  return NextResponse.json({ error: code }, { status: statusOf(code), headers: privateHeaders })
}
