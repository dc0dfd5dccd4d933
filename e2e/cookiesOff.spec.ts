// A visitor who refuses cookies.
import { expect, test } from './harness/test.js'
import { expectShown } from './harness/visitor.js'

test.use({ browserWorld: 'cookies off' })

test('pages work, and nothing gets to the primary', async ({ page, open, exchange }) => {
  for (const domain of ['primary', 'secondary'] as const) {
    for (const path of ['/', '/cart']) {
      await open(page, domain, path)
      await expectShown(page, { cart: 0 })
    }
  }
  await exchange.settle()
  // The browser itself begins with each first page, and this domain answers.
  expect(new Set(exchange.actions())).toEqual(new Set(['start']))
})

test('a write cannot stay, the page says why, and nothing loops', async ({ page, open, exchange }) => {
  await open(page, 'secondary')
  await expectShown(page, { cart: 0 })
  await page.getByTestId('add-to-cart').click()
  await expect(page.getByTestId('cookies-off')).toBeVisible()
  await page.reload()
  await expectShown(page, { cart: 0 })
  await exchange.settle()
  // The browser itself begins with each first page, and this domain answers.
  expect(new Set(exchange.actions())).toEqual(new Set(['start']))
})
