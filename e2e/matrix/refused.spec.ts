// What a visitor refuses, and what no script finds.
import { domains } from './shop.js'
import { ShopTab } from './shopTab.js'
import { expect, test } from './test.js'

test('without cookies, pages work as for a guest, and nothing loops', async ({ launch, front }) => {
  const engine = await launch({ cookies: false })
  const visitor = await engine.welcome()
  const tab = new ShopTab(await visitor.newTab())
  for (const domain of domains) {
    front.forget()
    await tab.open(domain, '/cart')
    await tab.expectShown({ cart: 0 })
    await front.quiet()
    expect(front.cost().loads).toBe(1)
  }
})

test('no script finds anything that opens a session', async ({ tab, front }) => {
  const seen: unknown[] = []
  const look = async () =>
    seen.push(
      await tab.read(`[
        location.href, document.referrer, document.cookie, window.name, document.documentElement.outerHTML,
        JSON.stringify([localStorage, sessionStorage, history.state, performance.getEntries()]),
      ].join('\\n')`),
    )
  await tab.open('primary')
  await tab.addToCart()
  await tab.signIn('ada', 1)
  await look()
  for (const domain of ['secondary', 'another'] as const) {
    await tab.open(domain)
    await tab.expectShown({ cart: 1, user: 'ada' })
    await tab.expectAgreement()
    await look()
  }
  const all = seen.join('\n')
  const secrets = front.secrets().filter((value) => value !== '')
  expect(secrets.length).toBeGreaterThan(3)
  expect(secrets.filter((value) => all.includes(value) || all.includes(decodeURIComponent(value)))).toEqual(
    [],
  )
  expect(all).not.toContain('Fe26.2')
})
