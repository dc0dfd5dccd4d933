import type { Outcome } from '../core/wire.js'
import { bounce, takeMarker } from './bounce.js'
import { readEntry, readSyncCookie, writeEntry, type Agreement } from './memory.js'
import { wait } from './wait.js'

/** What an exchange came to. `navigate` is told when a navigation was needed and not allowed, or is about to begin. */
export type SyncResult =
  | Agreement
  | { readonly result: 'navigate' }
  /** A code of the catalogue, for example `CDS301`, or `network` when there was no answer. */
  | { readonly result: 'error'; readonly code: string }

/** Name of the Web Lock, the BroadcastChannel, and the window event "the state may have changed". */
export const channelName = 'crossdomain'
/** Name of the window event "an exchange came to a result" on this page. */
export const resultEvent = 'crossdomain-result'

type Agreed = Extract<Outcome, { readonly result: Agreement['result'] }>

/** How long a browser has to store a first cookie of the primary before it is looked at again. */
const againAfterMs = 1000

/**
 * Brings this domain and the primary together, if it is time to; other tabs of the origin wait meanwhile.
 * @param unheardSince Milliseconds since 1970 from when on this page could not hear other tabs; `Infinity` once it can.
 * @returns True when one of them has agreed on something since, so that this page may show what was before.
 */
export async function synchronise(throttleSeconds: number, unheardSince: number, onResult: (result: SyncResult) => void): Promise<boolean> {
  // Without cookies there is no session to agree on, and Chromium refuses the lock.
  if (readSyncCookie() === null) {
    takeMarker()
    return false
  }
  return navigator.locks.request(channelName, () => runOnce(throttleSeconds, unheardSince, onResult))
}

async function runOnce(throttleSeconds: number, unheardSince: number, onResult: (result: SyncResult) => void): Promise<boolean> {
  const keep = (outcome: Agreed, via: Agreement['via']) => {
    const state = readSyncCookie()?.state
    if (state === undefined) return
    const entry = { ...outcome, via, at: Date.now() }
    writeEntry(state, entry)
    onResult({ ...entry, fingerprint: state })
  }

  const marker = takeMarker()
  if (marker === 'use_current' || marker === 'replaced') keep({ result: marker }, 'navigation')
  else if (marker !== null) onResult({ result: 'error', code: marker })

  for (let round = 0; round < 2; round++) {
    const sync = readSyncCookie()
    if (sync === null) break
    const entry = readEntry(sync.state)
    const at = entry?.at ?? NaN
    const age = Date.now() - at
    // A time to come is as good as none: somebody has set the clock.
    const isFresh = age >= 0 && age < throttleSeconds * 1000
    if (isFresh && entry?.result !== 'navigate' && !entry?.again) return marker === null && at > unheardSince
    const outcome = await exchange(sync.path)
    if (outcome.result === 'navigate' || outcome.result === 'error') {
      onResult(outcome)
      if (outcome.result === 'navigate' && !isFresh) await bounce(sync.state, sync.path)
      break
    }
    keep(outcome, 'fetch')
    if (!outcome.again) break
    await wait(againAfterMs)
  }
  return false
}

/** One `fetch` that follows the whole chain; seals are only ever in headers that script cannot read. */
async function exchange(path: string): Promise<Outcome | { readonly result: 'error'; readonly code: 'network' }> {
  try {
    const response = await fetch(`${path}/start`, { method: 'POST', credentials: 'include', signal: AbortSignal.timeout(20_000) })
    return (await response.json()) as Outcome
  } catch {
    return { result: 'error', code: 'network' }
  }
}
