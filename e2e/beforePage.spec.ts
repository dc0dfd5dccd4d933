// A visitor who comes from a sister domain by a link: the first page that the server sends is right.
import type { Page } from '@playwright/test'
import { documentsOf } from './harness/documents.js'
import { originOf } from './harness/shop.js'
import { expect, test, worlds } from './harness/test.js'
import { addToCart, expectShown, signIn } from './harness/visitor.js'

/** Clicks a link of this page. */
function follow(page: Page, href: string) {
  return documentsOf(page, href, async () => {
    await page.evaluate((to) => {
      const link = Object.assign(document.createElement('a'), { href: to, id: 'over', textContent: 'over' })
      document.body.append(link)
    }, href)
    await page.locator('#over').click()
  })
}

const target = `${originOf('secondary')}/cart?utm_source=news.de-1&x=2#note`
const asIfOnce = [
  target.split('#')[0],
  `${originOf('primary')}/crossdomain/check?claim`,
  `${originOf('secondary')}/crossdomain/replace?ticket`,
  target.split('#')[0],
]

for (const { world } of worlds) {
  test.describe(world, () => {
    test.use({ browserWorld: world })

    test('a link from the primary shows user and cart at the first paint, and the page loads once', async ({
      page,
      open,
      exchange,
    }) => {
      await open(page, 'primary')
      await addToCart(page)
      await signIn(page, 'ada')
      exchange.clear()
      const { html, asked } = await follow(page, target)
      expect(html).toContain('Ada Lovelace')
      expect(html).toContain('Stoneware mug')
      await expectShown(page, { cart: 1, user: 'ada' })
      await exchange.settle()
      expect(asked).toEqual(asIfOnce)
      expect(page.url()).toBe(target)
      // The island asks its own domain whether anything is to be done, and it is not.
      expect(exchange.actions()).toEqual(['check', 'replace', 'start'])
    })
  })
}

test('an address whose query Next.js writes anew stays as it is, and its page comes first', async ({
  page,
  open,
}) => {
  await open(page, 'primary')
  await addToCart(page)
  const odd = `${originOf('secondary')}/cart?x=1&y&z=%20+~%7E&x=%C3%BC#note`
  const { asked } = await follow(page, odd)
  expect(asked).toEqual([odd.split('#')[0]])
  await expectShown(page, { cart: 1 })
  expect(page.url()).toBe(odd)
})

test.describe('cookies off', () => {
  test.use({ browserWorld: 'cookies off' })

  test('a link from the primary leads to the page without a loop', async ({ page, open, exchange }) => {
    await open(page, 'primary')
    const { asked } = await follow(page, target)
    await expectShown(page, { cart: 0 })
    await exchange.settle()
    expect(asked).toEqual(asIfOnce)
    expect(page.url()).toBe(target)
  })
})
