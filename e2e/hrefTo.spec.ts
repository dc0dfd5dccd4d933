// Who signs in on one domain and is sent to another is known there when its page comes.
import type { Page } from '@playwright/test'
import { originOf, type ShopDomain } from './harness/shop.js'
import { expect, test, worlds } from './harness/test.js'
import { addToCart, expectAgreement, expectShown } from './harness/visitor.js'

const account = `${originOf('primary')}/account`

/** Clicks a button that leads to the account. @returns The page as the server sent it, and what the browser was sent over. */
async function goToAccount(
  page: Page,
  button: string,
): Promise<{ readonly html: string; readonly redirects: readonly string[] }> {
  const answer = page.waitForResponse(
    (response) => response.url() === account && response.request().isNavigationRequest(),
  )
  await page.getByTestId(button).click()
  const response = await answer
  const redirects: string[] = []
  for (let from = response.request().redirectedFrom(); from !== null; from = from.redirectedFrom())
    redirects.unshift(from.url().split('?')[0] ?? '')
  return { html: await response.text(), redirects }
}

const chain = (from: ShopDomain) => [
  `${originOf(from)}/crossdomain/start`,
  `${originOf('primary')}/crossdomain/check`,
  `${originOf(from)}/crossdomain/replace`,
]

for (const { world } of worlds) {
  test.describe(world, () => {
    test.use({ browserWorld: world })

    test('a sign-in on a secondary is on the first page of the primary, with its message, once', async ({
      page,
      open,
      apart,
      exchange,
    }) => {
      await open(page, 'primary')
      await addToCart(page)
      await apart.begin()
      await open(page, 'secondary', '/account')
      await expectShown(page, { cart: 0 })
      // What the island asks of its own accord is over.
      await exchange.settle()
      await apart.end()
      exchange.clear()
      const { html, redirects } = await goToAccount(page, 'account-ada')
      expect(redirects).toEqual(chain('secondary'))
      expect(html).toContain('Ada Lovelace')
      expect(html).toContain('Welcome back.')
      await expect(page).toHaveURL(account)
      await expectShown(page, { cart: 1, user: 'ada' })
      await expect(page.getByTestId('flash')).toHaveText('Welcome back.')
      // The page that was left sees its new cookie, asks at most whether it is its turn, and nothing of it reaches the primary.
      const fetches = exchange.requests().filter(({ transport }) => transport === 'fetch')
      for (const { action, status } of fetches) expect([action, status ?? 200]).toEqual(['start', 200])
      for (const domain of ['primary', 'secondary'] as const) {
        await open(page, domain, '/account')
        await expectShown(page, { cart: 1, user: 'ada' })
        await expect(page.getByTestId('flash')).toHaveCount(0)
      }
    })

    test('a guest of both who signs in on a secondary keeps the cart on the primary', async ({
      page,
      open,
    }) => {
      await open(page, 'primary')
      await addToCart(page)
      await open(page, 'secondary')
      await expectAgreement(page)
      await open(page, 'secondary', '/account')
      const { html } = await goToAccount(page, 'account-ada')
      expect(html).toContain('Ada Lovelace')
      expect(html).toContain('Welcome back.')
      await expectShown(page, { cart: 1, user: 'ada' })
    })

    test('a link from the primary leads to a secondary that knows the visitor', async ({ page, open }) => {
      await open(page, 'primary')
      await addToCart(page)
      const to = `${originOf('secondary')}/cart`
      const answer = page.waitForResponse((response) => response.url() === to)
      await page.evaluate(
        (href) =>
          document.body.append(
            Object.assign(document.createElement('a'), { href, id: 'over', textContent: 'over' }),
          ),
        `${originOf('secondary')}/crossdomain/start?return_to=%2Fcart`,
      )
      await page.locator('#over').click()
      expect(await (await answer).text()).toContain('Stoneware mug')
      await expectShown(page, { cart: 1 })
    })
  })
}

test.describe('cookies off', () => {
  test.use({ browserWorld: 'cookies off' })

  test('who signs in and is sent to another domain gets there, as a guest', async ({ page, open }) => {
    await open(page, 'secondary', '/account')
    const { redirects } = await goToAccount(page, 'account-ada')
    // There is nothing to take along.
    expect(redirects).toEqual(chain('secondary').slice(0, 1))
    await expect(page).toHaveURL(account)
    await expectShown(page, { cart: 0 })
  })
})
