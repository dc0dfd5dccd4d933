import { defineConfig, type Options } from '../core/config.js'
import type { Session } from '../core/session.js'
import type { Store } from '../core/store.js'
import { atStart, readEnvironment, systemClock } from './environment.js'
import { createGetSession } from './getSession.js'
import { createHandlers, type Handlers } from './handlers.js'
import { middlewareFor, type Middleware } from './middleware.js'

/** `Options`, with the store and with `merge` typed by the session's data. */
export interface SessionOptions<Data extends object> extends Omit<Options, 'merge'> {
  /** Where sessions are kept, for example `drizzleStore(db)`. */
  readonly store: Store
  /** Makes one session's data of two when domains meet; deterministic, and without losing a key. Default: keeps every key of both. */
  readonly merge?: ((kept: Readonly<Partial<Data>>, other: Readonly<Partial<Data>>) => Partial<Data>) | undefined
}

export interface CrossDomainSession<Data extends object> {
  /** The session of this request, in server components, Server Actions and route handlers. Asks the store once per request. */
  readonly getSession: () => Promise<Session<Data>>
  /** For `app/crossdomain/[action]/route.ts`. */
  readonly handlers: Handlers
  /** For `middleware.ts` (edge). */
  readonly middleware: Middleware
  /** The same function for `proxy.ts` (Node). */
  readonly proxy: Middleware
}

/**
 * Sets up one session for all domains.
 * @typeParam Data What the session holds: an object of JSON values.
 * @throws {CrossDomainError} `CDS101` to `CDS110` when options or environment are wrong; at import, except while `next build` runs.
 */
export function createCrossDomainSession<Data extends object = Record<string, unknown>>(
  options: SessionOptions<Data>,
): CrossDomainSession<Data> {
  const getConfig = atStart(() => defineConfig(options as Options, readEnvironment(), systemClock))
  const middleware = middlewareFor(getConfig)
  return {
    getSession: createGetSession(getConfig, options.store) as () => Promise<Session<Data>>,
    handlers: createHandlers(getConfig, options.store),
    middleware,
    proxy: middleware,
  }
}
