// What a page keeps while it brings in another session.
import type { Page, Route } from '@playwright/test'
import { expect, test } from './harness/test.js'
import { addToCart, agreed, expectShown } from './harness/visitor.js'

test.beforeEach(async ({ page, open }) => {
  await open(page, 'primary')
  await addToCart(page)
})

test('typed text stays, and so does its focus', async ({ page, open }) => {
  const release = await holdExchange(page)
  await open(page, 'secondary', '/cart')
  await expectShown(page, { cart: 0 })
  const note = page.getByTestId('note')
  await note.fill('For Ann')
  await release()
  await expect(agreed(page)).toContainText('replaced by fetch')
  await expectShown(page, { cart: 1 })
  await expect(note).toHaveValue('For Ann')
  await expect(note).toBeFocused()
})

test('scroll position, query and fragment stay, and no document is loaded again', async ({ page, open }) => {
  const release = await holdExchange(page)
  await page.setViewportSize({ width: 400, height: 300 })
  await open(page, 'secondary', '/?from=letter#products')
  await expectShown(page, { cart: 0 })
  await page.evaluate(() => {
    scrollTo(0, 200)
    document.body.dataset['mark'] = 'same document'
  })
  await release()
  await expect(agreed(page)).toContainText('replaced by fetch')
  await expectShown(page, { cart: 1 })
  expect(
    await page.evaluate(() => ({
      y: scrollY,
      mark: document.body.dataset['mark'],
      at: location.pathname + location.search + location.hash,
    })),
  ).toEqual({
    y: 200,
    mark: 'same document',
    at: '/?from=letter#products',
  })
})

/** Keeps the first request of the exchange back until it is released. */
async function holdExchange(page: Page): Promise<() => Promise<void>> {
  let release = () => {}
  const released = new Promise<void>((resolve) => (release = resolve))
  const hold = async (route: Route) => {
    await released
    await route.continue()
  }
  await page.route('**/crossdomain/start', hold)
  return async () => release()
}
