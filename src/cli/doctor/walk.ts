import { askSlashed } from './route.js'
import { navigation, ownFetch, type Answer, type Visitor } from './visitor.js'

/** More than an exchange needs, and few enough to end. */
const mostHops = 5

/**
 * Walks the exchange as the fetch of a page does in a browser that allows third-party cookies.
 * @returns All answers in their order. The last one is no redirect.
 */
export async function walkByFetch(
  visitor: Visitor,
  origin: string,
  path: string,
): Promise<readonly Answer[]> {
  const hops: Answer[] = []
  let url = new URL(`${path}/start`, origin)
  let crossings = 0
  while (hops.length < mostHops) {
    const isCross = url.origin !== origin
    const headers = {
      ...ownFetch,
      // Browsers do not name the page any more after two redirects between origins.
      ...(crossings > 0 && { 'sec-fetch-site': 'cross-site', origin: crossings > 1 ? 'null' : origin }),
      ...(isCross && { 'sec-fetch-storage-access': 'active' }),
    }
    const jar = isCross ? 'none-cookies' : 'all'
    const answer = await askSlashed(visitor, url, { headers, jar })
    hops.push(answer)
    const next = nextOf(answer)
    if (next === null) break
    if (next.origin !== url.origin) crossings++
    url = next
  }
  return hops
}

/**
 * Walks the exchange as a navigation that a page begins. @returns All answers but that of the page where it
 * ends.
 */
export async function walkByNavigation(
  visitor: Visitor,
  origin: string,
  path: string,
): Promise<{ readonly hops: readonly Answer[]; readonly end: URL }> {
  const hops: Answer[] = []
  let url = new URL(`${path}/start?return_to=%2F`, origin)
  while (hops.length < mostHops && url.pathname.startsWith(`${path}/`)) {
    const headers = { ...navigation, 'sec-fetch-site': hops.length === 0 ? 'same-origin' : 'cross-site' }
    const answer = await askSlashed(visitor, url, { headers })
    hops.push(answer)
    const next = nextOf(answer)
    if (next === null) break
    url = next
  }
  return { hops, end: url }
}

function nextOf({ url, headers }: Answer): URL | null {
  const location = headers.get('location')
  return location === null ? null : new URL(location, url)
}
