// `useSession` on the static start page: what it shows is never older than the last look at it.
import { expect, test } from './harness/test.js'
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
