import { catalogue, type ErrorCode } from '../../core/errors/catalogue.js'
import { errorPages } from '../../shared/errorPages.js'

/** What one check of one domain came to. */
export interface Finding {
  /**
   * `error`: domains stay apart, or a session may reach the wrong visitor. `warning`: something may be
   * better.
   */
  readonly level: 'ok' | 'warning' | 'error'
  readonly origin: string
  /** Name of the check, for example `secret`. */
  readonly check: string
  /** What was seen. Empty if nothing is wrong. */
  readonly says: string
  /** What to do about it. */
  readonly advice: string
  readonly code: ErrorCode | null
  /** Address of the page about the code. */
  readonly page: string | null
}

export function ok(origin: string, check: string): Finding {
  return { level: 'ok', origin, check, says: '', advice: '', code: null, page: null }
}

/** @param text What was seen, and what to do. */
export function found(
  level: 'warning' | 'error',
  origin: string,
  check: string,
  text: readonly [says: string, advice: string],
  code: ErrorCode | null = null,
): Finding {
  const page = code === null ? null : `${errorPages}/${code}.md`
  return { level, origin, check, says: text[0], advice: text[1], code, page }
}

/** The first code of the catalogue in a text, such as the body of an answer. */
export function codeIn(text: string): ErrorCode | null {
  const code = /\bCDS\d{3}\b/.exec(text)?.[0]
  return code !== undefined && isCode(code) ? code : null
}

function isCode(text: string): text is ErrorCode {
  return Object.hasOwn(catalogue, text)
}
