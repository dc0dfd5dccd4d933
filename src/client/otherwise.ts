// What the island does if a fetch has not brought the domains together. It is a chunk of its own, because
// most pages never need it.
import { readEntry, readSyncCookie, stateWithoutSession, writeEntry, type Reason } from './agreements.js'
import type { Asked } from './ask.js'
import { wait } from './browser.js'
import { explainReason, fail } from './fail.js'
import { findReason } from './findReason.js'
import { leave } from './leave.js'
import type { Look } from './synchronise.js'

export { takeMarker } from './comeBack.js'

/** The cookie that was on its way is here by then. */
const againAfterMs = 1000

/** Longer than the browser may be on its way by `hrefTo`. A page that comes back sooner has to wait, too. */
const leavingMs = 10_500

const noAnswer = { result: 'error', code: 'CDS417', again: undefined } as const

/**
 * @param asked What came of the question; null if it is known that only a navigation can help.
 * @param path Path of the route.
 * @param isLast It was the second question.
 * @returns True if it is time to ask once more.
 */
export async function otherwise(
  asked: Asked | null,
  path: string,
  look: Look,
  isLast: boolean,
): Promise<boolean> {
  const state = readSyncCookie()?.state
  const reason = await reasonOf(asked, state, path)
  if (reason && state) {
    if (asked && process.env.NODE_ENV === 'development') explainReason(reason)
    if (asked) writeEntry(state, { result: 'navigate', reason, at: Date.now() })
    look.onResult({ result: 'navigate', reason })
    if (look.navigate !== 'never') await leave(state, path, look)
    return false
  }
  const answer = !asked || asked instanceof Error ? noAnswer : asked
  const code = 'code' in answer ? answer.code : undefined
  if (answer.again && !isLast) {
    await wait(code === 'CDS418' ? leavingMs : againAfterMs)
    return true
  }
  const at = Date.now()
  if (answer.result === 'primary') writeEntry(stateWithoutSession(), { result: 'primary', via: 'fetch', at })
  // The browser keeps no cookies, or the visitor wants none. Then there is nothing to say.
  else if (!state) writeEntry(stateWithoutSession(), { result: 'error', at })
  if (code && (state || code !== 'CDS415')) fail(code, look)
  return false
}

/** @returns Why a navigation is needed, or undefined if none would help. */
async function reasonOf(
  asked: Asked | null,
  state: string | undefined,
  path: string,
): Promise<Reason | undefined> {
  if (!asked) return (state && readEntry(state)?.reason) || 'cookies'
  if (asked instanceof Error)
    return asked instanceof TypeError && navigator.onLine ? findReason(path) : undefined
  return asked.result === 'navigate' ? 'cookies' : undefined
}
