// Where the browser keeps third-party cookies back, domains meet by one navigation.
import type { Page } from '@playwright/test'
import { expect, test } from './harness/test.js'
import { originOf } from './harness/shop.js'
import { addToCart, agreed, expectShown } from './harness/visitor.js'

test.use({ browserWorld: 'third-party blocked' })

const chain = ['start', 'check', 'replace']

test.beforeEach(async ({ page, open }) => {
  await open(page, 'primary')
  await addToCart(page)
})

test('comes back to path, query and fragment, once', async ({ page, open, exchange }) => {
  const path = '/cart?from=letter&x=%2F&y=a\\b#list?x=1&y=2&token=for-no-server#3'
  await open(page, 'secondary', path)
  await expect(agreed(page)).toContainText('replaced by navigation')
  expect(page.url()).toBe(originOf('secondary') + path)
  await page.reload()
  for (const path of ['/', '/account']) await open(page, 'secondary', path)
  await exchange.settle()
  const navigations = exchange.requests().filter(({ transport }) => transport === 'navigation')
  expect(navigations.map(({ action, status }) => `${action} ${status}`)).toEqual(
    chain.map((action) => `${action} 303`),
  )
  expect(exchange.actions()).toEqual(['start', 'check', ...chain])
})

test('sends the fragment of the page to no server', async ({ page, context, open }) => {
  const urls: string[] = []
  context.on('request', (request) => urls.push(request.url()))
  await open(page, 'secondary', '/#token=for-no-server')
  await expect(agreed(page)).toContainText('replaced by navigation')
  expect(urls.filter((url) => decodeURIComponent(url.split('#')[0] ?? '').includes('for-no-server'))).toEqual(
    [],
  )
})

test('a page whose address is too long to travel stays, and works', async ({ page, open, exchange }) => {
  const path = `/cart?q=${'ü'.repeat(1_000)}`
  await open(page, 'secondary', path)
  await exchange.settle()
  expect(page.url()).toBe(originOf('secondary') + encodeURI(path))
  await expectShown(page, { cart: 0 })
  expect(exchange.actions()).toEqual(['start', 'check', 'start'])
})

test('a marker in a link that somebody sent is not believed', async ({ page, open }) => {
  await open(page, 'secondary')
  await expect(agreed(page)).toContainText('replaced by navigation')
  await page.evaluate(() => localStorage.clear())
  await open(page, 'another', '/#crossdomain=use_current')
  await expect(agreed(page)).toContainText('replaced by navigation')
  await expectShown(page, { cart: 1 })
})

test('leaves nothing in the history: Back goes to the page before', async ({ page, open }) => {
  const entries = () => page.evaluate(() => history.length)
  const before = await entries()
  await open(page, 'secondary')
  await expect(agreed(page)).toContainText('replaced by navigation')
  expect(await entries()).toBe(before + 1)
  await page.goBack()
  expect(page.url()).toBe(`${originOf('primary')}/`)
})

test('never begins in a frame', async ({ page, open, exchange, errors }) => {
  errors.allow(/favicon/)
  // A page without the island, so that only the frame could begin.
  await open(page, 'secondary', '/account')
  await expect(agreed(page)).toContainText('replaced')
  await page.evaluate(() => localStorage.clear())
  await open(page, 'secondary', '/api/cart')
  exchange.clear()
  await page.evaluate(() =>
    document.body.append(Object.assign(document.createElement('iframe'), { src: '/cart' })),
  )
  await expect(page.frameLocator('iframe').getByTestId('cart-count')).toHaveText('1')
  await exchange.settle()
  expect(exchange.actions()).toEqual(['start', 'check'])
  expect(exchange.requests().every(({ transport }) => transport === 'fetch')).toBe(true)
})

test('waits until somebody looks at the page', async ({ page, open, exchange }) => {
  await page.addInitScript(() =>
    Object.defineProperty(document, 'hidden', {
      configurable: true,
      get: () => !Object.hasOwn(window, 'isLookedAt'),
    }),
  )
  await open(page, 'secondary')
  await exchange.settle()
  // The browser itself has asked, with the headers of the page.
  expect(exchange.requests().map(({ action, transport }) => `${action} by ${transport}`)).toEqual([
    'start by fetch',
    'check by fetch',
  ])
  await look(page)
  await exchange.waitFor('start', 2)
  await look(page)
  await expect(agreed(page)).toContainText('replaced by navigation')
  await expectShown(page, { cart: 1 })
})

async function look(page: Page): Promise<void> {
  await expect(async () =>
    page.evaluate(() => {
      Object.assign(window, { isLookedAt: true })
      document.dispatchEvent(new Event('visibilitychange'))
    }),
  ).toPass()
}
