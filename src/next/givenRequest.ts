import { NextRequest, NextResponse } from 'next/server.js'
import type { Config } from '../core/config.js'
import type { ConsentRequest } from '../core/consent.js'
import { CrossDomainError } from '../core/errors/catalogue.js'
import type { SessionEvent } from '../core/events.js'
import type { CookieToSet } from '../core/request/cookies.js'
import { bringsToken, domainsOf, originOf } from '../core/request/incoming.js'
import { openSession } from '../core/session/open.js'
import type { Session } from '../core/session/session.js'
import type { Store } from '../core/store/store.js'
import { orReport } from '../core/store/storeCall.js'
import { isPrefetch, varyOnCookie } from './nodeResponse.js'
import { privateHeaders, setCookies } from './responseCookies.js'
import { removeCookies, signalEnded, type PageCookies } from './signalEnded.js'

/** What is read of a request of Node, such as the `req` of the Pages Router or of a WebSocket's upgrade. */
export interface NodeRequest {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}

/** What is used of the answer of Node, such as the `res` of the Pages Router. */
export interface NodeAnswer {
  readonly headersSent: boolean
  getHeader(name: string): string | number | string[] | undefined
  setHeader(name: string, value: string | string[]): unknown
  appendHeader(name: string, value: string): unknown
  writeHead(...head: unknown[]): unknown
  once(event: 'close', listener: () => void): unknown
}

/**
 * Returns the session of the request that you pass.
 * @param answer Takes the cookies that a write sets: Node's response, or the `Headers` of the `Response` that
 *   you return. Without it, you can only make writes that need no new cookie. If you pass several for one
 *   request, the last one takes the cookies, those of earlier writes too.
 */
export interface GetSessionOf<S> {
  (request: NodeRequest, answer?: NodeAnswer): Promise<S>
  (request: Request, answer?: Headers): Promise<S>
}

/** What takes the cookies: the last answer that was given for this request. */
interface Answering {
  answer: NodeAnswer | Headers | undefined
  /** Cookies that an answer has taken. One that is given later takes them too. */
  readonly cookies: CookieToSet[]
}

interface Opened extends Answering {
  readonly session: Promise<Session>
}

/** For requests that Next.js does not show by `cookies()` and `headers()`. */
export function createGetSessionOf(getConfig: () => Config, store: Store): GetSessionOf<Session> {
  const known = new WeakMap<NodeRequest | Request, Opened>()
  return async (request: NodeRequest | Request, answer?: NodeAnswer | Headers): Promise<Session> => {
    const opened = known.get(request)
    if (opened === undefined) {
      const begun: Answering = { answer, cookies: [] }
      if (answer !== undefined) keepPrivate(answer)
      const session = open(getConfig(), store, headersOf(request), begun)
      known.set(request, Object.assign(begun, { session }))
      return session
    }
    if (answer !== undefined && answer !== opened.answer) {
      opened.answer = answer
      keepPrivate(answer)
      if (opened.cookies.length > 0 && !isSent(answer)) addCookies(answer, opened.cookies)
    }
    return opened.session
  }
}

async function open(
  config: Config,
  store: Store,
  headers: ConsentRequest['headers'],
  answering: Answering,
): Promise<Session> {
  await refuseForeignSocket(config, headers)
  const request: ConsentRequest = { headers, cookies: cookiesOf(headers.get('cookie')) }
  const isAnswered = (): boolean => answering.answer === undefined || isSent(answering.answer)
  const setAnswerCookies = async (list: readonly CookieToSet[]): Promise<void> => {
    if (answering.answer === undefined) return
    addCookies(answering.answer, list)
    answering.cookies.push(...list)
  }
  const page: PageCookies = {
    sent: request.cookies,
    canSetCookies: async () => true,
    setCookies: setAnswerCookies,
    nonce: () => undefined,
  }
  const events: SessionEvent[] = []
  const session = await openSession(config, store, request, {
    canSetCookies: page.canSetCookies,
    isAnswered,
    isPrefetch,
    setCookies: setAnswerCookies,
    later(work) {
      const { answer } = answering
      if (answer === undefined || answer instanceof Headers) void work()
      else answer.once('close', () => void work())
    },
    doubt: () => {},
    event: (event) => events.push(event),
    signalEnded: async (place, name) => (isAnswered() ? undefined : signalEnded(place, name, page)),
    removeCookies: async (place, name) => (isAnswered() ? undefined : removeCookies(place, name, page)),
  })
  for (const event of events) await config.emit(event)
  return session
}

/**
 * Browsers let any page open a WebSocket to any host, and send the cookies of the same site along. Only pages
 * of this origin may use them (https://datatracker.ietf.org/doc/html/rfc6455#section-10.2).
 */
async function refuseForeignSocket(config: Config, headers: ConsentRequest['headers']): Promise<void> {
  const origin = headers.get('origin')
  if (origin === null || headers.get('upgrade')?.toLowerCase() !== 'websocket' || bringsToken(headers)) return
  const domains = await orReport(config, () => domainsOf(headers, config))
  if (domains !== null && origin !== originOf(headers, config, domains))
    throw new CrossDomainError('CDS404', `a page of ${origin} asks for this WebSocket`)
}

function headersOf(request: NodeRequest | Request): ConsentRequest['headers'] {
  const { headers } = request
  if (headers instanceof Headers) return headers
  const given = headers as NodeRequest['headers']
  const valueOf = (name: string): string | null => {
    const value = given[name]
    return typeof value === 'string' ? value : (value?.join(name === 'cookie' ? '; ' : ', ') ?? null)
  }
  // HTTP/2 has no `Host`: https://www.rfc-editor.org/rfc/rfc9113#section-8.3.1
  return { get: (name) => valueOf(name) ?? (name === 'host' ? valueOf(':authority') : null) }
}

export function cookiesOf(cookie: string | null): ConsentRequest['cookies'] {
  return new NextRequest('http://localhost', { headers: cookie === null ? {} : { cookie } }).cookies
}

function isSent(answer: NodeAnswer | Headers): boolean {
  return !(answer instanceof Headers) && answer.headersSent
}

/** An answer that depends on a session is for one visitor. */
function keepPrivate(answer: NodeAnswer | Headers): void {
  const name = 'Cache-Control'
  if (answer instanceof Headers) {
    if (!answer.has(name)) answer.set(name, privateHeaders[name])
    answer.append('Vary', privateHeaders.Vary)
  } else if (!answer.headersSent) {
    if (answer.getHeader(name) === undefined) answer.setHeader(name, privateHeaders[name])
    varyOnCookie(answer)
  }
}

/** Adds cookies to an answer. One that was set before with the same name goes. */
export function addCookies(
  answer: Pick<NodeAnswer, 'getHeader' | 'setHeader'> | Headers,
  list: readonly CookieToSet[],
): void {
  const { cookies, headers } = new NextResponse()
  setCookies(cookies, list)
  const isOther = (line: string): boolean => !list.some(({ name }) => line.startsWith(`${name}=`))
  if (answer instanceof Headers) {
    const lines = [...answer.getSetCookie().filter(isOther), ...headers.getSetCookie()]
    answer.delete('Set-Cookie')
    for (const line of lines) answer.append('Set-Cookie', line)
  } else {
    const before = [answer.getHeader('Set-Cookie') ?? []].flat().map(String)
    answer.setHeader('Set-Cookie', [...before.filter(isOther), ...headers.getSetCookie()])
  }
}
