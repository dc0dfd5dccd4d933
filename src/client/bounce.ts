import { markerPrefix } from '../shared/wire.js'
import { islandName, readJson, writeEntry } from './agreements.js'
import { wait } from './browser.js'

/**
 * sessionStorage counts them. So a marker in a link that somebody sent means nothing, and a browser that
 * forgets its cookies at every page stops at the limit. The fragment stays there too, because no server
 * should see it.
 */
const maxBouncesPerTab = 8

/**
 * Longer than a person thinks about a dialog that asks whether to leave the page. It ends, so that other tabs
 * do not wait for ever.
 */
const leavingMs = 10_000

/**
 * Goes through the exchange as a navigation and comes back to this page. Never in a frame or in the
 * background, because nobody is looking. Never in a window that another page has opened and still knows,
 * because the exchange would cut them off (Cross-Origin-Opener-Policy). And never if storage cannot remember
 * that it was done. (A bot does not get here: the server gives it no session.)
 * @returns A promise that stays open while the page is about to leave, so that nothing else begins here.
 */
export async function bounce(state: string, path: string): Promise<void> {
  // Something that the visitor has just clicked gets a second to finish, because leaving would interrupt it.
  if (navigator.userActivation.isActive) await wait(1000)
  if (top !== self || self.opener || document.hidden) return
  const bounces = readBounces()[0] + 1
  if (bounces > maxBouncesPerTab || !writeEntry(state, { result: 'navigate', at: Date.now(), again: true }))
    return
  sessionStorage.setItem(islandName, JSON.stringify([bounces, location.hash]))
  location.replace(`${path}/start?return_to=${encodeURIComponent(location.pathname + location.search)}`)
  await wait(leavingMs)
}

/**
 * Removes what a navigation brought back from the fragment.
 * @returns It, or undefined if this tab did not leave for a navigation.
 */
export function takeMarker(): string | undefined {
  const [page, marker] = location.href.split(markerPrefix)
  if (marker === undefined) return
  const [bounces, hash] = readBounces()
  // With a null state, Next.js notes the new URL. With its own state, it would put the old one back at a
  // refresh.
  history.replaceState(null, '', page + (hash ?? ''))
  if (hash === undefined) return
  sessionStorage.setItem(islandName, JSON.stringify([bounces]))
  document.getElementById(hash.slice(1))?.scrollIntoView()
  return marker
}

/** @returns How many there were, and while this tab is away, the fragment to come back to. */
function readBounces(): readonly [number, string?] {
  return (readJson(() => sessionStorage, islandName) as [number, string?] | null) ?? [0]
}
