// A link into the middle of an exchange: bookmarked, sent by somebody, or used before.
import { expect, test } from './harness/test.js'
import { originOf } from './harness/shop.js'
import { addToCart, agreed, expectShown } from './harness/visitor.js'

test.use({ browserWorld: 'third-party blocked' })

test('an unknown ticket shows a small page with a way on', async ({ page, errors }) => {
  errors.allow(/400/)
  const answer = await page.goto(`${originOf('secondary')}/crossdomain/replace?ticket=unknown`)
  expect(answer?.status()).toBe(400)
  await expect(page.getByText('CDS408')).toBeVisible()
  await page.getByRole('link').click()
  await expect(page).toHaveURL(/^http:\/\/secondary\.localhost:\d+\/$/)
  await expectShown(page, { cart: 0 })
})

test('a ticket that was used leads to its page, and changes nothing', async ({ page, open, errors }) => {
  errors.allow(/CDS411/)
  let used = ''
  page.on('request', (request) => {
    if (request.url().includes('/crossdomain/replace?')) used = request.url()
  })
  await open(page, 'primary')
  await addToCart(page)
  await open(page, 'secondary')
  await expect(agreed(page)).toContainText('replaced by navigation')
  const answer = await page.goto(used)
  expect(answer?.status()).toBe(200)
  await expect(page).toHaveURL(/^http:\/\/secondary\.localhost:\d+\/(#.*)?$/)
  await expectShown(page, { cart: 1 })
})
