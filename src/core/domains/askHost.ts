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
  { clock, within }: { readonly clock: Clock; readonly within: Within },
): AskHost {
  const known = new Map<string, { until: number; answer: NowOrLater<boolean> }>()
  const ask = async (host: string): Promise<boolean> => {
    try {
      return (await within(timeoutMs, Promise.resolve(host).then(isDomain))) === true
    } catch (cause) {
      const reason = cause instanceof Error ? `: ${cause.message}` : ''
      throw new CrossDomainError('CDS117', `it was asked for ${JSON.stringify(host)}${reason}`, { cause })
    }
  }
  return (host) => {
    const now = clock()
    const before = known.get(host)
    if (before !== undefined && before.until > now) return before.answer
    const answer = ask(host)
    const entry = { until: now + yesTtlSeconds, answer: answer as NowOrLater<boolean> }
    known.delete(host)
    known.set(host, entry)
    for (const oldest of known.keys()) {
      if (known.size <= mostHosts) break
      known.delete(oldest)
    }
    answer.then(
      (isOne) => Object.assign(entry, { answer: isOne, until: now + (isOne ? yesTtlSeconds : noTtlSeconds) }),
      () => (entry.until = clock() + retrySeconds),
    )
    return entry.answer
  }
}

/** Waits for nothing that is there. @param go Called if the answer is yes. */
export function ifYes(answer: NowOrLater<boolean>, go: () => void): NowOrLater<void> {
  if (isLater(answer)) return answer.then((isOne) => (isOne ? go() : undefined))
  if (answer) go()
}
