// The links to the sister shops take the visitor along.
import type { Page } from '@playwright/test'
import { originOf, type ShopDomain } from './harness/shop.js'
import { expect, test, worlds } from './harness/test.js'
import { addToCart, expectShown, signIn } from './harness/visitor.js'

/** What the browser was sent over on its way to the page that it shows now. */
async function goTo(page: Page, link: () => Promise<void>, domain: ShopDomain, path = '/'): Promise<number> {
  const url = originOf(domain) + path
  const answer = page.waitForResponse((response) => response.url() === url && response.status() === 200)
  await link()
  let redirects = 0
  for (let from = (await answer).request().redirectedFrom(); from !== null; from = from.redirectedFrom())
    redirects += 1
  return redirects
}

for (const { world } of worlds) {
  test.describe(world, () => {
    test.use({ browserWorld: world })

    test('who signs in on one shop is known on the next at once, in every direction, without JavaScript', async ({
      page,
      open,
      context,
    }) => {
      await open(page, 'primary')
      await addToCart(page)
      const session = await context.newCDPSession(page)
      const click = (id: ShopDomain) => () => page.getByTestId(`to-${id}`).click()
      await expect(page.getByTestId('to-secondary')).toHaveAttribute('href', /^\/crossdomain\/start/)
      await goTo(page, click('secondary'), 'secondary')
      await expectShown(page, { cart: 1 })
      await signIn(page, 'ada')
      await open(page, 'secondary', '/cart')
      // From here on no script runs: what is shown is what the server has sent.
      await session.send('Emulation.setScriptExecutionDisabled', { value: true })
      await open(page, 'secondary', '/cart')
      await goTo(page, click('primary'), 'primary')
      await open(page, 'primary', '/cart')
      await expectShown(page, { cart: 1, user: 'ada' })
      await goTo(page, click('another'), 'another')
      await open(page, 'another', '/cart')
      await expectShown(page, { cart: 1, user: 'ada' })
      // Both agree by now.
      expect(await goTo(page, click('primary'), 'primary')).toBe(1)
    })
  })
}
