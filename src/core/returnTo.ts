/** Longest return path that travels inside a seal, in characters. */
const maxLength = 2048

/**
 * The path of the own origin that a navigation ends on. Checked here when it is asked for, and it travels inside seals only.
 * Backslashes and control characters are refused before parsing, because URL parsers turn `/\evil` and `/<tab>/evil` into `//evil`
 * (https://url.spec.whatwg.org/#concept-basic-url-parser).
 * @returns Path, query and fragment as the URL parser writes them, or null when it is not a path of this origin.
 */
export function parseReturnTo(input: unknown, origin: string): string | null {
  if (typeof input !== 'string' || input.length > maxLength) return null
  if (!/^\/(?!\/)[^\\\u0000-\u0020\u007f]*$/.test(input)) return null
  let url: URL
  try {
    url = new URL(input, origin)
  } catch {
    return null
  }
  const path = url.pathname + url.search + url.hash
  return url.origin === origin && !path.startsWith('//') ? path : null
}
