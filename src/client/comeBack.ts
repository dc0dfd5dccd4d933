import { markerPrefix, type Agreed } from '../shared/wire.js'
import { readSyncCookie } from './agreements.js'
import { fail } from './fail.js'
import type { Look } from './synchronise.js'
import { readTabNote, writeTabNote } from './tabNote.js'

/**
 * Removes what a navigation brought back from the fragment.
 * @returns What was agreed on, if this tab did leave for a navigation and something came of it.
 */
export function takeMarker(look: Look): Agreed | undefined {
  const [page, marker = ''] = location.href.split(markerPrefix)
  const [bounces, hash] = readTabNote()
  // With a null state, Next.js notes the new URL. With its own state, it would put the old one back at a
  // refresh.
  history.replaceState(null, '', page + (hash ?? ''))
  if (hash === undefined) return
  elementOf(hash.slice(1))?.scrollIntoView()
  const [result, fingerprint, isNew] = marker.split(':')
  // If the primary's cookie never comes back, the second time is the last.
  const again = !!isNew && bounces < 2
  // A browser that forgets its cookies at every page has come to nothing, whatever the marker says.
  const isDone = !again && !!fingerprint && readSyncCookie()?.state === fingerprint
  writeTabNote(isDone ? 0 : bounces)
  if (fingerprint) return { result: result as Agreed['result'], fingerprint, again }
  fail(marker, look)
}

/** As a browser looks for it: https://html.spec.whatwg.org/#find-a-potential-indicated-element */
function elementOf(fragment: string): HTMLElement | null {
  try {
    return document.getElementById(fragment) ?? document.getElementById(decodeURIComponent(fragment))
  } catch {
    return null
  }
}
