// One cart, on whichever domain it was begun.
import { domains } from './shop.js'
import { expect, test } from './test.js'
import { expectTogether } from './together.js'

test('a cart begun on the primary is on a secondary and on a third domain', async ({ tab }) => {
  await tab.open('primary')
  await tab.addToCart()
  for (const domain of ['secondary', 'another'] as const) {
    await tab.open(domain)
    await tab.expectShown({ cart: 1 })
  }
  await expectTogether(tab, { cart: 1 })
})

test('a cart begun on a secondary is on the primary and on a third domain', async ({ tab }) => {
  await tab.open('secondary')
  await tab.expectAgreement()
  await tab.addToCart()
  for (const domain of ['another', 'primary'] as const) {
    await tab.open(domain)
    await tab.expectShown({ cart: 1 })
  }
  await expectTogether(tab, { cart: 1 })
})

test('guest carts of all domains become one', async ({ tab, front }) => {
  front.keepApart()
  for (const domain of domains) {
    await tab.open(domain)
    await tab.expectShown({ cart: 0 })
    await tab.addToCart()
    // What the island noted of a navigation that came to nothing keeps it from trying for an hour.
    await tab.read('(localStorage.clear(), sessionStorage.clear())')
  }
  front.release()
  await tab.open('secondary')
  await tab.expectShown({ cart: 2 })
  await tab.open('another')
  await tab.expectShown({ cart: 3 })
  await expectTogether(tab, { cart: 3 })
})

test('a second visit makes no exchange', async ({ tab, front }) => {
  await tab.open('primary')
  await tab.addToCart()
  await expectTogether(tab, { cart: 1 })
  for (const domain of domains) {
    front.forget()
    await tab.open(domain)
    await tab.expectShown({ cart: 1 })
    await front.quiet()
    expect(front.cost()).toEqual({ loads: 1, redirects: 0, exchange: [] })
  }
})
