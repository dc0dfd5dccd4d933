import { isBot, markerPrefix } from '../core/wire.js'
import { writeEntry } from './memory.js'
import { wait } from './wait.js'

/**
 * In sessionStorage: how often this tab has left for an exchange. A marker in a link that somebody sent means nothing in a tab
 * that never left, and a browser that forgets its cookies at every page stops at the limit.
 */
const bouncesKey = 'crossdomain'
const maxBouncesPerTab = 8

/**
 * Walks the exchange as a navigation and comes back to this page. Never in a frame, for a bot, or where storage cannot
 * remember that it was done.
 * @returns A promise that stays open when the page is about to go: nothing else begins here meanwhile.
 */
export async function bounce(state: string, path: string): Promise<void> {
  if (window.top !== window || isBot(navigator.userAgent)) return
  // What a person has just clicked gets a second to finish: leaving would cut it off.
  if (navigator.userActivation.isActive) await wait(1000)
  const bounces = countBounces() + 1
  if (bounces > maxBouncesPerTab || !writeEntry(state, { result: 'navigate', via: 'navigation', at: Date.now() })) return
  sessionStorage.setItem(bouncesKey, `${bounces}`)
  location.replace(`${path}/start?return_to=${encodeURIComponent(location.href.slice(location.origin.length))}`)
  await new Promise(() => {})
}

/** @returns What a navigation brought back in the fragment, which it removes; null when this tab did not leave for one. */
export function takeMarker(): string | null {
  const [page = '', marker] = location.href.split(markerPrefix)
  if (marker === undefined) return null
  const [outcome = '', fragment] = marker.split('&', 2)
  // A null state lets Next.js note the new URL; with its own state in it, it would put the old one back at a refresh.
  history.replaceState(null, '', fragment ? `${page}#${fragment}` : page)
  if (fragment) document.getElementById(fragment)?.scrollIntoView()
  return countBounces() ? outcome : null
}

function countBounces(): number {
  try {
    return Number(sessionStorage.getItem(bouncesKey))
  } catch {
    return 0
  }
}
