import { CrossDomainError } from '../errors/catalogue.js'
import type { Clock } from '../values/seal.js'
import { isLater, type NowOrLater, type Within } from '../values/later.js'

/** How long an answer is used, in seconds: a no only briefly, so that a domain that was added works soon. */
const yesTtlSeconds = 60
const noTtlSeconds = 10

/** How long nobody asks again after the function has failed. */
const retrySeconds = 5

/** How long requests wait for the function. */
const timeoutMs = 3000

/** Anybody can make up hosts, so only so many are remembered. */
const mostHosts = 10_000

/** Answers whether a host is one of the domains. It rejects with `CDS117` if nobody can tell. */
export type AskHost = (host: string) => NowOrLater<boolean>

/** Asks the application's `isDomain` once for each host, and remembers the answer for a while. */
export function askOnce(
  isDomain: (host: string) => NowOrLater<boolean>,
  {
    clock,
    within,
    reportError,
  }: { readonly clock: Clock; readonly within: Within; readonly reportError: (error: unknown) => void },
): AskHost {
  const known = new Map<string, { until: number; answer: NowOrLater<boolean> }>()
  return (host) => {
    const now = clock()
    const before = known.get(host)
    if (before !== undefined && before.until > now) return before.answer
    const asked = Promise.resolve(host).then(isDomain)
    const entry: { until: number; answer: NowOrLater<boolean> } = {
      until: now + yesTtlSeconds,
      answer: false,
    }
    entry.answer = within(timeoutMs, asked).then(
      (isOne) => isOne === true,
      (cause) => {
        entry.until = clock() + retrySeconds
        const reason = cause instanceof Error ? `: ${cause.message}` : ''
        const text = `it was asked for ${JSON.stringify(host)}${reason}`
        const error = new CrossDomainError('CDS117', text, { cause })
        if (before?.answer !== true) throw error
        // As with a list of domains, the last good answer counts on.
        reportError(error)
        entry.answer = true
        return true
      },
    )
    known.delete(host)
    known.set(host, entry)
    for (const oldest of known.keys()) {
      if (known.size <= mostHosts) break
      known.delete(oldest)
    }
    // Also if the requests that waited for it have given up.
    const note = (answer: boolean) =>
      Object.assign(entry, { answer, until: clock() + (answer ? yesTtlSeconds : noTtlSeconds) })
    asked.then(
      (isOne) => note(isOne === true),
      () => {},
    )
    return entry.answer
  }
}

/** Waits for nothing that is there. @param go Called if the answer is yes. */
export function ifYes(answer: NowOrLater<boolean>, go: () => void): NowOrLater<void> {
  if (isLater(answer)) return answer.then((isOne) => (isOne ? go() : undefined))
  if (answer) go()
}
