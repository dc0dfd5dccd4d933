import type { Environment } from '../core/config.js'
import type { Within } from '../core/domains/domainList.js'
import type { Clock } from '../core/values/seal.js'

/** Named one by one, because bundlers of edge code replace `process.env.NAME` and nothing more general. */
export function readEnvironment(): Environment {
  return {
    CROSSDOMAIN_PRIMARY_SERVERNAME: process.env.CROSSDOMAIN_PRIMARY_SERVERNAME,
    CROSSDOMAIN_DOMAINS: process.env.CROSSDOMAIN_DOMAINS,
    CROSSDOMAIN_SECRET: process.env.CROSSDOMAIN_SECRET,
    CROSSDOMAIN_PATH: process.env.CROSSDOMAIN_PATH,
  }
}

export const systemClock: Clock = () => Math.floor(Date.now() / 1000)

/** The timer of the core. What was asked may still answer afterwards. */
export const within: Within = async (timeoutMs, work) => {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Makes `create` run at import, so that a mistake shows at start; but not while `next build` collects pages,
 * where secrets of the deployment are not there yet.
 */
export function atStart<T>(create: () => T): () => T {
  let made: { readonly value: T } | undefined
  const get = (): T => (made ??= { value: create() }).value
  if (process.env.NEXT_PHASE !== 'phase-production-build') get()
  return get
}
