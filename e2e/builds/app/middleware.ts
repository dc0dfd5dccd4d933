import { createMiddleware } from 'next-crossdomain-session/middleware'

export const middleware = createMiddleware()

// With `basePath` or `i18n`, only the first entry matches the home page.
export const config = { matcher: ['/', '/((?!_next/|crossdomain/|.*\\..*).*)'] }
