// Several tabs, several starts of the browser, and Back.
import { originOf } from './shop.js'
import { ShopTab } from './shopTab.js'
import { expect, test } from './test.js'
import { expectTogether } from './together.js'

test('two tabs on two secondaries at once, before the primary ever was, end on one session', async ({
  tab,
  newTab,
}) => {
  const other = await newTab()
  await Promise.all([tab.open('secondary'), other.open('another')])
  await Promise.all([tab.expectAgreement(), other.expectAgreement()])
  // Each may have made a session of its own on the primary. The next page finds the one that the browser kept.
  await tab.open('secondary')
  await tab.expectFinalAgreement()
  await tab.addToCart()
  await expectTogether(other, { cart: 1 })
})

test('a restart keeps what a browser keeps, and a private window nothing', async ({
  cell,
  launch,
  front,
}) => {
  let engine = await launch()
  let visitor = await engine.resident()
  let tab = new ShopTab(await visitor.newTab())
  await tab.open('primary')
  await tab.addToCart()
  await tab.signIn('ada', 1)
  await tab.open('secondary')
  await tab.expectShown({ cart: 1, user: 'ada' })
  await tab.expectAgreement()
  await engine.close()

  engine = await launch()
  visitor = await engine.resident()
  tab = new ShopTab(await visitor.newTab())
  front.forget()
  await tab.open('secondary')
  if (cell.isPrivate) await tab.expectShown({ cart: 0 })
  else {
    await tab.expectShown({ cart: 1, user: 'ada' })
    await expectTogether(tab, { cart: 1, user: 'ada' })
  }
})

test('one Back returns to the page before, and Forward to this one', async ({ tab }) => {
  await tab.open('primary', '/cart?from=a%20b&%C3%BC=1')
  await tab.expectShown({ cart: 0 })
  const before = await tab.read('location.href')
  await tab.open('secondary', '/cart?to=c%2Fd&n')
  await tab.expectAgreement()
  await tab.until(`location.href === ${JSON.stringify(`${originOf('secondary')}/cart?to=c%2Fd&n`)}`)
  await tab.tab.back()
  await tab.until(`location.href === ${JSON.stringify(before)}`)
  await tab.tab.forward()
  await tab.until(`location.href === ${JSON.stringify(`${originOf('secondary')}/cart?to=c%2Fd&n`)}`)
  await tab.expectShown({ cart: 0 })
})

test('an address is as it was opened, and its anchor in sight', async ({ tab }) => {
  const path = '/cart?from=a%20b&%C3%BC=1#note%20%C3%BC'
  await tab.open('secondary', path)
  await tab.expectAgreement()
  await tab.until(`location.href === ${JSON.stringify(originOf('secondary') + path)}`)
  expect(await tab.read('history.length')).toBeLessThanOrEqual(2)
})

test('a copied address carries nobody’s session', async ({ tab, launch }) => {
  await tab.open('primary')
  await tab.signIn('ada', 0)
  // In WebKit without ITP, only a page with `useSession` is sure to show what the first exchange brings.
  await tab.open('secondary')
  await tab.expectShown({ cart: 0, user: 'ada' })
  await tab.open('secondary', '/cart')
  await tab.expectShown({ cart: 0, user: 'ada' })
  const address = new URL(String(await tab.read('location.href')))
  const stranger = await (await launch()).welcome()
  const there = new ShopTab(await stranger.newTab())
  await there.open('secondary', address.pathname + address.search + address.hash)
  await there.expectAgreement()
  await there.expectShown({ cart: 0 })
})
