export { proxy } from './session'

// With `basePath` or `i18n`, only the first entry matches the home page.
export const config = { matcher: ['/', '/((?!_next/|crossdomain/|.*\\..*).*)'] }
