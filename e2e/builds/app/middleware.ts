import { createMiddleware } from 'next-crossdomain-session/middleware'

export const middleware = createMiddleware()

export const config = { matcher: ['/((?!_next/|crossdomain/|.*\\..*).*)'] }
