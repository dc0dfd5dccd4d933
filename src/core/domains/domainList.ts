import { CrossDomainError } from '../errors/catalogue.js'
import type { AskHost } from './askHost.js'
import {
  listDomains,
  parseOrigin,
  parseServerName,
  type Domains,
  type Origin,
  type RegistrableDomain,
} from './origin.js'
import type { Clock } from '../values/seal.js'
import { isLater, type NowOrLater, type Within } from '../values/later.js'

/** How long a list that a function gave is used before it is asked again. */
const domainsTtlSeconds = 60

/** How long the last good list is used again after the function has failed. */
const domainsRetrySeconds = 5

/** How long requests wait for the function. */
const domainsTimeoutMs = 3000

/** How many rows are read before other requests get their turn. */
const rowsAtOnce = 2000

/** How many rows that are left out `onError` is told of each time: they may be all of a large table. */
const mostRowsTold = 10

interface Context {
  readonly clock: Clock
  readonly within: Within
  readonly subdomains: RegistrableDomain | undefined
  /** Asked about hosts that are not listed. */
  readonly ask: AskHost | undefined
  readonly reportError: (error: unknown) => void
}

/**
 * The list of domains as it is now: fixed, or from the application's function.
 * @throws {CrossDomainError} `CDS104` if there is none.
 */
export function domainList(
  primary: Origin,
  source: readonly string[] | (() => Promise<readonly string[]>) | undefined,
  { clock, within, subdomains, ask, reportError }: Context,
): () => NowOrLater<Domains> {
  if (typeof source !== 'function') {
    const inputs = source ?? (ask === undefined ? [] : [primary])
    if (inputs.length === 0) throw new CrossDomainError('CDS104')
    const domains = listDomains(primary, subdomains, (error) => {
      throw error
    })
    for (const input of inputs) domains.add(parseServerName(input))
    return domains.done(ask)
  }
  /** One bad row of a table must not take the session from all domains. */
  const list = async (rows: readonly unknown[]): Promise<() => Domains> => {
    const errors: unknown[] = []
    const domains = listDomains(primary, subdomains, (error) => errors.push(error))
    for (let first = 0; first < rows.length; first += rowsAtOnce) {
      // Other requests go on meanwhile. The core has no other timer.
      if (first > 0) await within(0, new Promise(() => {})).catch(() => {})
      for (const row of rows.slice(first, first + rowsAtOnce)) {
        try {
          domains.add(parseOrigin(row))
        } catch (error) {
          errors.push(error)
        }
      }
    }
    errors.slice(0, mostRowsTold).forEach(reportError)
    return domains.done(ask)
  }
  let good: { readonly domains: () => Domains; readonly askedAt: number } | null = null
  let known: { until: number; readonly domains: NowOrLater<() => Domains> } | null = null
  const askSource = async (askedAt: number): Promise<() => Domains> => {
    // Called a moment later, when `known` is this attempt's, even if it throws at once.
    const domains = await list(await Promise.resolve().then(source))
    // The answer may come too late for this request. The next one uses it then, unless a later call was
    // faster.
    if (good === null || good.askedAt <= askedAt) {
      good = { domains, askedAt }
      known = { until: askedAt + domainsTtlSeconds, domains }
    }
    return domains
  }
  const load = async (askedAt: number): Promise<() => Domains> => {
    try {
      return await within(domainsTimeoutMs, askSource(askedAt))
    } catch (cause) {
      const error = new CrossDomainError('CDS111', cause instanceof Error ? cause.message : undefined, {
        cause,
      })
      // The very first failure is not remembered: the next request asks again.
      if (known !== null) known.until = good === null ? -Infinity : clock() + domainsRetrySeconds
      if (good === null) throw error
      reportError(error)
      return good.domains
    }
  }
  return () => {
    const now = clock()
    if (known === null || known.until <= now) known = { until: now + domainsTtlSeconds, domains: load(now) }
    const { domains } = known
    return isLater(domains) ? domains.then((open) => open()) : domains()
  }
}
