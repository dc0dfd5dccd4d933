// The store stops answering, or takes no writes, while people shop, and comes back.
import type { BrowserContext } from '@playwright/test'
import { expect, test, worlds } from './harness/test.js'
import { turnDatabase } from './harness/databaseSwitch.js'
import { addToCart, ageAgreement, agreed, expectShown, weekSeconds } from './harness/visitor.js'

test.afterEach(() => turnDatabase('pass'))

/** What is left of a cart of one, and whether the shop says that its store does not answer. */
const modes = [
  { mode: 'refuse', shown: 'a guest', cart: 0, notices: 1 },
  { mode: 'hang', shown: 'a guest', cart: 0, notices: 1 },
  { mode: 'refuseWrites', shown: 'the visitor', cart: 1, notices: 0 },
] as const

for (const { world } of worlds) {
  for (const { mode, shown, cart, notices } of modes) {
    test.describe(`${world}, the store does ${mode}`, () => {
      test.use({ browserWorld: world })

      test(`pages show ${shown}, a write says that it failed, and all is there again afterwards`, async ({
        page,
        context,
        open,
        exchange,
        errors,
      }) => {
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
        await expectShown(page, { cart })
        await expect(page.getByRole('status')).toHaveCount(notices)
        await page.getByTestId('add-to-cart').click()
        await expect(page.locator('p[role=alert]')).toBeVisible()
        const document = await page.goto(new URL('/cart', page.url()).href)
        expect(document?.status()).toBe(200)
        await expectShown(page, { cart })
        await exchange.settle(mode === 'hang' ? 3_000 : 1_500)
        // One attempt a page, and in all one navigation.
        expect(exchange.actions().filter((action) => action === 'start').length).toBeLessThanOrEqual(
          world === 'third-party allowed' ? 2 : 4,
        )
        expect(
          exchange
            .requests()
            .filter(({ action, transport }) => action === 'start' && transport === 'navigation').length,
        ).toBeLessThanOrEqual(1)
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
  return (await context.cookies())
    .filter(({ httpOnly }) => httpOnly)
    .map(({ domain, name, value }) => `${domain} ${name} ${value}`)
    .sort()
}
