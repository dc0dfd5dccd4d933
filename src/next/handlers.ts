import { NextRequest, NextResponse } from 'next/server.js'
import { openExchange, refuse, transportOf, type Answer, type Exchange } from '../core/exchange/answer.js'
import { check } from '../core/exchange/check.js'
import type { Config } from '../core/config.js'
import { noteFault } from '../core/exchange/noteFault.js'
import { ended } from '../core/exchange/signal.js'
import { CrossDomainError, isAnswerCode, type AnswerCode } from '../core/errors/catalogue.js'
import { replacingFormer } from '../core/request/cookies.js'
import { leadOut } from '../core/exchange/leadOut.js'
import { replace } from '../core/exchange/replace.js'
import { start } from '../core/exchange/start.js'
import type { Store } from '../core/store/store.js'
import { corsHeaders, preflightHeaders } from './cors.js'
import { errorPage, homeOf } from './errorPage.js'
import { routeHeaders, setCookies } from './responseCookies.js'
import { challengeOf } from './route.js'
import { noteIsland } from './development/noticeMissingIsland.js'
import { observed } from './telemetry.js'

/** What `app/crossdomain/[action]/route.ts` exports. */
export interface Handlers {
  readonly GET: (request: Request) => Promise<NextResponse>
  readonly POST: Handlers['GET']
  readonly OPTIONS: Handlers['GET']
}

const actions: Readonly<
  Record<
    string,
    { readonly methods: readonly string[]; readonly run: (exchange: Exchange) => Promise<Answer> }
  >
> = {
  start: { methods: ['GET', 'POST'], run: start },
  check: { methods: ['GET'], run: check },
  replace: { methods: ['GET'], run: replace },
  ended: { methods: ['GET'], run: ended },
}

/** @param expose Returns what scripts of a page may see of the session. */
export function createHandlers(
  getConfig: () => Config,
  store: Store,
  expose: () => Promise<object> = async () => ({}),
): Handlers {
  const handle: Handlers['GET'] = async (input) => {
    const request = input instanceof NextRequest ? input : new NextRequest(input)
    // The last segment counts, so the route may live below a `basePath` or wherever `path` says, with
    // `trailingSlash` or without.
    const name = request.nextUrl.pathname.split('/').filter(Boolean).pop() ?? ''
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined
    if (action === undefined && name !== 'session') return respond(request, null, refuse('CDS401'))
    const config = getConfig()
    const tell = (exchange: Exchange | null, code: AnswerCode) => {
      if (exchange !== null) noteFault(exchange, name, code)
      return config.emit({ type: 'refused', domain: exchange?.self ?? null, action: name, code })
    }
    const observe = async (exchange: Exchange | null, run: () => Promise<Answer>): Promise<NextResponse> => {
      const answer = await observed(name, run)
      if (answer.kind !== 'script' && answer.outcome?.result === 'error')
        await tell(exchange, answer.outcome.code)
      return respond(request, exchange, answer, config.path)
    }
    let opened: Exchange | null = null
    try {
      const exchange = (opened = await openExchange(config, store, request))
      if (process.env.NODE_ENV === 'development' && name === 'start' && exchange.self !== null)
        if (transportOf(request) !== 'navigation') noteIsland(exchange.self)
      if (action === undefined) return await showSession(request, exchange, expose)
      if (request.method === 'OPTIONS') return preflight(request, exchange, name, action.methods)
      const isAllowed = action.methods.includes(request.method)
      return await observe(exchange, async () =>
        isAllowed
          ? action.run(exchange)
          : { ...refuse('CDS402'), headers: { Allow: action.methods.join(', ') } },
      )
    } catch (error) {
      if (!(error instanceof CrossDomainError) || !isAnswerCode(error.code)) throw error
      const refused = {
        ...refuse(error.code),
        headers: error.code === 'CDS402' ? { Allow: 'GET' } : challengeOf(error.code),
      }
      if (refused.status >= 500) config.reportError(error)
      const code = error.code
      const isUnknown = code === 'CDS111' || code === 'CDS117'
      if (action !== undefined)
        return observe(null, async () =>
          isUnknown ? ((await leadOut(config, store, request, name, code)) ?? refused) : refused,
        )
      await tell(opened, error.code)
      return respond(request, null, refused)
    }
  }
  return { GET: handle, POST: handle, OPTIONS: handle }
}

/**
 * For `useSession()`: a snapshot for pages of the same origin, by whatever host name they were reached.
 * @throws {CrossDomainError} The code that refuses it.
 */
async function showSession(
  request: NextRequest,
  { self }: Exchange,
  expose: () => Promise<object>,
): Promise<NextResponse> {
  if (self === null) throw new CrossDomainError('CDS403')
  if (request.method !== 'GET') throw new CrossDomainError('CDS402')
  const site = request.headers.get('sec-fetch-site')
  if (site !== null && site !== 'same-origin') throw new CrossDomainError('CDS404')
  return NextResponse.json(await expose(), { headers: routeHeaders })
}

function respond(
  request: NextRequest,
  exchange: Exchange | null,
  answer: Answer,
  path = exchange?.config.path ?? '',
): NextResponse {
  const headers = new Headers({
    ...routeHeaders,
    Vary: 'Cookie, Origin, Sec-Fetch-Mode, Sec-Fetch-Storage-Access',
    ...(answer.kind === 'outcome' && answer.isUnreadable ? {} : corsFor(request, exchange)),
    ...answer.headers,
  })
  const response = bodyOf(request, answer, headers, homeOf(path, request.nextUrl.pathname))
  setCookies(response.cookies, replacingFormer(answer.cookies, request.cookies))
  return response
}

function bodyOf(request: NextRequest, answer: Answer, headers: Headers, home: string): NextResponse {
  switch (answer.kind) {
    case 'redirect':
      headers.set('Location', answer.location)
      return new NextResponse(null, { status: 303, headers })
    case 'script':
      headers.set('Content-Type', 'text/javascript; charset=utf-8')
      return new NextResponse(answer.script, { status: 200, headers })
    case 'outcome':
      if (answer.outcome.result === 'error' && request.headers.get('sec-fetch-dest') === 'document') {
        headers.set('Content-Type', 'text/html; charset=utf-8')
        headers.set(
          'Content-Security-Policy',
          "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
        )
        return new NextResponse(errorPage(answer.outcome.code, home), { status: answer.status, headers })
      }
      return NextResponse.json(answer.outcome, { status: answer.status, headers })
    default:
      return answer satisfies never
  }
}

/**
 * The page that began the fetch may read the answer. At `check` its origin is the listed one, at the last hop
 * it is `null`, which browsers send after two redirects between origins. The body there is the result and
 * nothing else.
 */
function corsFor(request: Request, exchange: Exchange | null): Record<string, string> {
  const origin = request.headers.get('origin')
  if (origin === null || exchange === null || exchange.self === null) return {}
  const isPrimary = exchange.self === exchange.domains.primary
  const mayRead = isPrimary ? origin !== exchange.self && exchange.domains.has(origin) : origin === 'null'
  return mayRead ? corsHeaders(origin) : {}
}

/**
 * The chain needs no preflight. One comes if something on the page, such as tracing, adds headers to every
 * fetch.
 */
function preflight(
  request: NextRequest,
  exchange: Exchange,
  action: string,
  methods: readonly string[],
): NextResponse {
  if (exchange.self === null) return respond(request, exchange, refuse('CDS403'))
  const isForCheck = action === 'check' && exchange.self === exchange.domains.primary
  const cors = isForCheck ? corsFor(request, exchange) : {}
  return new NextResponse(null, {
    status: 204,
    headers: { ...routeHeaders, Allow: methods.join(', '), ...preflightHeaders(request, cors, 'GET') },
  })
}
