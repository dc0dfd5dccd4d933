import { compose, createMiddleware } from 'next-crossdomain-session/middleware'

export const middleware = compose(createMiddleware(), () => undefined)

export const config = { matcher: ['/((?!_next/|.*\\..*).*)'] }
