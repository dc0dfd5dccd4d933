import type { Domains, Origin } from '../domains/origin.js'

/**
 * The longest address to return to that fits a seal, in characters. The seal has to fit a URL, which strict
 * proxies limit to 8 kB.
 */
export const maxSealedPath = 2048

/**
 * Checks where a navigation may end: on a path of this origin, or on a page of another listed one. `start`
 * checks it, and `replace` checks it again before the browser goes there. An origin has to be written as it
 * is listed, so nothing depends on how URL parsers read credentials, ports or backslashes.
 * @param routePath The path of the exchange, the same on every domain.
 * @returns Path, query and fragment as the URL parser writes them, after the origin if it is another one.
 *   Otherwise null.
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

/** True if what `parseReturnTo` returned is a page of another origin. */
export function isElsewhere(returnTo: string): boolean {
  return !returnTo.startsWith('/')
}

/**
 * Refuses control characters and backslashes in the path before parsing, because URL parsers turn `/\evil`
 * and `/<tab>/evil` into `//evil` (https://url.spec.whatwg.org/#concept-basic-url-parser). Refuses paths of
 * the exchange itself too: one link would walk it again and again.
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
