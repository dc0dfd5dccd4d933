// A visitor who refuses cookies.
import { expect, test } from './harness/test.js'
import { expectShown } from './harness/visitor.js'

test.use({ browserWorld: 'cookies off' })

test('pages work and no exchange begins', async ({ page, open, exchange }) => {
  for (const domain of ['primary', 'secondary'] as const) {
    for (const path of ['/', '/cart']) {
      await open(page, domain, path)
      await expectShown(page, { cart: 0 })
    }
  }
  await exchange.settle()
  expect(exchange.actions()).toEqual([])
})

test('a write lasts as long as the page that made it', async ({ page, open, exchange }) => {
  await open(page, 'secondary')
  await expectShown(page, { cart: 0 })
  await page.getByTestId('add-to-cart').click()
  await expectShown(page, { cart: 1 })
  await page.reload()
  await expectShown(page, { cart: 0 })
  await exchange.settle()
  expect(exchange.actions()).toEqual([])
})
