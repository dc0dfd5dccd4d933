export { createMiddleware, type Middleware } from './next/middleware.js'
export type { Options } from './core/config.js'
