// An agreement is believed for a week; a session that changed is looked at once.
import { expect, test, worlds } from './harness/test.js'
import { addToCart, ageAgreement, agreed, expectShown, signIn, weekSeconds } from './harness/visitor.js'

for (const { world, via } of worlds) {
  test.describe(world, () => {
    test.use({ browserWorld: world })

    test.beforeEach(async ({ page, open, exchange }) => {
      await open(page, 'primary')
      await addToCart(page)
      await open(page, 'secondary')
      await expect(agreed(page)).toContainText(`replaced by ${via}`)
      await exchange.settle(500)
      exchange.clear()
    })

    test('asks nothing within the week, on any page', async ({ page, open, exchange }) => {
      await ageAgreement(page, weekSeconds - 60)
      await page.reload()
      const lastWeek = new Date(Date.now() - (weekSeconds - 60) * 1000)
      await expect(agreed(page)).toContainText(lastWeek.toLocaleDateString('en-GB'))
      for (const path of ['/cart', '/account', '/']) await open(page, 'secondary', path)
      await exchange.settle()
      expect(exchange.actions()).toEqual([])
    })

    for (const [title, seconds] of [
      ['when the week is over', weekSeconds],
      ['when the agreement lies in the future', -60],
    ] as const) {
      test(`asks once ${title}`, async ({ page, exchange }) => {
        await ageAgreement(page, seconds)
        await page.reload()
        await expect(agreed(page)).toContainText(`use_current by ${via}`)
        await page.reload()
        await exchange.settle()
        expect(exchange.actions()).toEqual(
          via === 'fetch' ? ['start', 'check'] : ['start', 'check', 'start', 'check', 'replace'],
        )
      })
    }

    test('asks at once when the session has ended elsewhere', async ({ page, open, exchange }) => {
      await open(page, 'primary')
      await signIn(page, 'ada')
      await open(page, 'secondary', '/cart')
      await expectShown(page, { cart: 1, user: 'ada' })
      await exchange.settle()
      expect(exchange.actions().filter((action) => action === 'replace')).toHaveLength(1)
    })
  })
}

test('after a week by the browser’s own clock it asks once', async ({ page, open, exchange }) => {
  await open(page, 'primary')
  await open(page, 'secondary')
  await exchange.settle()
  exchange.clear()
  await page.clock.setFixedTime(Date.now() + (weekSeconds - 60) * 1000)
  await page.reload()
  await exchange.settle()
  expect(exchange.actions()).toEqual([])
  await page.clock.setFixedTime(Date.now() + (weekSeconds + 60) * 1000)
  await page.reload()
  await exchange.settle()
  await page.reload()
  await exchange.settle()
  expect(exchange.actions()).toEqual(['start', 'check'])
})
