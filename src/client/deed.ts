import type { Entry } from './agreements.js'

/** What is next. `leave`: only a navigation can help. */
export type Deed = 'rest' | 'ask' | 'leave'

/**
 * How long it stays true that a fetch cannot do it, and that a navigation or a page without a session got
 * nothing.
 */
const hourMs = 3_600_000

/**
 * @param entry What is noted for the present state.
 * @param pageMs Age of this page.
 */
export function deedOf(entry: Entry | null, nowMs: number, pageMs: number, throttleMs: number): Deed {
  const ageMs = nowMs - (entry?.at ?? NaN)
  // A time in the future counts for nothing: somebody has set the clock.
  if (!entry || !(ageMs >= 0)) return 'ask'
  const isDue = entry.again && ageMs > pageMs
  if (entry.via && !isDue) return ageMs < throttleMs ? 'rest' : 'ask'
  if (ageMs >= hourMs || entry.via === 'fetch') return 'ask'
  // A navigation that is not final came after a fetch that could not do it.
  return isDue || entry.result === 'navigate' ? 'leave' : 'rest'
}
