import { markerPrefix } from '../shared/wire.js'
import { islandName, readJson, writeEntry } from './memory.js'
import { wait } from './wait.js'

/**
 * What sessionStorage holds counts them. So a marker in a link that somebody sent means nothing, a browser that forgets its cookies at every page stops at
 * the limit, and a fragment, which may hold what no server is to see, is sent to none.
 */
const maxBouncesPerTab = 8

/** Longer than a person thinks about a dialog that asks whether to leave the page, so that other tabs are not kept waiting for ever. */
const leavingMs = 10_000

/**
 * Walks the exchange as a navigation and comes back to this page. Never in a frame, where nobody looks, or where storage cannot remember
 * that it was done. (A bot has no session to agree on: the server gives it none.)
 * @returns A promise that stays open while the page is about to go: nothing else begins here meanwhile.
 */
export async function bounce(state: string, path: string): Promise<void> {
  // What a person has just clicked gets a second to finish: leaving would cut it off.
  if (navigator.userActivation.isActive) await wait(1000)
  if (top !== self || document.hidden) return
  const bounces = readBounces()[0] + 1
  if (bounces > maxBouncesPerTab || !writeEntry(state, { result: 'navigate', at: Date.now(), again: true }))
    return
  sessionStorage.setItem(islandName, JSON.stringify([bounces, location.hash]))
  location.replace(`${path}/start?return_to=${encodeURIComponent(location.pathname + location.search)}`)
  await wait(leavingMs)
}

/** @returns What a navigation brought back in the fragment, which it removes; undefined when this tab did not leave for one. */
export function takeMarker(): string | undefined {
  const [page, marker] = location.href.split(markerPrefix)
  if (marker === undefined) return
  const [bounces, hash] = readBounces()
  // A null state lets Next.js note the new URL; with its own state in it, it would put the old one back at a refresh.
  history.replaceState(null, '', page + (hash ?? ''))
  if (hash === undefined) return
  sessionStorage.setItem(islandName, JSON.stringify([bounces]))
  document.getElementById(hash.slice(1))?.scrollIntoView()
  return marker
}

/** @returns Their number, and while this tab is away, the fragment to come back to. */
function readBounces(): readonly [number, string?] {
  return (readJson(() => sessionStorage, islandName) as [number, string?] | null) ?? [0]
}
