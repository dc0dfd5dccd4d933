// The store stops answering while people shop, and comes back.
import type { BrowserContext } from '@playwright/test'
import { expect, test, worlds } from './harness/test.js'
import { turnDatabase } from './harness/databaseSwitch.js'
import { addToCart, ageAgreement, agreed, expectShown, weekSeconds } from './harness/visitor.js'

test.afterEach(() => turnDatabase('pass'))

for (const { world } of worlds) {
  for (const mode of ['refuse', 'hang'] as const) {
    test.describe(`${world}, the store does ${mode}`, () => {
      test.use({ browserWorld: world })

      test('pages show a guest, a write says that it failed, and all is there again afterwards', async ({ page, context, open, exchange, errors }) => {
        errors.allow(/503/)
        await open(page, 'primary')
        await addToCart(page)
        await open(page, 'secondary')
        await expect(agreed(page)).toContainText('replaced')
        const before = await httpOnlyCookies(context)
        await ageAgreement(page, weekSeconds)
        exchange.clear()

        await turnDatabase(mode)
        await open(page, 'secondary')
        await expect(page.getByRole('status')).toBeVisible()
        await expectShown(page, { cart: 0 })
        await page.getByTestId('add-to-cart').click()
        await expect(page.locator('p[role=alert]')).toBeVisible()
        const document = await page.goto(new URL('/cart', page.url()).href)
        expect(document?.status()).toBe(200)
        await expectShown(page, { cart: 0 })
        await exchange.settle(mode === 'hang' ? 3_000 : 1_500)
        // One attempt a page, and in all one navigation.
        expect(exchange.actions().filter((action) => action === 'start').length).toBeLessThanOrEqual(world === 'third-party allowed' ? 2 : 4)
        expect(exchange.requests().filter(({ action, transport }) => action === 'start' && transport === 'navigation').length).toBeLessThanOrEqual(1)
        expect(await httpOnlyCookies(context)).toEqual(before)

        await turnDatabase('pass')
        await open(page, 'secondary')
        await expectShown(page, { cart: 1 })
        await addToCart(page, 1)
      })
    })
  }
}

async function httpOnlyCookies(context: BrowserContext): Promise<string[]> {
  return (await context.cookies()).filter(({ httpOnly }) => httpOnly).map(({ domain, name, value }) => `${domain} ${name} ${value}`).sort()
}
