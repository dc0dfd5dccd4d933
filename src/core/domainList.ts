import { CrossDomainError } from './errors.js'
import { createDomains, parseOrigin, parseServerName, type Domains, type Origin, type RegistrableDomain } from './origin.js'
import type { Clock } from './seal.js'

/** How long a list that a function gave is used before it is asked again. */
const domainsTtlSeconds = 60

/** How long the last good list goes on when the function fails. */
const domainsRetrySeconds = 5

interface Context {
  readonly clock: Clock
  readonly subdomains: RegistrableDomain | undefined
  readonly reportError: (error: unknown) => void
}

/**
 * The list of domains as it is now: fixed, or from the application's function.
 * @throws {CrossDomainError} `CDS104` where there is none.
 */
export function domainList(primary: Origin, source: readonly string[] | (() => Promise<readonly string[]>) | undefined, { clock, subdomains, reportError }: Context): () => Promise<Domains> {
  if (typeof source !== 'function') {
    if (source === undefined || source.length === 0) throw new CrossDomainError('CDS104')
    const fixed = createDomains(primary, source.map(parseServerName), subdomains)
    return async () => fixed
  }
  let good: Domains | null = null
  let known: { until: number; readonly domains: Promise<Domains> } | null = null
  const load = async (): Promise<Domains> => {
    try {
      // Called a moment later, when `known` is this attempt's, even if it throws at once.
      good = createDomains(primary, (await Promise.resolve().then(source)).map(parseOrigin), subdomains)
      return good
    } catch (cause) {
      const error = new CrossDomainError('CDS111', cause instanceof Error ? cause.message : undefined, { cause })
      // The very first failure is not remembered: the next request asks again.
      if (known !== null) known.until = good === null ? -Infinity : clock() + domainsRetrySeconds
      if (good === null) throw error
      reportError(error)
      return good
    }
  }
  return async () => {
    if (known === null || known.until <= clock()) known = { until: clock() + domainsTtlSeconds, domains: load() }
    return known.domains
  }
}
