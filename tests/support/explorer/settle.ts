import type { Kind } from './smallCase.js'
import { command, exchange, goThrough, type Hop } from './hops.js'
import { watching, type Swap } from './watching.js'
import { domains, secondary, third, type Browser, type Domain, type View } from './world.js'

/** Longer than an answer may be on its way. */
const quietMs = 11_000
/** One brings the secondaries to the primary's session, and one more what each of them has brought there. */
const mostRounds = 3

/** Everything that was on its way is there, and the pages of both secondaries ask until all domains agree. */
export async function settle(
  browser: Browser,
  signsInAgainOn: Domain | null,
  tell: (kind: Kind, swap: Swap) => void,
): Promise<readonly View[]> {
  const { world } = browser
  const go = (kind: Kind, hop: Hop): Promise<void> =>
    goThrough(
      browser,
      hop,
      watching(world.store, (swap) => tell(kind, swap)),
    )
  world.nowMs += quietMs
  for (const domain of domains) await browser.visit(domain)
  if (signsInAgainOn !== null) {
    await goThrough(
      browser,
      command(browser, signsInAgainOn, (session) => session.login('ada')),
    )
    world.nowMs += quietMs
  }
  for (let round = 0; round < mostRounds; round++) {
    for (const domain of [secondary, third] as const) {
      await go('navigation', exchange(browser, domain, 'navigation'))
      world.nowMs += quietMs
    }
    const views = await browser.views()
    if (doAgree(views)) return views
  }
  return browser.views()
}

/** The same session, and all of them are in it. */
export function doAgree(views: readonly View[]): boolean {
  const shown = views.map(({ fingerprint, userId, data }) => JSON.stringify([fingerprint, userId, data]))
  return new Set(shown).size === 1
}
