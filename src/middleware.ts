export { compose, type OtherMiddleware } from './next/compose.js'
export { createMiddleware, type Middleware } from './next/middleware.js'
export type { Options as MiddlewareOptions } from './core/config.js'
export type { Merge } from './core/data/merge.js'
