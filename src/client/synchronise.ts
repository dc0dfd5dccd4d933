import type { Agreed } from '../shared/wire.js'
import {
  islandName,
  readEntry,
  readSyncCookie,
  stateWithoutSession,
  writeEntry,
  type Agreement,
  type Reason,
} from './agreements.js'
import { ask } from './ask.js'
import { wait } from './browser.js'
import { deedOf } from './deed.js'

/**
 * The result of an exchange. `navigate`: a navigation is needed, and is about to begin or waits for a calm
 * moment.
 */
export type SyncResult =
  | Agreement
  | { readonly result: 'navigate'; readonly reason: Reason }
  /** A code of the catalogue, for example `CDS301`; `CDS417` if there was no answer. */
  | { readonly result: 'error'; readonly code: string }

/** What a look at the session works with. */
export interface Look {
  readonly throttleSeconds: number
  readonly navigate: 'auto' | 'links' | 'never'
  /** Path of the route, if no sync cookie says it. */
  readonly path: string
  readonly refresh: () => void
  readonly onResult: (result: SyncResult) => void
}

/**
 * How long to wait before the second question: a browser has stored a first cookie of the primary by then.
 */
const againAfterMs = 1000

/** Two questions, and one about what has changed meanwhile. */
const mostRounds = 3

/**
 * Brings this domain and the primary together, if it is time to. Other tabs of the origin wait meanwhile.
 * @param isFirst This page has not looked before. Other tabs may have had results before it could listen.
 * @param isTold The application says that it is time: what was refused to a page without a session may be
 * granted now.
 * @param brought What a navigation has just brought back.
 */
export function synchronise(
  look: Look,
  isFirst: boolean,
  isTold: boolean,
  brought: Agreed | undefined,
): Promise<void> {
  return navigator.locks.request(islandName, () => run(look, isFirst, isTold, brought))
}

async function run(
  look: Look,
  isFirst: boolean,
  isTold: boolean,
  brought: Agreed | undefined,
): Promise<void> {
  const present = () => readSyncCookie() ?? { state: stateWithoutSession(), path: look.path }
  /**
   * @param before The state that this began with. It is still there if the browser did not keep the answer's
   *   cookie.
   */
  const keep = (outcome: Agreed, via: Agreement['via'], before = outcome.fingerprint) => {
    const entry = { ...outcome, via, at: Date.now() }
    const { state } = present()
    // If it is any other state, somebody has signed in meanwhile, and nothing is agreed on yet.
    if (state === outcome.fingerprint || state === before) writeEntry(state, entry)
    look.onResult(entry)
    // The result of this page is no news from another tab.
    isFirst = false
  }
  if (brought) keep(brought, 'navigation')

  let again: boolean | undefined
  for (let round = 0; round < mostRounds; round++) {
    const { state, path } = present()
    const entry = readEntry(state)
    const [nowMs, pageMs] = [Date.now(), performance.now()]
    // A result of this moment is fresh even if the throttle is 0.
    const throttleMs = (look.throttleSeconds || 1) * 1000
    const deed = again || (isTold && !readSyncCookie()) ? 'ask' : deedOf(entry, nowMs, pageMs, throttleMs)
    if (deed === 'rest') {
      // Another tab agreed while this page was loading.
      if (isFirst && entry?.via && nowMs - entry.at < pageMs) look.refresh()
      return
    }
    isTold = false
    const asked = deed === 'ask' ? await ask(path) : null
    if (asked && 'fingerprint' in asked) {
      // If the primary's cookie never comes back, the second time is the last.
      again = !again && asked.again
      // The browser may have begun the first one with the headers of the page, in an older state.
      keep({ ...asked, again }, 'fetch', round ? state : undefined)
      if (again) await wait(againAfterMs)
    } else {
      const { otherwise } = await import('./otherwise.js')
      again = await otherwise(asked, path, look, !!again)
      if (!again) return
    }
  }
}
