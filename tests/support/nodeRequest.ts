import { channel } from 'node:diagnostics_channel'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'

/** Begins a request as Node's own server does. Call it in a function that has awaited something: Node remembers it until that ends. */
export function beginNodeRequest(method: string, url: string, cookie: string): ServerResponse {
  const request = new IncomingMessage(new Socket())
  Object.assign(request, { method, url, rawHeaders: ['Cookie', cookie] })
  const response = new ServerResponse(request)
  channel('http.server.request.start').publish({ request, response })
  return response
}

/** What Next.js answers if a page throws this. Anything but a redirect is thrown on. */
export function redirectOf(error: unknown, response: ServerResponse, middleware: Headers): Response {
  const { digest = '' } = error as { readonly digest?: string }
  const [, location] = /^NEXT_REDIRECT;replace;(.*);307;$/.exec(digest) ?? []
  if (location === undefined) throw error
  const headers = new Headers(middleware)
  headers.set('Location', location)
  // Next.js sets the cookies of the middleware anew.
  response.removeHeader('Set-Cookie')
  response.writeHead(307)
  for (const line of [response.getHeader('Set-Cookie') ?? []].flat())
    headers.append('Set-Cookie', String(line))
  return new Response(null, { status: 307, headers })
}
