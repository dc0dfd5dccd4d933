// Signing in and out on one domain is seen on all of them.
import { expect, test, worlds } from './harness/test.js'
import type { ShopDomain } from './harness/shop.js'
import {
  addToCart,
  agreed,
  expectAgreement,
  expectShown,
  fingerprintOf,
  signIn,
  signOut,
} from './harness/visitor.js'

for (const { world } of worlds) {
  test.describe(world, () => {
    test.use({ browserWorld: world })

    /** A visitor whom both domains know, with one thing in the cart. */
    test.beforeEach(async ({ page, open }) => {
      await open(page, 'primary')
      await addToCart(page)
      await open(page, 'secondary')
      await expect(agreed(page)).toContainText('replaced')
    })

    const journeys: readonly (readonly [ShopDomain, ShopDomain, string])[] = [
      ['primary', 'secondary', '/'],
      ['primary', 'secondary', '/cart'],
      ['secondary', 'primary', '/'],
    ]
    for (const [here, there, path] of journeys) {
      test(`signed in on the ${here}: seen on ${path} of the ${there}, with the guest’s cart, and signed out as well`, async ({
        page,
        open,
      }) => {
        await open(page, here)
        await signIn(page, 'ada')
        if (here === 'secondary') await expectAgreement(page)
        await open(page, there, path)
        await expectShown(page, { cart: 1, user: 'ada' })
        await open(page, here, path)
        await expectShown(page, { cart: 1, user: 'ada' })
        await signOut(page)
        await expectShown(page, { cart: 0 })
        if (here === 'secondary') await expectAgreement(page)
        await open(page, there, path)
        await expectShown(page, { cart: 0 })
      })
    }

    test('signed in on one secondary and out on another: seen on all three', async ({ page, open }) => {
      await open(page, 'another')
      await expect(agreed(page)).toContainText('replaced')
      await open(page, 'secondary')
      await signIn(page, 'ada')
      await expectAgreement(page)
      await open(page, 'another', '/cart')
      await expectShown(page, { cart: 1, user: 'ada' })
      await expectAgreement(page)
      await signOut(page)
      await expectAgreement(page)
      for (const domain of ['secondary', 'primary', 'another'] as const) {
        await open(page, domain)
        await expectShown(page, { cart: 0 })
      }
    })

    test('the next user sees nothing of the one before', async ({ page, open }) => {
      await signIn(page, 'ada')
      await expectAgreement(page)
      const ada = await fingerprintOf(page)
      await signOut(page)
      await expectAgreement(page)
      await signIn(page, 'grace')
      await expectShown(page, { cart: 0, user: 'grace' })
      await expectAgreement(page)
      expect(await fingerprintOf(page)).not.toBe(ada)
      await open(page, 'primary')
      await expectShown(page, { cart: 0, user: 'grace' })
    })
  })
}

test('a sign-in in the first second on a secondary is not lost', async ({ page, open, exchange, errors }) => {
  // The exchange that was under way gives way to the sign-in, and its answer says so: CDS302, or CDS410 where the new cookie is there already.
  errors.allow(/40[39] .*\/crossdomain\/replace/)
  await open(page, 'primary')
  await addToCart(page)
  await open(page, 'secondary')
  await page.getByTestId('sign-in-ada').click()
  await expectShown(page, { cart: 1, user: 'ada' })
  await exchange.settle()
  for (const domain of ['primary', 'secondary'] as const) {
    await open(page, domain, '/cart')
    await expectShown(page, { cart: 1, user: 'ada' })
  }
})
