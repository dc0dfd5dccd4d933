/**
 * What is there already, or comes later. A promise costs much in a server that follows its requests through
 * `AsyncLocalStorage`, so nothing waits for what is there: `isLater(x) ? await x : x`.
 */
export type NowOrLater<T> = T | Promise<T>

/** True for whatever `await` would wait for. JSON never looks like that. */
export function isLater<T>(value: NowOrLater<T>): value is Promise<T> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

/**
 * Rejects if `work` takes longer. It is given from outside, like the clock, because the core has no timer.
 */
export type Within = <T>(timeoutMs: number, work: Promise<T>) => Promise<T>
