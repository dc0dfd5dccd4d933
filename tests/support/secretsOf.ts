import { readLinkCookie, readSessionCookie } from '../../src/core/request/cookies.js'
import { apiTokenOf, hashSessionId } from '../../src/core/values/ids.js'
import { parseOrigin } from '../../src/core/domains/origin.js'
import { placeOf } from '../../src/core/domains/place.js'
import type { FakeBrowser, Hop } from './fakeBrowser.js'

/** All that must never be told: every cookie of the script-free kind, what is sealed in it, and the claims and tickets of a walk. */
export async function secretsOf(browser: FakeBrowser, hops: readonly Hop[] = []): Promise<string[]> {
  const { config } = browser.deployment
  const domains = await config.domains()
  const secrets = hops
    .flatMap(({ url, response }) => [url, response.headers.get('location') ?? ''])
    .flatMap((url) => /(?:claim|ticket)=([^&#]+)/.exec(url)?.[1] ?? [])
  for (const origin of browser.jars.keys()) {
    const cookies = browser.cookies(origin)
    secrets.push(...Object.values(cookies))
    const place = placeOf(config, domains, parseOrigin(origin))
    const session = await readSessionCookie(config, (name) => cookies[name], place)
    const link = await readLinkCookie(config, (name) => cookies[name], place)
    for (const sid of [session?.sid, link?.sid])
      if (sid !== undefined) secrets.push(sid, apiTokenOf(sid), await hashSessionId(sid))
    if (session) secrets.push(session.bind)
  }
  return secrets
}
