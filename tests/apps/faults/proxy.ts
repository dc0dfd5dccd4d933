import { createMiddleware } from 'next-crossdomain-session/middleware'

// Without the store, so that there is one connection to it.
export const proxy = createMiddleware()

export const config = { matcher: ['/'] }
