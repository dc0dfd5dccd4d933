import { readSessionCookie } from '../../src/core/request/cookies.js'
import { sha256 } from '../../src/core/values/ids.js'
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
    secrets.push(...Object.values(browser.cookies(origin)))
    const place = placeOf(config, domains, parseOrigin(origin))
    for (const which of ['session', 'link'] as const) {
      const cookie = await readSessionCookie(config, browser.jar(origin), place, which)
      if (cookie !== null) secrets.push(cookie.id, cookie.key, sha256(cookie.key))
    }
  }
  return secrets
}
