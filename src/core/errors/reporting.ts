import type { CrossDomainError } from './catalogue.js'
import { printError } from './printError.js'

/** How the kit tells the application of what a visitor never sees. */
export interface Reporting {
  /** Never fails. */
  reportError(error: unknown): void
  /**
   * The same, once for each text, and for a few texts of a code at most: anybody can cause these with a
   * request.
   */
  noteOnce(error: CrossDomainError): void
}

const mostNotesOfACode = 20

/** @param onError The option of the application. */
export function reportingTo(onError: (error: unknown) => void = printError): Reporting {
  const notedOf = new Map<string, Set<string>>()
  function reportError(error: unknown): void {
    try {
      onError(error)
    } catch (failure) {
      // An error of the error handler must not become the visitor's.
      console.error(error, failure)
    }
  }
  return {
    reportError,
    noteOnce(error) {
      const noted = notedOf.get(error.code) ?? new Set()
      if (noted.size >= mostNotesOfACode || noted.has(error.message)) return
      notedOf.set(error.code, noted.add(error.message))
      reportError(error)
    },
  }
}
