// What a visitor sees who opens one domain after the other.
import { expect, test, worlds } from './harness/test.js'
import { addToCart, agreed, expectShown, fingerprintOf } from './harness/visitor.js'

for (const { world, via } of worlds) {
  test.describe(world, () => {
    test.use({ browserWorld: world })

    test('a cart that was filled on the primary is there on a secondary', async ({ page, open }) => {
      await open(page, 'primary')
      await addToCart(page)
      const fingerprint = await fingerprintOf(page)
      await open(page, 'secondary')
      await expect(agreed(page)).toContainText(`replaced by ${via}`)
      await expectShown(page, { cart: 1 })
      expect(await fingerprintOf(page)).toBe(fingerprint)
    })

    test('a cart that was filled on a secondary before any meeting moves to the primary', async ({
      page,
      open,
      apart,
    }) => {
      await apart.begin()
      await open(page, 'secondary')
      await addToCart(page)
      await apart.end()
      await page.reload()
      await expect(agreed(page)).toContainText(`use_current by ${via}`)
      await expectShown(page, { cart: 1 })
      const fingerprint = await fingerprintOf(page)
      await open(page, 'primary')
      await expectShown(page, { cart: 1 })
      expect(await fingerprintOf(page)).toBe(fingerprint)
    })

    test('a visitor of a secondary who has nothing yet has one session with the primary all the same', async ({
      page,
      open,
    }) => {
      await open(page, 'secondary')
      await expect(agreed(page)).toContainText(`use_current by ${via}`)
      await addToCart(page)
      await open(page, 'primary')
      await expectShown(page, { cart: 1 })
    })

    test('a third domain joins, and what is added there is everywhere', async ({ page, open }) => {
      await open(page, 'primary')
      await addToCart(page)
      await open(page, 'secondary')
      await expect(agreed(page)).toContainText('replaced')
      await open(page, 'another')
      await expect(agreed(page)).toContainText('replaced')
      await expectShown(page, { cart: 1 })
      await addToCart(page, 1)
      const fingerprint = await fingerprintOf(page)
      for (const domain of ['secondary', 'primary'] as const) {
        await open(page, domain)
        await expectShown(page, { cart: 2 })
        expect(await fingerprintOf(page)).toBe(fingerprint)
      }
    })

    test('a page that the server renders shows the cart of the primary, too', async ({ page, open }) => {
      await open(page, 'primary')
      await addToCart(page)
      await open(page, 'secondary', '/cart')
      await expect(agreed(page)).toContainText(`replaced by ${via}`)
      await expectShown(page, { cart: 1 })
      await expect(page.getByTestId('quantity-mug')).toHaveText('1')
    })
  })
}
