import { readEntry, readSyncCookie, writeEntry } from './agreements.js'
import { wait } from './browser.js'
import { watchLinks } from './links.js'
import { isSending, watchSending } from './sending.js'
import type { Look } from './synchronise.js'
import { readTabNote, writeTabNote } from './tabNote.js'
import { hasBeenTouched, touched } from './touched.js'

/**
 * How often a tab leaves in vain. sessionStorage counts, so a marker in a link that somebody sent means
 * nothing, and a browser that forgets its cookies at every page stops at the limit.
 */
const maxBouncesPerTab = 8

/**
 * Longer than a person thinks about a dialog that asks whether to leave the page. It ends, so that other tabs
 * do not wait for ever.
 */
const leavingMs = 10_000

let isWatching = false

/**
 * Goes through the exchange as a navigation, at a calm moment: at once if nobody has used this page yet, and
 * else with the next link. Never in a frame. Never in a window that another page has opened and still knows,
 * because the exchange would cut them off (Cross-Origin-Opener-Policy). And never if storage cannot remember
 * that it was done. (A bot does not get here: the server gives it no session.)
 * @returns A promise that stays open while the page is about to leave, so that nothing else begins here.
 */
export async function leave(state: string, path: string, look: Look): Promise<void> {
  if (top !== self || opener) return
  if (!isWatching) {
    isWatching = true
    watchSending()
    watchLinks(wayThroughExchange)
  }
  if (look.navigate === 'links') return
  // A page that is still loading would be cut off. `pageshow` wakes the island again.
  const isCalm = () =>
    !hasBeenTouched() && !document.hidden && navigator.onLine && document.readyState === 'complete'
  while (isCalm() && isSending()) await wait(100)
  const [bounces] = readTabNote()
  const entry = readEntry(state)
  if (!isCalm() || !entry || !go(state, path, location, 'replace')) return

  if (!(await Promise.race([touched, wait(leavingMs)]))) return
  // Somebody began to use the page. What is typed or clicked now has to stay.
  stop()
  writeTabNote(bounces)
  writeEntry(state, entry)
  await wait(1000)
  // The last answer of the exchange was there already.
  if (readSyncCookie()?.state !== state) look.refresh()
}

/** @returns null if no exchange waits, or if the link leads to one. */
function wayThroughExchange(link: HTMLAnchorElement): (() => void) | null {
  const sync = readSyncCookie()
  const entry = sync && readEntry(sync.state)
  if (!entry || link.pathname.startsWith(`${sync.path}/`)) return null
  // A second link may be clicked while the page is about to leave for the first one.
  const isLeaving = entry.result === 'left' && Date.now() - entry.at < performance.now()
  if (entry.result !== 'navigate' && !entry.again && !isLeaving) return null
  return () => go(sync.state, sync.path, link, 'assign') || location.assign(link.href)
}

/** @returns False if storage cannot remember it, or if this tab has left too often. */
function go(
  state: string,
  path: string,
  to: Location | HTMLAnchorElement,
  how: 'assign' | 'replace',
): boolean {
  const bounces = readTabNote()[0] + 1
  if (bounces > maxBouncesPerTab || !writeEntry(state, { result: 'left', at: Date.now() })) return false
  writeTabNote(bounces, to.hash)
  location[how](`${path}/start?return_to=${encodeURIComponent(to.pathname + to.search)}`)
  return true
}
