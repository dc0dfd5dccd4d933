// The primary's two cookies can name two sessions: a write has set the session cookie, and the answer of a fetch from
// another domain, which arrives after it, the link cookie.
import { describe, expect, test } from 'vitest'
import { memoryStore } from '../../src/stores/memory.js'
import { Deployment, FakeBrowser, navigation, primary, secondary, third } from '../support/fakeBrowser.js'

const linkName = '__Host-Http-crossdomain-link'

/** A guest with a cart on the primary, and another one with a wishlist on the secondary, whom the link cookie names. */
async function open(options: ConstructorParameters<typeof Deployment>[1] = {}): Promise<FakeBrowser> {
  const browser = new FakeBrowser(new Deployment(memoryStore(), options))
  await browser.visit(secondary)
  const first = await browser.session(primary)
  await browser.sync(secondary)
  const link = browser.jar(primary).get(linkName)
  await first.set('cart', 1)
  if (link !== undefined) browser.jar(primary).set(linkName, link)
  await (await browser.session(secondary)).set('wishlist', 1)
  return browser
}

const exchanges = {
  'a fetch': (browser: FakeBrowser) => browser.sync(secondary),
  'a navigation': (browser: FakeBrowser) => browser.navigate(`${secondary}/crossdomain/start?return_to=/`),
}

const requests = {
  'a page': (browser: FakeBrowser) =>
    browser.session(primary, { canSetCookies: false, headers: { ...navigation, origin: undefined } }),
  'a write': async (browser: FakeBrowser) => (await browser.session(primary)).set('theme', 'dark'),
  'a sign-in': async (browser: FakeBrowser) => (await browser.session(primary)).login('ada'),
}

async function expectAll(browser: FakeBrowser, userId: string | null): Promise<void> {
  for (const domain of [secondary, secondary, third, primary]) {
    if (domain !== primary) await browser.navigate(`${domain}/crossdomain/start?return_to=/`)
    const session = await browser.session(domain)
    expect([domain, session.userId, session.get('cart'), session.get('wishlist')]).toEqual([
      domain,
      userId,
      1,
      1,
    ])
  }
}

describe.each(Object.entries(exchanges))('two cookies of the primary, and %s', (_, exchange) => {
  test.each(Object.entries(requests))(
    'after a sign-in on the secondary, then %s: the cart of the primary comes along',
    async (_name, request) => {
      const browser = await open()
      await (await browser.session(secondary)).login('ada')
      await exchange(browser)
      await request(browser)
      await expectAll(browser, 'ada')
    },
  )

  test('after a sign-in on the secondary, then nothing: the cart of the primary comes along', async () => {
    const browser = await open()
    await (await browser.session(secondary)).login('ada')
    await exchange(browser)
    await expectAll(browser, 'ada')
  })

  test('of guests, then a page: one session has both', async () => {
    const browser = await open()
    await exchange(browser)
    await requests['a page'](browser)
    await exchange(browser)
    await expectAll(browser, null)
  })
})

test('two sessions stay two without consent', async () => {
  let has = true
  const browser = await open({ mayCreateSession: () => has })
  await exchanges['a fetch'](browser)
  has = false
  const { deployment } = browser
  const before = deployment.sessionsWritten.length
  // A request that another site began takes no consent back, because it may lack the cookie that holds it.
  const headers = { ...navigation, 'sec-fetch-site': 'cross-site', origin: undefined }
  await browser.session(primary, { canSetCookies: false, headers })
  expect(deployment.sessionsWritten).toHaveLength(before)
  has = true
  await browser.session(primary, { canSetCookies: false, headers })
  expect(deployment.sessionsWritten.length).toBeGreaterThan(before)
})

test('after a fetch has told the primary of a sign-out, its next page goes on where the other domain is', async () => {
  const browser = new FakeBrowser(new Deployment(memoryStore()))
  await browser.visit(secondary)
  await (await browser.session(primary)).set('cart', 1)
  await browser.sync(secondary)
  await (await browser.session(secondary)).login('ada')
  // Now only the link cookie of the primary is the user's.
  await browser.sync(secondary)
  await (await browser.session(secondary)).logout()
  await browser.sync(secondary)
  const session = await browser.session(primary)
  expect(session.fingerprint).toBe((await browser.session(secondary)).fingerprint)
  await session.set('cart', 2)
  expect((await browser.session(secondary)).get('cart')).toBe(2)
})
