import type { Agreed, Outcome } from '../shared/wire.js'
import { bounce } from './bounce.js'
import { explain, wait } from './browser.js'
import { islandName, readEntry, readSyncCookie, writeEntry, type Agreement } from './agreements.js'

/**
 * The result of an exchange. `navigate`: a navigation is needed, and is about to begin or is not possible
 * now.
 */
export type SyncResult =
  | Agreement
  | { readonly result: 'navigate' }
  /** A code of the catalogue, for example `CDS301`; `CDS417` if there was no answer. */
  | { readonly result: 'error'; readonly code: string }

/** How long to wait before the second look: a browser has stored a first cookie of the primary by then. */
const againAfterMs = 1000

/** How long a navigation that brought nothing back, or an error, keeps the next one from beginning. */
const retryAfterMs = 3_600_000

/**
 * Brings this domain and the primary together, if it is time to. Other tabs of the origin wait meanwhile.
 * @param isFirst This page has not looked before. Other tabs may have had results before it could listen.
 * @param marker What a navigation has just brought back.
 * @returns True if another tab agreed while this page was loading, so the page has to refresh.
 */
export function synchronise(
  throttleSeconds: number,
  isFirst: boolean,
  marker: string | undefined,
  onResult: (result: SyncResult) => void,
): Promise<boolean | void> {
  return navigator.locks.request(islandName, () => runOnce(throttleSeconds, isFirst, marker, onResult))
}

async function runOnce(
  throttleSeconds: number,
  isFirst: boolean,
  marker: string | undefined,
  onResult: (result: SyncResult) => void,
): Promise<boolean | void> {
  /**
   * @param before The state that this began with. It is still there if the browser did not keep the answer's
   *   cookie.
   */
  const keep = (outcome: Agreed, via: Agreement['via'], before = outcome.fingerprint) => {
    const entry = { ...outcome, via, at: Date.now() }
    const state = readSyncCookie()?.state
    // If it is any other state, somebody has signed in meanwhile, and nothing is agreed on yet.
    if (state === outcome.fingerprint || state === before) writeEntry(state, entry)
    onResult(entry)
    // The result of this page is no news from another tab.
    isFirst = false
  }

  const [result, fingerprint] = marker?.split(':') ?? []
  if (fingerprint) keep({ result: result as Agreed['result'], fingerprint }, 'navigation')
  else if (result) {
    // Left out of production builds, like the other one below.
    if (process.env.NODE_ENV === 'development') explain(result)
    onResult({ result: 'error', code: result })
  }

  for (let round = 0; round < 2; round++) {
    const sync = readSyncCookie()
    if (!sync) return
    const entry = readEntry(sync.state)
    const age = Date.now() - (entry?.at ?? NaN)
    // A time in the future counts for nothing: somebody has set the clock. A result of this moment is fresh
    // even if the throttle is 0.
    const isFresh = age >= 0 && age < (throttleSeconds || 1) * 1000
    if (isFresh && !entry?.again) return isFirst && age < performance.now()
    const outcome = await exchange(sync.path)
    // If the primary's cookie never comes back, the second time is the last.
    const again = !round && outcome.again
    if ('fingerprint' in outcome) keep({ ...outcome, again }, 'fetch', sync.state)
    else if (!again) {
      if (process.env.NODE_ENV === 'development' && outcome.result === 'error') {
        explain(outcome.code, sync.path)
      }
      onResult(outcome)
      // A navigation that brought a result has noted it. One that did not is tried again after this time.
      if (outcome.result === 'navigate' && (!isFresh || age > retryAfterMs)) {
        await bounce(sync.state, sync.path)
      }
      return
    }
    if (again) await wait(againAfterMs)
  }
}

/**
 * One `fetch` that follows the whole chain; seals are only ever in headers that script cannot read. On the first page
 * the browser has begun it already, because of the `Link` header, and gives the answer to a fetch with these options.
 */
async function exchange(
  path: string,
): Promise<Outcome | { readonly result: 'error'; readonly code: 'CDS417'; readonly again?: undefined }> {
  try {
    const response = await fetch(`${path}/start`, {
      credentials: 'include',
      signal: AbortSignal.timeout(20_000),
    })
    const outcome = (await response.json()) as Outcome
    // A gateway in between may answer in JSON, too.
    if (outcome.result) return outcome
  } catch {}
  return { result: 'error', code: 'CDS417' }
}
