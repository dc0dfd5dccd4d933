// Browsers in which storage throws, as in some private modes.
import { originOf } from './harness/shop.js'
import { expect, test, worlds } from './harness/test.js'
import { addToCart, expectShown } from './harness/visitor.js'

for (const { world } of worlds) {
  test.describe(world, () => {
    test.use({ browserWorld: world })

    for (const kind of ['methods', 'objects'] as const) {
      test(`pages work, and a page asks once, where the ${kind} of storage throw`, async ({
        page,
        context,
        open,
        exchange,
      }) => {
        await context.addInitScript((what) => {
          const refuse = () => {
            throw new DOMException('refused', 'SecurityError')
          }
          if (what === 'methods')
            for (const name of ['getItem', 'setItem', 'removeItem'] as const) Storage.prototype[name] = refuse
          else
            for (const name of ['localStorage', 'sessionStorage'])
              Object.defineProperty(window, name, { get: refuse })
        }, kind)
        await open(page, 'primary')
        await addToCart(page)
        await open(page, 'secondary')
        await exchange.waitFor('check')
        await exchange.settle()
        if (world === 'third-party allowed') {
          expect(exchange.actions()).toEqual(['start', 'check', 'replace'])
          await expectShown(page, { cart: 1 })
        } else {
          // A navigation that could not be remembered might be made again and again, so none is made.
          expect(exchange.actions()).toEqual(['start', 'check'])
          await addToCart(page)
        }
      })
    }
  })
}

test('a page works in a frame where reading cookies throws', async ({ page, open, exchange, errors }) => {
  errors.allow(/CORS policy|ERR_FAILED/)
  // A page without the island, so that only the frame could begin.
  await open(page, 'primary', '/api/cart')
  await page.evaluate((src) => {
    const frame = Object.assign(document.createElement('iframe'), { src })
    frame.setAttribute('sandbox', 'allow-scripts')
    document.body.append(frame)
  }, originOf('secondary'))
  const frame = page.frameLocator('iframe')
  await expect(frame.getByTestId('cart-count')).toHaveText('0')
  await expect(frame.getByTestId('agreed')).toHaveText('not yet')
  await exchange.settle()
  expect(exchange.actions()).toEqual([])
})
