// Pages that something kept from their session get it all the same, and pages that come back are not out of date.
import { changeHeaders } from './harness/headers.js'
import { originOf } from './harness/shop.js'
import { expect, test, worlds } from './harness/test.js'
import { addToCart, agreed, expectAgreement, expectShown, signIn, signOut } from './harness/visitor.js'

for (const { world, via } of worlds) {
  test.describe(world, () => {
    test.use({ browserWorld: world })

    test('a page that was prefetched, and so came without a cookie, gets the session of the primary', async ({
      page,
      context,
      open,
    }) => {
      await open(page, 'primary')
      await addToCart(page)
      await page.route(`${originOf('secondary')}/cart`, (route) =>
        route.continue({ headers: { ...route.request().headers(), 'sec-purpose': 'prefetch' } }),
      )
      await open(page, 'secondary', '/cart')
      await expect(agreed(page)).toContainText(`replaced by ${via}`)
      await expectShown(page, { cart: 1 })
      const names = (await context.cookies(originOf('secondary'))).map(({ name }) => name)
      expect(names).toContain('__Host-crossdomain-sync')
    })

    test('who signs in, is sent to the primary and is back within ten seconds, is brought together all the same', async ({
      page,
      open,
    }) => {
      await open(page, 'secondary', '/account')
      await expectAgreement(page)
      await page.getByTestId('account-ada').click()
      await expect(page).toHaveURL(`${originOf('primary')}/account`)
      await open(page, 'primary')
      await signOut(page)
      await open(page, 'secondary', '/account')
      await expectAgreement(page)
      await expectShown(page, { cart: 0 })
    })
  })
}

for (const { world } of worlds) {
  test.describe(`${world}, with a back/forward cache`, () => {
    test.use({ browserWorld: world, keepsPages: true })

    test('a page that comes out of the cache shows nobody who has signed out meanwhile', async ({
      page,
      context,
      open,
    }) => {
      // Such a page tells another tab what it shows.
      await context.addInitScript(() => {
        addEventListener('pageshow', ({ persisted }) => {
          if (!persisted) return
          setInterval(() => {
            const user = document.querySelector('[data-testid=user]')?.textContent
            localStorage.setItem('shown', `${user} in ${location.pathname}`)
          }, 50)
        })
      })
      // Other browsers also keep pages with `no-store`.
      await changeHeaders(page, `${originOf('secondary')}/cart`, { 'cache-control': 'private' })
      await open(page, 'primary')
      await signIn(page, 'ada')
      await open(page, 'secondary', '/cart')
      await expectShown(page, { cart: 0, user: 'ada' })
      await expectAgreement(page)
      await open(page, 'primary')
      await signOut(page)
      const other = await context.newPage()
      await open(other, 'secondary', '/api/cart')
      const cdp = await context.newCDPSession(page)
      void cdp.send('Runtime.evaluate', { expression: 'history.back()' }).catch(() => {})
      await expect.poll(() => other.evaluate(() => localStorage.getItem('shown'))).toBe('guest in /cart')
    })
  })
}

test('a page of the primary that was prefetched gets its cookies', async ({ page, context }) => {
  await page.route(`${originOf('primary')}/cart`, (route) =>
    route.continue({ headers: { ...route.request().headers(), 'sec-purpose': 'prefetch' } }),
  )
  await page.goto(`${originOf('primary')}/cart`)
  await expect
    .poll(async () => (await context.cookies(originOf('primary'))).map(({ name }) => name))
    .toContain('__Host-Http-crossdomain')
})
