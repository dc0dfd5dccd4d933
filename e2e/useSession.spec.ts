// `useSession` on the static start page: what it shows is never older than the last look at it.
import { expect, test, worlds } from './harness/test.js'
import { originOf } from './harness/shop.js'
import { addToCart, expectShown, signIn, signOut } from './harness/visitor.js'

for (const domain of ['primary', 'secondary'] as const) {
  test(`a static page of the ${domain} shows, by its links alone, what was done on another page`, async ({
    page,
    open,
    exchange,
  }) => {
    await open(page, domain)
    await addToCart(page)
    await exchange.settle()
    // A full load would forget this, and hide what is tested here.
    await page.evaluate(() => Object.assign(window, { isSamePage: true }))
    const isSamePage = () => page.evaluate(() => 'isSamePage' in window)

    await page.locator('a.user').click()
    await expect(page).toHaveURL(/\/account$/)
    await signIn(page, 'ada')
    await page.locator('a.brand').click()
    await expect(page).not.toHaveURL(/\/account/)
    await expectShown(page, { cart: 1, user: 'ada' })

    await exchange.settle()
    await page.locator('a.user').click()
    await expect(page).toHaveURL(/\/account$/)
    await signOut(page)
    await page.locator('a.brand').click()
    await expect(page).not.toHaveURL(/\/account/)
    await expectShown(page, { cart: 0 })
    expect(await isSamePage()).toBe(true)
  })
}

for (const { world } of worlds) {
  test.describe(world, () => {
    test.use({ browserWorld: world })

    test('a guest who may still turn out to be a user is not settled, and the user is', async ({
      page,
      open,
    }) => {
      await open(page, 'primary')
      await signIn(page, 'ada')
      await page.route('**/crossdomain/start**', async (route) => {
        await new Promise((resolve) => setTimeout(resolve, 2000))
        await route.continue()
      })
      await page.goto(originOf('secondary'))
      const user = page.locator('a.user')
      await expect(user).toHaveText('guest')
      await expect(page.getByTestId('fingerprint')).toHaveText(/^[0-9a-f]{10}$/)
      expect(await user.getAttribute('aria-busy')).toBe('true')
      await expect(user).toHaveText('Ada Lovelace')
      await expect(user).toHaveAttribute('aria-busy', 'false')
    })
  })
}
