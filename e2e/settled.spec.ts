// The page of orders wants a settled session: it goes through the exchange before the server shows it.
import type { Page } from '@playwright/test'
import { documentsOf } from './harness/documents.js'
import { originOf } from './harness/shop.js'
import { expect, test, worlds } from './harness/test.js'
import { addToCart, agreed, expectShown, signIn, signOut } from './harness/visitor.js'

/** Types an address. */
function type(page: Page, href: string) {
  return documentsOf(page, href, () => page.goto(href))
}

const query = '?x=1&y&z=%20+~%7E&x=%C3%BC'
const address = `${originOf('secondary')}/orders${query}`
const start = `${originOf('secondary')}/crossdomain/start?return_to=${encodeURIComponent(`/orders${query}`)}&unseen`
const whole = [
  address,
  start,
  `${originOf('primary')}/crossdomain/check?claim`,
  `${originOf('secondary')}/crossdomain/replace?ticket`,
  address,
]

for (const { world } of worlds) {
  test.describe(world, () => {
    test.use({ browserWorld: world })

    test('the first page of a domain shows whom the primary knows, at its own address', async ({
      page,
      open,
    }) => {
      await open(page, 'primary')
      await addToCart(page)
      await signIn(page, 'ada')
      const { html, asked } = await type(page, `${address}#note`)
      expect(html).toContain('Ada Lovelace')
      await expectShown(page, { cart: 1, user: 'ada' })
      expect([asked, page.url()]).toEqual([whole, `${address}#note`])
    })

    test('a page whose session has ended shows the present one, and loads once', async ({
      page,
      open,
      exchange,
    }) => {
      await open(page, 'primary')
      await signIn(page, 'ada')
      await open(page, 'secondary')
      await expect(agreed(page)).toContainText('replaced')
      await expectShown(page, { cart: 0, user: 'ada' })
      await exchange.settle()
      await open(page, 'primary')
      await signOut(page)
      await signIn(page, 'grace')
      exchange.clear()
      const { html, asked } = await type(page, `${address}#note`)
      expect(html).toContain('Grace Hopper')
      await exchange.settle()
      expect([asked, page.url()]).toEqual([whole, `${address}#note`])
      // The island asks its own domain whether anything is to be done, and it is not.
      expect(exchange.actions()).toEqual(['start', 'check', 'replace', 'start'])
      const again = await type(page, address)
      expect(again.asked).toEqual([address])
      await page.goBack()
      await page.goBack()
      expect(page.url()).toBe(`${originOf('primary')}/`)
    })
  })
}

test.describe('cookies off', () => {
  test.use({ browserWorld: 'cookies off' })

  test('the page is shown without a loop', async ({ page, errors }) => {
    errors.allow(/400/)
    const { asked } = await type(page, address)
    await expectShown(page, { cart: 0 })
    expect([asked, page.url()]).toEqual([[address, start, address], address])
  })
})
