// Tabs of two secondaries and of the primary in one browser, with the real island in them: whatever is under way goes on in any order.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FakeBrowser, primary, secondary, third, type World } from '../support/fakeBrowser.js'
import { buildIsland, type Globals } from '../support/tabs/island.js'
import { Tab } from '../support/tabs/tab.js'
import { shownOf } from '../support/tabs/traffic.js'
import { plansOf, Walk, type Plan } from '../support/tabs/walk.js'

/** Of each fact; CONTRIBUTING.md says how to take more. */
const walks = Number(process.env['WALKS'] ?? 20)
const seed = Number(process.env['WALKS_SEED'] ?? 8)

/** Of looking at each tab: an exchange of one domain may end the session of another one, which hears of it in the next round. */
const mostRounds = 5

/** Everything works, and somebody looks at each tab every two hours. */
async function comeToAgree(walk: Walk): Promise<void> {
  const { browser, schedule, deployment } = walk
  Object.assign(browser, { losesNext: false, isStorageFull: false, addsHeaders: false })
  deployment.isStoreDown = false
  schedule.note('-- comes to rest')
  await schedule.rest()
  await expectShown(
    walk,
    browser.tabs.filter(
      ({ page }) =>
        page !== null && !page.isGone && !page.isHidden && !page.mayBeOutdated && page.site.isTold,
    ),
  )
  // Without a page nobody asks, and without a cookie, as after `destroy()`, there is nothing to ask for until the next page.
  for (const origin of [secondary, third]) {
    if (walk.openPages(origin).length === 0 || browser.cookies.jar(origin).size === 0)
      new Tab(browser, origin)
    await schedule.rest()
  }
  for (let rounds = 0; ; rounds++) {
    expect(rounds, 'rounds until nobody asks').toBeLessThan(mostRounds)
    schedule.pass(7_200_000)
    schedule.note(`-- looks at each tab ${rounds}`)
    const before = browser.exchanges
    for (const [index, tab] of browser.tabs.entries()) {
      lookAt(tab)
      await schedule.rest()
      await expectShown(walk, browser.tabs.slice(0, index + 1))
    }
    if (browser.exchanges === before) return
  }
}

function lookAt(tab: Tab): void {
  tab.isHidden = false
  if (tab.page === null || tab.page.isGone || tab.page.isFrozen) tab.comeBack()
  // A page that was used leaves for nothing but a link; the next one is another page.
  if (tab.page?.isTouched) return tab.open(tab.origin)
  tab.page?.refresh()
  tab.page?.wake('visibilitychange')
}

/** No exchange of one tab leaves another one with whom it has shown before. */
async function expectShown({ browser }: Walk, tabs: readonly Tab[]): Promise<void> {
  for (const { page } of tabs) {
    if (page === null || page.origin === primary) continue
    const { deployment, world, jars } = browser.cookies
    const visitor = new FakeBrowser(deployment, world, jars)
    const session = await visitor.session(page.origin, { canSetCookies: false })
    // Another domain has ended it meanwhile: the next page here will say so.
    if (visitor.ended.length === 0) expect(page.shown.user, `whom ${page.name} shows`).toBe(session.userId)
  }
}

async function expectAgreed({ browser, kept, isSignedIn }: Walk, isAlone: boolean): Promise<void> {
  const bounces = browser.tabs.reduce((sum, tab) => sum + tab.bounces, 0)
  expect(bounces, 'navigations').toBeLessThanOrEqual(2 * browser.wakes)
  expect(browser.exchanges, 'exchanges').toBeLessThanOrEqual(3 * browser.wakes)
  const there = await browser.cookies.session(primary)
  for (const origin of [secondary, third]) {
    const here = await browser.cookies.session(origin)
    const { user, cart } = shownOf(here)
    for (const item of cart)
      expect(['a guest', user], `who put something into the cart of ${user}`).toContain(item.split('’')[0])
    if (browser.crossed) continue
    expect([here.fingerprint, user, cart], `${origin} and the primary`).toEqual([
      there.fingerprint,
      ...Object.values(shownOf(there)),
    ])
    if (!isAlone) continue
    if (isSignedIn) expect(user, 'who signed in').not.toBe(null)
    expect(cart, 'what was acknowledged').toEqual(expect.arrayContaining(kept))
  }
}

async function take(plan: Plan, isAlone: boolean, runIsland: (globals: Globals) => void): Promise<number> {
  const walk = new Walk(plan, runIsland)
  try {
    if (plan.knowsPrimary) await walk.browser.cookies.visit(primary)
    for (const origin of [secondary, secondary]) new Tab(walk.browser, origin)
    for (const step of plan.steps) await walk.do(step)
    await comeToAgree(walk)
    await expectAgreed(walk, isAlone)
  } catch (error) {
    if (error instanceof Error) error.message += `\n\n${walk.schedule.log.join('\n')}\n`
    throw error
  }
  return walk.browser.exchanges
}

test.each<readonly [string, World, readonly string[]]>([
  ['with third-party cookies', 'allowed', ['ada']],
  ['with third-party cookies once they are asked for', 'inactive', ['ada']],
  ['without third-party cookies', 'blocked', ['ada']],
  ['with two users', 'allowed', ['ada', 'bob']],
  ['with two users and without third-party cookies', 'blocked', ['ada', 'bob']],
])(
  'all tabs come to agree, show that, and lose nothing, %s',
  { timeout: 600_000 },
  async (_, world, users) => {
    const runIsland = await buildIsland()
    let exchanges = 0
    await fc.assert(
      fc.asyncProperty(plansOf(world, users), async (plan) => {
        exchanges += await take(plan, users.length === 1, runIsland)
      }),
      { numRuns: walks, seed, unbiased: true, endOnFailure: process.env['WALKS_SHRINK'] === '0' },
    )
    expect(exchanges, 'exchanges of all walks').toBeGreaterThan(walks)
  },
)
