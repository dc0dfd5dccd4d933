import type { Agreed, Outcome } from '../shared/wire.js'
import { bounce } from './bounce.js'
import { explain } from './explain.js'
import { islandName, readEntry, readSyncCookie, writeEntry, type Agreement } from './memory.js'
import { wait } from './wait.js'

/** What an exchange came to. `navigate` is told when a navigation was needed and not allowed, or is about to begin. */
export type SyncResult =
  | Agreement
  | { readonly result: 'navigate' }
  /** A code of the catalogue, for example `CDS301`; `CDS417` when there was no answer. */
  | { readonly result: 'error'; readonly code: string }

/** How long a browser has to store a first cookie of the primary before it is looked at again. */
const againAfterMs = 1000

/** How long a navigation that brought nothing back, or an error, keeps the next one from beginning. */
const retryAfterMs = 3_600_000

/**
 * Brings this domain and the primary together, if it is time to; other tabs of the origin wait meanwhile.
 * @param isFirst This page has not looked before: what other tabs agreed on while it was loading was told before it could listen.
 * @param marker What a navigation has just brought back.
 * @returns True if another tab agreed while this page was loading, so the page has to refresh.
 */
export function synchronise(
  throttleSeconds: number,
  isFirst: boolean,
  marker: string | undefined,
  onResult: (result: SyncResult) => void,
): Promise<boolean> {
  return navigator.locks.request(islandName, () => runOnce(throttleSeconds, isFirst, marker, onResult))
}

async function runOnce(
  throttleSeconds: number,
  isFirst: boolean,
  marker: string | undefined,
  onResult: (result: SyncResult) => void,
): Promise<boolean> {
  /** @param before The state that this began with: it is still there where the browser did not keep the cookie of the answer. */
  const keep = (outcome: Agreed, via: Agreement['via'], before = outcome.fingerprint) => {
    const entry = { ...outcome, via, at: Date.now() }
    const state = readSyncCookie()?.state
    // Any other is one that somebody has signed in to meanwhile: nothing is agreed on that yet.
    if (state === outcome.fingerprint || state === before) writeEntry(state, entry)
    onResult(entry)
    // What this look has come to is no news of another tab.
    isFirst = false
  }

  const [result, fingerprint] = marker?.split(':') ?? []
  if (fingerprint) keep({ result: result as Agreed['result'], fingerprint }, 'navigation')
  else if (result) {
    // Left out of what is built for production, as below.
    if (process.env.NODE_ENV === 'development') explain(result)
    onResult({ result: 'error', code: result })
  }

  for (let round = 0; round < 2; round++) {
    const sync = readSyncCookie()
    if (!sync) break
    const entry = readEntry(sync.state)
    const age = Date.now() - (entry?.at ?? NaN)
    // A time to come is as good as none: somebody has set the clock. What this look has just come to is fresh without a throttle, too.
    const isFresh = age >= 0 && age < (throttleSeconds || 1) * 1000
    if (isFresh && !entry?.again) return isFirst && age < performance.now()
    const outcome = await exchange(sync.path)
    if (!('fingerprint' in outcome)) {
      if (process.env.NODE_ENV === 'development' && outcome.result === 'error')
        explain(outcome.code, sync.path)
      onResult(outcome)
      // A navigation that came to something has noted that; one that did not is tried again when this is over.
      if (outcome.result === 'navigate' && (!isFresh || age > retryAfterMs))
        await bounce(sync.state, sync.path)
      break
    }
    // Where the primary's cookie never comes back, the second time is the last.
    keep(round ? { ...outcome, again: undefined } : outcome, 'fetch', sync.state)
    if (outcome.again) await wait(againAfterMs)
  }
  return false
}

/** One `fetch` that follows the whole chain; seals are only ever in headers that script cannot read. */
async function exchange(
  path: string,
): Promise<Outcome | { readonly result: 'error'; readonly code: 'CDS417' }> {
  try {
    const response = await fetch(`${path}/start`, {
      method: 'POST',
      credentials: 'include',
      signal: AbortSignal.timeout(20_000),
    })
    const outcome = (await response.json()) as Outcome
    // A gateway that is in the way may answer in JSON, too.
    if (outcome.result) return outcome
  } catch {}
  return { result: 'error', code: 'CDS417' }
}
