// A page that is open stays usable while its domain meets the primary.
import { originOf } from './shop.js'
import type { ShopTab } from './shopTab.js'
import { expect, test } from './test.js'
import { expectTogether } from './together.js'

/** A visitor with one thing in the cart, before a page of a secondary whose exchange has begun and is not answered. */
async function beMeeting(tab: ShopTab, hold: () => void, path: string): Promise<void> {
  await tab.open('primary')
  await tab.addToCart()
  hold()
  await tab.open('secondary', path)
  // By then the page has woken up.
  await tab.until(`document.querySelector('[data-testid=cart-count]')?.getAttribute('aria-busy') === 'false'`)
}

test('what somebody types while the domains meet stays, and so does the caret', async ({ tab, front }) => {
  await beMeeting(tab, () => front.hold(), '/cart')
  await tab.click('note')
  await tab.tab.type('for my grand')
  front.release()
  await front.quiet()
  await tab.tab.type('mother')
  await tab.until(`document.querySelector('[data-testid=note]')?.value === 'for my grandmother'`)
  expect(await tab.read(`document.activeElement?.selectionStart`)).toBe('for my grandmother'.length)
  await tab.open('secondary')
  await tab.expectShown({ cart: 1 })
  await expectTogether(tab, { cart: 1 })
})

test('what somebody puts into the cart while the domains meet is in it', async ({ tab, front }) => {
  await beMeeting(tab, () => front.hold(), '/')
  await tab.click('add-to-cart')
  front.release()
  await front.quiet()
  await tab.open('secondary')
  await tab.expectShown({ cart: 2 })
  await expectTogether(tab, { cart: 2 })
})

test('a link that somebody clicks while the domains meet is followed', async ({ tab, front }) => {
  await beMeeting(tab, () => front.hold(), '/')
  await tab.click('a[href="/cart"]')
  front.release()
  await tab.until(`location.href === ${JSON.stringify(`${originOf('secondary')}/cart`)}`)
  await front.quiet()
  await tab.open('secondary')
  await tab.expectShown({ cart: 1 })
  await expectTogether(tab, { cart: 1 })
})
