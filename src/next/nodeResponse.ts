import type { RequestParts } from './once.js'

// The response of the running request, as Node's own server has it: https://nodejs.org/api/diagnostics_channel.html#built-in-channels
// Next.js shows it to nobody, sets a route handler's cookies when that returns, and says of a page what it varies on by itself.

type RequestHeaders = RequestParts['requestHeaders']

/** Handlers of `route` that have returned, by what Next.js gives once for each request. */
const returned = new WeakSet<RequestHeaders>()

/** Told by whoever sees a route handler return. */
export function noteAnswered(requestHeaders: RequestHeaders): void {
  returned.add(requestHeaders)
}

/** True where the answer of this request has begun, so no cookie can be set any more. On the edge runtime only the handlers of `route` are known to have. */
export function isAnswered(requestHeaders: RequestHeaders): boolean {
  const response = responses.current?.getStore()
  // Next.js gives a response its status, with a text that may be empty, before the first byte of a stream is there.
  if (response !== undefined) return response.headersSent || response.statusMessage !== undefined
  return returned.has(requestHeaders)
}

const varied = new WeakSet<NodeResponse>()

/** The answer of this request depends on its cookies: says so when the head is written, because Next.js sets `Vary` anew when it renders a page. */
export function varyOnCookie(): void {
  const response = responses.current?.getStore()
  if (response === undefined || varied.has(response)) return
  varied.add(response)
  const { writeHead } = response
  response.writeHead = (...head) => {
    if (!response.headersSent && !/(^|,)\s*cookie\s*(,|$)/i.test(String(response.getHeader('Vary'))))
      response.appendHeader('Vary', 'Cookie')
    return writeHead.apply(response, head)
  }
}

/** What is used of a response of Node. */
interface NodeResponse {
  readonly headersSent: boolean
  readonly statusMessage?: string
  getHeader(name: string): unknown
  appendHeader(name: string, value: string): unknown
  writeHead(...head: unknown[]): unknown
}

/** One for the process, although bundlers load this file several times; `next dev` does so at every change. */
const responses = ((globalThis as { [key: symbol]: unknown })[
  Symbol.for('next-crossdomain-session:responses')
] ??= {}) as {
  current?: { getStore(): NodeResponse | undefined; enterWith(response: NodeResponse): void }
}

/** Remembers for each request of this process which response it has. Does nothing where there is no server of Node. */
export function watchResponses(): void {
  // The process of the edge runtime throws for what it has not.
  if (process.env.NEXT_RUNTIME === 'edge' || responses.current !== undefined) return
  const load = (globalThis as { readonly process?: Partial<NodeJS.Process> }).process?.getBuiltinModule
  if (load === undefined) return
  const { AsyncLocalStorage } = load('node:async_hooks')
  const current = (responses.current = new AsyncLocalStorage<NodeResponse>())
  load('node:diagnostics_channel').subscribe('http.server.request.start', (message) =>
    current.enterWith((message as { readonly response: NodeResponse }).response),
  )
}
