import type { Domains, Origin } from '../domains/origin.js'

/** Longest page to return to that travels inside a seal, in characters: the seal has to fit a URL (8 kB where proxies are strict). */
export const maxSealedPath = 2048

/**
 * Where a navigation ends: a path of the own origin, or a page of another listed one. Checked when it is asked for, and again before the browser is sent there.
 * An origin has to be written as it is listed, so that nothing is left to what URL parsers make of credentials, ports or backslashes.
 * @param routePath Where the route of the exchange lives, on every domain.
 * @returns Path, query and fragment as the URL parser writes them, with the origin before them where it is another one; or null.
 */
export function parseReturnTo(
  input: unknown,
  self: Origin,
  domains: Domains,
  routePath: string,
): string | null {
  if (typeof input !== 'string') return null
  const origin = /^https?:\/\/[^/?#]*/.exec(input)?.[0]
  if (origin === undefined) return parsePath(input, self, routePath)
  if (!domains.has(origin)) return null
  const path = parsePath(input.slice(origin.length).replace(/^(?!\/)/, '/'), origin, routePath)
  return path === null || origin === self ? path : origin + path
}

/** True for what `parseReturnTo` answers for a page of another origin. */
export function isElsewhere(returnTo: string): boolean {
  return !returnTo.startsWith('/')
}

/**
 * Control characters, and backslashes of the path, are refused before parsing, because URL parsers turn `/\evil` and `/<tab>/evil` into
 * `//evil` (https://url.spec.whatwg.org/#concept-basic-url-parser). So are paths of the exchange itself: one link would walk it again and again.
 */
function parsePath(input: string, origin: string, routePath: string): string | null {
  if (!/^\/(?!\/)[^\\?#\u0000-\u0020\u007f]*([?#][^\u0000-\u0020\u007f]*)?$/.test(input)) return null
  let url: URL
  let pathname: string
  try {
    url = new URL(input, origin)
    pathname = decodeURIComponent(url.pathname)
  } catch {
    return null
  }
  if (url.origin !== origin || url.pathname.startsWith('//') || `${pathname}/`.startsWith(`${routePath}/`))
    return null
  return url.pathname + url.search + url.hash
}
