import type { RequestParts } from './once.js'

// Next.js sets the cookies of a route handler when that returns; what a stream sets later goes nowhere, and Next.js does not tell.
// Node's own server does: https://nodejs.org/api/diagnostics_channel.html#built-in-channels

type RequestHeaders = RequestParts['requestHeaders']

/** Handlers of `route` that have returned, by what Next.js gives once for each request. */
const returned = new WeakSet<RequestHeaders>()

/** Told by whoever sees a route handler return. */
export function noteAnswered(requestHeaders: RequestHeaders): void {
  returned.add(requestHeaders)
}

/** True where the answer of this request has begun, so no cookie can be set any more. On the edge runtime only the handlers of `route` are known to have. */
export function isAnswered(requestHeaders: RequestHeaders): boolean {
  const response = answers.current?.getStore()
  // Next.js gives a response its status, with a text that may be empty, before the first byte of a stream is there.
  return returned.has(requestHeaders) || response?.headersSent === true || response?.statusMessage !== undefined
}

/** What is used of a response of Node. */
interface NodeResponse {
  readonly headersSent: boolean
  readonly statusMessage?: string
}

/** One for the process, although bundlers load this file several times; `next dev` does so at every change. */
const answers = ((globalThis as { [key: symbol]: unknown })[Symbol.for('next-crossdomain-session:answers')] ??= {}) as {
  current?: { getStore(): NodeResponse | undefined; enterWith(response: NodeResponse): void }
}

/** Remembers for each request of this process which response it has. Does nothing where there is no server of Node. */
export function watchAnswers(): void {
  // The process of the edge runtime throws for what it has not.
  if (process.env.NEXT_RUNTIME === 'edge' || answers.current !== undefined) return
  const load = (globalThis as { readonly process?: Partial<NodeJS.Process> }).process?.getBuiltinModule
  if (load === undefined) return
  const { AsyncLocalStorage } = load('node:async_hooks')
  const current = (answers.current = new AsyncLocalStorage<NodeResponse>())
  load('node:diagnostics_channel').subscribe('http.server.request.start', (message) => current.enterWith((message as { readonly response: NodeResponse }).response))
}
