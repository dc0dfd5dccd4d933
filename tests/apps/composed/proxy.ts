import { NextResponse, type NextRequest } from 'next/server'
import createIntl from 'next-intl/middleware'
import { compose } from 'next-crossdomain-session/middleware'
import { auth } from './auth'
import { routing } from './routing'
import { kit } from './session'

const intl = compose(kit.proxy, createIntl(routing))

const members = compose(
  kit.proxy,
  auth((request) => {
    if (request.auth === null) return Response.redirect(new URL('/sign-in', request.url))
    return NextResponse.rewrite(new URL('/en/members', request.url))
  }),
)

const rewritten = compose(kit.proxy, ({ nextUrl, url }) =>
  NextResponse.rewrite(new URL(nextUrl.pathname === '/show' ? '/api/show' : '/en', url)),
)

const guarded = compose(kit.proxy, async (request) => {
  const session = await kit.getSessionOf(request)
  if (session.userId === null) return NextResponse.redirect(new URL(`/?${session.fingerprint}`, request.url))
  const headers = new Headers(request.headers)
  headers.set('x-user', session.userId)
  return NextResponse.rewrite(new URL('/en/account', request.url), { request: { headers } })
})

const others: Readonly<Record<string, typeof members>> = {
  '/members': members,
  '/shop': rewritten,
  '/show': rewritten,
  '/account': guarded,
}

export function proxy(request: NextRequest, event: Parameters<typeof members>[1]) {
  return (others[request.nextUrl.pathname] ?? intl)(request, event)
}

// It leaves out neither visitors who have a cookie, nor the exchange.
export const config = { matcher: ['/((?!_next/|api/|.*\\..*).*)'] }
