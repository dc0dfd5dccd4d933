// Third-party cookies are blocked, and the visitor has let pages of one site use the primary's: Chromium offers to send them, and sends them when asked.
import { expect, test } from './harness/test.js'
import { originOf } from './harness/shop.js'
import { addToCart, agreed, expectShown } from './harness/visitor.js'

test.use({ browserWorld: 'third-party blocked' })

test('access that was granted is activated by the answer, and the domains agree by fetch', async ({
  page,
  context,
  open,
  exchange,
}) => {
  const devtools = await context.newCDPSession(page)
  const granted = {
    permission: { name: 'storage-access' },
    setting: 'granted',
    origin: originOf('secondary'),
    embeddedOrigin: originOf('primary'),
  } as const
  await devtools.send('Browser.setPermission', granted)
  const offers: string[] = []
  context.on('request', async (request) => {
    if (request.url().includes('/crossdomain/check'))
      offers.push((await request.allHeaders())['sec-fetch-storage-access'] ?? 'absent')
  })
  await open(page, 'primary')
  await addToCart(page)
  await open(page, 'secondary')
  await expect(agreed(page)).toContainText('replaced by fetch')
  await expectShown(page, { cart: 1 })
  // The first try, whose answer no script can read, and the second one are one request to the page.
  expect(exchange.actions()).toEqual(['start', 'check', 'replace'])
  expect(offers).toEqual(['inactive'])
})
