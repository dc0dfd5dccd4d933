import { NextResponse, type NextRequest } from 'next/server.js'
import { defineConfig, type Config, type Options } from '../core/config.js'
import { mintCookies } from '../core/session/firstCookies.js'
import { atStart, readEnvironment, systemClock, within } from './environment.js'
import { privateHeaders, setCookies } from './responseCookies.js'

/** What `middleware.ts` (edge) or `proxy.ts` (Node) exports. */
export type Middleware = (request: NextRequest) => Promise<NextResponse>

/**
 * The middleware alone, without a store: for an edge bundle that must not contain a database driver.
 * Give it the same options as `createCrossDomainSession`, or let both read the environment.
 * @throws {CrossDomainError} `CDS101` to `CDS110`.
 */
export function createMiddleware(options: Options = {}): Middleware {
  return middlewareFor(atStart(() => defineConfig(options, readEnvironment(), systemClock, within)))
}

export function middlewareFor(getConfig: () => Config): Middleware {
  return async (request) => {
    const config = getConfig()
    try {
      const cookies = await mintCookies(config, request)
      if (cookies.length === 0) return NextResponse.next()
      // The render of this request sees the cookie from the first byte: a copy of the request's headers carries it.
      // (`response.cookies` alone would reach pages and actions, but not route handlers.)
      // A cookie that goes stays visible to it, so that `getSession()` can end what it names.
      for (const { name, value, maxAgeSeconds } of cookies)
        if (maxAgeSeconds !== 0) request.cookies.set(name, value)
      const response = NextResponse.next({ request: { headers: new Headers(request.headers) } })
      setCookies((name, value, set) => response.cookies.set(name, value, set), cookies)
      for (const [name, value] of Object.entries(privateHeaders)) response.headers.set(name, value)
      return response
    } catch (error) {
      // A list of domains that cannot be loaded is no reason to show an error in place of the page.
      config.reportError(error)
      return NextResponse.next()
    }
  }
}
