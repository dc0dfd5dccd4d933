// People are faster than pages: a click before, while or just after the exchange runs.
import { expect, test, worlds } from './harness/test.js'
import { originOf } from './harness/shop.js'
import { addToCart, agreed, expectAgreement, expectShown, signIn } from './harness/visitor.js'

for (const delayMs of [0, 5, 10, 20, 40, 60, 80, 120, 160, 240]) {
  test(`a product that is added ${delayMs} ms after the button of a secondary shows is not lost`, async ({
    page,
    open,
    exchange,
  }) => {
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

for (const { world } of worlds) {
  test.describe(world, () => {
    test.use({ browserWorld: world })
    for (const delayMs of [0, 20, 40, 60, 80, 120, 240, 480]) {
      test(`a sign-in ${delayMs} ms after the button of a secondary shows reaches the primary`, async ({
        page,
        open,
        errors,
      }) => {
        // An exchange that was under way gives way to the sign-in, and says so.
        errors.allow(/40[39] .*\/crossdomain\/replace/)
        await open(page, 'primary')
        await addToCart(page)
        await page.goto(originOf('secondary'), { waitUntil: 'commit' })
        const button = page.getByTestId('sign-in-ada')
        await button.waitFor()
        if (delayMs > 0) await page.waitForTimeout(delayMs)
        await button.click({ noWaitAfter: true })
        await expect(page.getByTestId('user')).toHaveText('Ada Lovelace')
        await expectAgreement(page)
        await expectShown(page, { cart: 1, user: 'ada' })
        await open(page, 'primary', '/cart')
        await expectShown(page, { cart: 1, user: 'ada' })
      })
    }
  })
}

test('a sign-in before the page has looked at the answer is agreed on next', async ({ page, open }) => {
  await open(page, 'primary')
  await addToCart(page)
  // The cookie of the answer is there at once; the page is busy, and reads the answer only after the sign-in.
  await page.addInitScript(() => {
    const read = Response.prototype.json
    Response.prototype.json = async function () {
      const signedIn = () => document.querySelector('[data-testid=user]')?.textContent !== 'guest'
      while (this.url.includes('/crossdomain/replace') && !signedIn())
        await new Promise((resolve) => setTimeout(resolve, 20))
      return (await read.call(this)) as unknown
    }
  })
  const replaced = page.waitForResponse(/crossdomain\/replace/)
  await open(page, 'secondary')
  await replaced
  await signIn(page, 'ada')
  await expectAgreement(page)
  await open(page, 'primary', '/cart')
  await expectShown(page, { cart: 1, user: 'ada' })
})
