import type { RequestParts } from './once.js'

// The response of the running request, as Node's own server has it:
// https://nodejs.org/api/diagnostics_channel.html#built-in-channels
// Next.js does not show it. It sets a route handler's cookies when the handler returns, and decides by itself
// what a page varies on.

type RequestHeaders = RequestParts['requestHeaders']

/** Requests whose handler of `route` has returned. Next.js makes one such object for each request. */
const returned = new WeakSet<RequestHeaders>()

/** Notes that a route handler has returned. */
export function noteAnswered(requestHeaders: RequestHeaders): void {
  returned.add(requestHeaders)
}

/**
 * True if the answer of this request has begun, so that no cookie can be set any more. On the edge runtime it
 * is known only of the handlers of `route`.
 */
export function isAnswered(requestHeaders: RequestHeaders): boolean {
  const response = responses.current?.getStore()
  // Next.js gives a response its status, with a text that may be empty, before the first byte of a stream is
  // there.
  if (response !== undefined) return response.headersSent || response.statusMessage !== undefined
  return returned.has(requestHeaders)
}

/** True if the request is over, as it is in `after()`. On the edge runtime, the same as `isAnswered`. */
export function isOver(requestHeaders: RequestHeaders): boolean {
  return responses.current?.getStore()?.closed ?? returned.has(requestHeaders)
}

/**
 * True if the router of Next.js prefetches. `headers()` hides the header that says so, but Node's request has
 * it. On the edge runtime, nobody knows.
 */
export function isPrefetch(): boolean {
  return responses.current?.getStore()?.req?.headers['next-router-prefetch'] !== undefined
}

/** A request as the browser has sent it. */
export interface SentRequest {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly cookie: string
}

/**
 * The running request as it came: Next.js writes its address anew, and shows a page cookies that the
 * middleware has made meanwhile. Null on the edge runtime.
 */
export function sentRequest(): { readonly sent: SentRequest; readonly response: NodeResponse } | null {
  const response = responses.current?.getStore()
  const url = response === undefined ? undefined : responses.urls?.get(response)
  if (response?.req === undefined || url === undefined) return null
  const { method, rawHeaders } = response.req
  const cookies = rawHeaders.filter(
    (_, index) => rawHeaders[index - 1]?.toLowerCase() === 'cookie' && index % 2,
  )
  return { sent: { method, url, cookie: cookies.join('; ') }, response }
}

const varied = new WeakSet<NodeResponse>()

/** Makes the answer say that it depends on cookies. */
export function varyOnCookie(response = responses.current?.getStore()): void {
  if (response === undefined || varied.has(response)) return
  varied.add(response)
  beforeHead(response, () => {
    if (!/(^|,)\s*cookie\s*(,|$)/i.test(String(response.getHeader('Vary'))))
      response.appendHeader('Vary', 'Cookie')
  })
}

/** Runs `change` when the head is written: until then, Next.js may set any header anew. */
export function beforeHead(response: NodeResponse, change: () => void): void {
  const { writeHead } = response
  response.writeHead = (...head) => {
    if (!response.headersSent) change()
    return writeHead.apply(response, head)
  }
}

/** The parts of Node's response that are used here. */
interface NodeResponse {
  readonly headersSent: boolean
  readonly statusMessage?: string
  readonly closed?: boolean
  readonly req?: {
    readonly method: string
    readonly headers: Readonly<Record<string, unknown>>
    /** Names and values in turn. */
    readonly rawHeaders: readonly string[]
  }
  getHeader(name: string): string | number | string[] | undefined
  setHeader(name: string, value: string[]): unknown
  appendHeader(name: string, value: string): unknown
  writeHead(...head: unknown[]): unknown
}

/**
 * One for the process, although bundlers load this file several times, and `next dev` loads it at every
 * change.
 */
const responses = ((globalThis as { [key: symbol]: unknown })[
  Symbol.for('next-crossdomain-session:responses')
] ??= {}) as {
  current?: { getStore(): NodeResponse | undefined; enterWith(response: NodeResponse): void }
  urls?: WeakMap<NodeResponse, string>
}

interface Started {
  readonly request: { readonly url: string }
  readonly response: NodeResponse
}

/** Remembers the response of each request of this process. Without a server of Node it does nothing. */
export function watchResponses(): void {
  // On the edge runtime, `process` throws for whatever it does not have.
  if (process.env.NEXT_RUNTIME === 'edge' || responses.current !== undefined) return
  const load = (globalThis as { readonly process?: Partial<NodeJS.Process> }).process?.getBuiltinModule
  if (load === undefined) return
  const { AsyncLocalStorage } = load('node:async_hooks')
  const current = (responses.current = new AsyncLocalStorage<NodeResponse>())
  const urls = (responses.urls = new WeakMap<NodeResponse, string>())
  load('node:diagnostics_channel').subscribe('http.server.request.start', (message) => {
    const { request, response } = message as Started
    urls.set(response, request.url)
    current.enterWith(response)
  })
}
