// Several tabs at once.
import { expect, test, worlds } from './harness/test.js'
import { originOf } from './harness/shop.js'
import { addToCart, agreed, expectAgreement, expectShown, fingerprintOf } from './harness/visitor.js'

test('two tabs of one secondary make one exchange, and both show what it brought', async ({
  context,
  page,
  open,
  exchange,
  apart,
}) => {
  await open(page, 'primary')
  await addToCart(page)
  await apart.begin()
  await open(page, 'secondary', '/cart')
  await expectShown(page, { cart: 0 })
  await exchange.settle(500)
  await apart.end()
  exchange.clear()
  const tab = await context.newPage()
  await Promise.all([page.reload(), open(tab, 'secondary', '/cart')])
  for (const shown of [page, tab]) await expectShown(shown, { cart: 1 })
  await exchange.settle()
  expect(exchange.actions()).toEqual(['start', 'check', 'replace'])
})

test('a tab that was open before shows what the exchange of another tab brought', async ({
  context,
  page,
  open,
  exchange,
  apart,
}) => {
  await apart.begin()
  await open(page, 'secondary', '/cart')
  await expectShown(page, { cart: 0 })
  const tab = await context.newPage()
  await open(tab, 'primary')
  await addToCart(tab)
  await exchange.settle(500)
  await apart.end()
  await open(tab, 'secondary')
  for (const shown of [tab, page]) {
    await expectShown(shown, { cart: 1 })
    await expect(agreed(shown)).toContainText('replaced by fetch')
  }
})

test('a tab that was still loading when another one made the exchange shows what it brought', async ({
  context,
  page,
  open,
  apart,
}) => {
  await open(page, 'primary')
  await addToCart(page)
  await apart.begin()
  await open(page, 'secondary', '/cart')
  await expectShown(page, { cart: 0 })
  // Its HTML is there, rendered with the session from before; what the other tab will say, it cannot hear without its scripts.
  const tab = await context.newPage()
  let load = () => {}
  const loading = new Promise<void>((resolve) => (load = resolve))
  await tab.route(/\/_next\/static\/.*\.js/, async (route) => {
    await loading
    await route.continue()
  })
  await tab.goto(`${originOf('secondary')}/cart`, { waitUntil: 'commit' })
  await expectShown(tab, { cart: 0 })
  await apart.end()
  await page.reload()
  await expectShown(page, { cart: 1 })
  await expectAgreement(page)
  load()
  await expectShown(tab, { cart: 1 })
})

for (const { world } of worlds) {
  test.describe(world, () => {
    test.use({ browserWorld: world })

    test('two tabs that open a secondary for the first time, at the same moment, agree', async ({
      context,
      page,
      open,
      exchange,
    }) => {
      await open(page, 'primary')
      await addToCart(page)
      const tab = await context.newPage()
      await Promise.all([page, tab].map((opened) => opened.goto(originOf('secondary'))))
      for (const shown of [page, tab]) await expectShown(shown, { cart: 1 })
      await exchange.settle()
      await Promise.all([page, tab].map((shown) => shown.reload()))
      expect(await fingerprintOf(page)).toBe(await fingerprintOf(tab))
    })
  })
}

test('two secondaries that are opened at the same moment, before the primary ever was, end on one session', async ({
  context,
  page,
  exchange,
  open,
}) => {
  const tab = await context.newPage()
  await Promise.all([page.goto(originOf('secondary')), tab.goto(originOf('another'))])
  for (const opened of [page, tab]) await expect(agreed(opened)).toContainText(/use_current|replaced/)
  await exchange.settle(2_000)
  await addToCart(page)
  for (const domain of ['another', 'primary', 'secondary'] as const) {
    await open(tab, domain)
    await expectShown(tab, { cart: 1 })
  }
})
