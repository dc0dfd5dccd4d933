import { NextResponse, type NextRequest } from 'next/server.js'
import { isFinal, type Middleware } from './middleware.js'

/** Your own middleware, or that of a library. @typeParam Event Its second argument, after the request. */
export type OtherMiddleware<Event> = (
  request: NextRequest,
  event: Event,
) => Response | null | undefined | void | Promise<Response | null | undefined | void>

/**
 * Joins the kit's middleware and another one. The other one sees a new visitor's cookie in its request, so
 * `getSessionOf(request)` works there. Whatever it returns (a page, a rewrite, a redirect) also sets the
 * cookie. It does not run for requests of the exchange, or if the kit has already answered.
 */
export function compose<Event>(
  kit: Middleware,
  other: OtherMiddleware<Event>,
): (request: NextRequest, event: Event) => Promise<Response> {
  return async (request, event) => {
    const ours = await kit(request)
    if (isFinal(ours)) return ours
    const theirs = await other(request, event)
    if (!theirs) return ours
    // Answers such as `Response.redirect()` cannot be changed, so this is a copy.
    const both = new NextResponse(theirs.body, theirs)
    for (const [name, value] of ours.headers) {
      if (name === 'cache-control') both.headers.set(name, value)
      else if (!name.startsWith('x-middleware-')) both.headers.append(name, value)
    }
    if (goesOn(both) && ours.headers.has(list)) handOn(ours.headers, both.headers)
    return both
  }
}

/** True if Next.js goes on to a page, and does not answer with this. */
function goesOn({ headers }: Response): boolean {
  return headers.has('x-middleware-next') || headers.has('x-middleware-rewrite')
}

const list = 'x-middleware-override-headers'
const prefix = 'x-middleware-request-'

/**
 * Hands the cookie on to the page, as `NextResponse.next({ request })` does: these headers are all that the
 * page sees of its request. If the other middleware has written them, it began with a request that had the
 * cookie; only if it left all cookies out, they are added.
 */
function handOn(ours: Headers, both: Headers): void {
  const listed = both.get(list)?.split(',') ?? ours.get(list)?.split(',') ?? []
  for (const name of both.has(list) ? ['cookie'] : listed) {
    const value = ours.get(prefix + name)
    if (value !== null && !both.has(prefix + name)) both.set(prefix + name, value)
  }
  both.set(list, [...new Set([...listed, 'cookie'])].join(','))
}
