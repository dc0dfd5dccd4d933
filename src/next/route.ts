import { headers as requestHeaders } from 'next/headers.js'
import { NextRequest, NextResponse } from 'next/server.js'
import { orReport } from '../core/store/storeCall.js'
import type { Config } from '../core/config.js'
import { CrossDomainError, isAnswerCode, statusOf, type AnswerCode } from '../core/errors/catalogue.js'
import { bringsToken, domainsOf, isFromStranger, originOf, originOfPage } from '../core/request/incoming.js'
import type { Session } from '../core/session/session.js'
import { corsHeaders, preflightHeaders } from './cors.js'
import { noteAnswered } from './nodeResponse.js'
import { privateHeaders } from './responseCookies.js'
import { testRequest } from './testScope.js'

/** Methods that `route` takes handlers for. */
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** What Next.js passes to a route handler besides the request: the dynamic parts of the path, by name. */
export type RouteContext = { readonly params: Promise<Record<string, string | string[]>> }

/** A route handler that gets the session of its request. */
export type SessionHandler<S> = (
  request: NextRequest,
  session: S,
  context: RouteContext,
) => Response | Promise<Response>

/** Options of `route`. */
export interface RouteOptions {
  /** Whether pages of all listed domains may call this route with `fetch` and credentials. Default: false. */
  readonly cors?: boolean
}

/** What `route.ts` exports: your methods, and `OPTIONS` for the preflights of `cors`. */
export type Route<Methods> = {
  readonly [Name in keyof Methods | 'OPTIONS']: (request: Request, context: RouteContext) => Promise<Response>
}

/** @throws {CrossDomainError} `CDS205`, `CDS209` or `CDS301` for a bearer token that opens no session. */
export function known<S extends Session>(session: S): S {
  if (session.kind === 'api' && session.isNew)
    throw new CrossDomainError(
      !session.isAvailable ? 'CDS301' : session.domain === null ? 'CDS205' : 'CDS209',
    )
  return session
}

/** The header that explains a 401: https://www.rfc-editor.org/rfc/rfc6750#section-3 */
export function challengeOf(code: AnswerCode): Record<string, string> {
  return statusOf(code) === 401 ? { 'WWW-Authenticate': 'Bearer error="invalid_token"' } : {}
}

/**
 * Makes route handlers that get the session. The answer is private. An unknown bearer token is answered 401,
 * a write of a page that may not ask 403. A bearer token while the store is down is answered 503.
 * @example export const { GET, OPTIONS } = route({ GET: async (request, session) =>
 *   Response.json(session.data) }, { cors: true })
 */
export function createRoute<S extends Session>(getConfig: () => Config, getSession: () => Promise<S>) {
  return <Methods extends Partial<Record<Method, SessionHandler<S>>>>(
    methods: Methods,
    options: RouteOptions = {},
  ): Route<Methods> => {
    const handle =
      (name: string, handler: SessionHandler<S>) =>
      async (input: Request, context: RouteContext): Promise<Response> => {
        const request = input instanceof NextRequest ? input : new NextRequest(input)
        const response = await run(request, context, name, handler)
        if (testRequest() === undefined) noteAnswered(await requestHeaders())
        const headers = new Headers(response.headers)
        // An answer that depends on a session is for one visitor.
        if (!headers.has('cache-control')) headers.set('Cache-Control', privateHeaders['Cache-Control'])
        headers.append('Vary', 'Cookie, Authorization, Origin')
        for (const [name, value] of Object.entries(await corsFor(request))) headers.set(name, value)
        return new Response(response.body, {
          status: response.status,
          statusText: response.statusText,
          headers,
        })
      }

    async function run(
      request: NextRequest,
      context: RouteContext,
      name: string,
      handler: SessionHandler<S>,
    ): Promise<Response> {
      try {
        if (name !== 'GET' && !bringsToken(request.headers)) await refuseStranger(request)
        return await handler(request, known(await getSession()), context)
      } catch (error) {
        if (!(error instanceof CrossDomainError) || !isAnswerCode(error.code)) throw error
        await getConfig().emit({
          type: 'refused',
          domain: await domainOf(request),
          action: 'route',
          code: error.code,
        })
        return NextResponse.json(
          { error: error.code },
          { status: statusOf(error.code), headers: challengeOf(error.code) },
        )
      }
    }

    /** Browsers send the cookie from every page of the same site, and not all of those may be yours. */
    async function refuseStranger({ headers }: Request): Promise<void> {
      const config = getConfig()
      const domains = await domainsOf(headers, config)
      await domains.lookUp(options.cors === true ? headers.get('origin') : null)
      const own = originOfPage(headers, config, domains)
      const isKnown = (origin: string) => origin === own || (options.cors === true && domains.has(origin))
      // On a host that is not listed, nobody has a session.
      if (own !== null && isFromStranger(headers, isKnown)) throw new CrossDomainError('CDS404')
    }

    async function domainOf({ headers }: Request): Promise<string | null> {
      const config = getConfig()
      const domains = await orReport(config, () => domainsOf(headers, config))
      return domains === null ? null : originOf(headers, config, domains)
    }

    async function corsFor(request: Request): Promise<Record<string, string>> {
      const origin = request.headers.get('origin')
      if (options.cors !== true || origin === null) return {}
      const config = getConfig()
      const domains = await orReport(config, async () => {
        const ofRequest = await domainsOf(request.headers, config)
        await ofRequest.lookUp(origin)
        return ofRequest
      })
      return domains?.has(origin) ? corsHeaders(origin) : {}
    }

    const allowed = [...Object.keys(methods), 'OPTIONS'].join(', ')
    const preflight = async (request: Request): Promise<Response> =>
      new Response(null, {
        status: 204,
        headers: { Allow: allowed, ...preflightHeaders(request, await corsFor(request), allowed) },
      })

    const entries = Object.entries(methods).map(([name, handler]) => [
      name,
      handle(name, handler as SessionHandler<S>),
    ])
    return Object.fromEntries([...entries, ['OPTIONS', preflight]]) as Route<Methods>
  }
}
