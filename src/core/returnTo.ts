/** Longest return path that travels inside a seal, in characters: the seal has to fit a URL (8 kB where proxies are strict). */
export const maxSealedPath = 2048

/**
 * The path of the own origin that a navigation ends on. Checked here when it is asked for, and it travels inside seals only.
 * Control characters, and backslashes of the path, are refused before parsing, because URL parsers turn `/\evil` and `/<tab>/evil` into
 * `//evil` (https://url.spec.whatwg.org/#concept-basic-url-parser). So are paths of the exchange itself: one link would walk it again and again.
 * @param routePath Where the route of the exchange lives.
 * @returns Path, query and fragment as the URL parser writes them, or null when it is not a path of this origin.
 */
export function parseReturnTo(input: unknown, origin: string, routePath: string): string | null {
  if (typeof input !== 'string') return null
  if (!/^\/(?!\/)[^\\?#\u0000-\u0020\u007f]*([?#][^\u0000-\u0020\u007f]*)?$/.test(input)) return null
  let url: URL
  let pathname: string
  try {
    url = new URL(input, origin)
    pathname = decodeURIComponent(url.pathname)
  } catch {
    return null
  }
  if (url.origin !== origin || url.pathname.startsWith('//') || `${pathname}/`.startsWith(`${routePath}/`)) return null
  return url.pathname + url.search + url.hash
}
