// People are faster than pages: a click before, while or just after the exchange runs.
import { expect, test } from './harness/test.js'
import { originOf } from './harness/shop.js'
import { addToCart, agreed, expectShown } from './harness/visitor.js'

for (const delayMs of [0, 5, 10, 20, 40, 60, 80, 120, 160, 240]) {
  test(`a product that is added ${delayMs} ms after the button of a secondary shows is not lost`, async ({ page, open, exchange }) => {
    await open(page, 'primary')
    await addToCart(page)
    await page.goto(originOf('secondary'), { waitUntil: 'commit' })
    const button = page.getByTestId('add-to-cart')
    await button.waitFor()
    if (delayMs > 0) await page.waitForTimeout(delayMs)
    await button.click({ noWaitAfter: true })
    await expect(agreed(page)).toContainText(/replaced|use_current/)
    await expectShown(page, { cart: 2 })
    await exchange.settle(500)
    await open(page, 'primary')
    await expectShown(page, { cart: 2 })
  })
}
