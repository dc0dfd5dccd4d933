import type { Environment } from '../core/config.js'
import type { Clock } from '../core/values/seal.js'

/**
 * Reads the variables one by one, because bundlers of edge code replace `process.env.NAME` and nothing more
 * general.
 */
export function readEnvironment(): Environment {
  return {
    CROSSDOMAIN_PRIMARY_SERVERNAME: process.env.CROSSDOMAIN_PRIMARY_SERVERNAME,
    CROSSDOMAIN_DOMAINS: process.env.CROSSDOMAIN_DOMAINS,
    CROSSDOMAIN_SECRET: process.env.CROSSDOMAIN_SECRET,
    CROSSDOMAIN_PATH: process.env.CROSSDOMAIN_PATH,
  }
}

export const systemClock: Clock = () => Date.now() / 1000

/**
 * Runs `create` at import, so that a mistake shows at start. It waits while `next build` collects pages,
 * because secrets of the deployment are not there yet.
 */
export function atStart<T>(create: () => T): () => T {
  let made: { readonly value: T } | undefined
  const get = (): T => (made ??= { value: create() }).value
  if (process.env.NEXT_PHASE !== 'phase-production-build') get()
  return get
}
