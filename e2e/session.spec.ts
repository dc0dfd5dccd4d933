// What the session carries beside the cart: data of one shop, messages, devices, tokens.
import type { Page } from '@playwright/test'
import { launchBrowser } from './harness/browserWorld.js'
import { ask } from './harness/program.js'
import { originOf } from './harness/shop.js'
import { expect, test, worlds } from './harness/test.js'
import { addToCart, expectAgreement, expectShown, signIn } from './harness/visitor.js'

/** The page has looked for one by the time that it shows the cart: both come from the server in one answer. */
async function expectNoMessage(page: Page): Promise<void> {
  await expectShown(page, { cart: 0 })
  await expect(page.getByTestId('flash')).toHaveCount(0)
}

for (const { world } of worlds) {
  test.describe(world, () => {
    test.use({ browserWorld: world })

    test('each shop has its own currency, and goes on having it when they have met', async ({
      page,
      open,
    }) => {
      await open(page, 'primary')
      await page.getByTestId('currency-CHF').click()
      await expect(page.getByTestId('currency-CHF')).toHaveAttribute('aria-pressed', 'true')
      await open(page, 'secondary')
      await expectAgreement(page)
      await expect(page.getByTestId('currency-EUR')).toHaveAttribute('aria-pressed', 'true')
      await page.getByTestId('currency-USD').click()
      await expect(page.getByTestId('currency-USD')).toHaveAttribute('aria-pressed', 'true')
      await open(page, 'primary', '/cart')
      await expect(page.getByTestId('currency-CHF')).toHaveAttribute('aria-pressed', 'true')
    })
  })
}

for (const { world } of worlds) {
  test.describe(world, () => {
    test.use({ browserWorld: world })

    test('an order on one domain leads to another, which shows the message, once', async ({ page, open }) => {
      await open(page, 'primary')
      await addToCart(page)
      for (const domain of ['another', 'secondary'] as const) {
        await open(page, domain)
        await expectAgreement(page)
      }
      await open(page, 'secondary', '/cart')
      await page.getByTestId('order').click()
      await expect(page).toHaveURL(`${originOf('primary')}/account`)
      await expect(page.getByTestId('flash')).toContainText('Thank you')
      await page.reload()
      await expectNoMessage(page)
      for (const domain of ['secondary', 'another', 'primary'] as const) {
        await open(page, domain, '/account')
        await expectNoMessage(page)
      }
    })

    test('a message that was left before two domains met is shown where the visitor goes next, once', async ({
      page,
      open,
      apart,
    }) => {
      await open(page, 'primary')
      await apart.begin()
      await open(page, 'secondary')
      await addToCart(page)
      await open(page, 'secondary', '/cart')
      await apart.end()
      await page.getByTestId('order').click()
      await expect(page).toHaveURL(`${originOf('primary')}/account`)
      await expect(page.getByTestId('flash')).toContainText('Thank you')
      for (const domain of ['secondary', 'primary'] as const) {
        await open(page, domain, '/account')
        await expectNoMessage(page)
      }
    })
  })
}

test('an order leads to the account, with a message', async ({ page, open }) => {
  await open(page, 'primary')
  await addToCart(page)
  await open(page, 'primary', '/cart')
  await page.getByTestId('order').click()
  await expect(page).toHaveURL(`${originOf('primary')}/account`)
  await expect(page.getByTestId('flash')).toContainText('Thank you')
  await expectShown(page, { cart: 0 })
  await page.reload()
  await expectNoMessage(page)
})

test('a device that is ended on another one is a guest on all its domains', async ({ page, open }) => {
  await open(page, 'primary')
  await signIn(page, 'ada')
  const other = await launchBrowser('third-party allowed')
  const phone = other.context.pages()[0] ?? (await other.context.newPage())
  try {
    await open(phone, 'primary')
    await signIn(phone, 'ada')
    await open(phone, 'secondary')
    await expectShown(phone, { cart: 0, user: 'ada' })
    await open(page, 'primary', '/account')
    await expect(page.getByTestId('current-device')).toHaveCount(1)
    const device = page.getByTestId('device').first()
    await expect(device).toContainText('Kaffa')
    await device.getByTestId('end-device').click()
    await expect(page.getByTestId('flash')).toContainText('ended')
    for (const domain of ['secondary', 'primary'] as const) {
      await open(phone, domain, '/cart')
      await expectShown(phone, { cart: 0 })
    }
  } finally {
    await other.close()
  }
  await expectShown(page, { cart: 0, user: 'ada' })
})

test('a token reads the cart of its user, sets no cookie, and dies with its session', async ({
  page,
  open,
  errors,
}) => {
  await open(page, 'primary')
  await addToCart(page)
  await signIn(page, 'grace')
  await open(page, 'primary', '/account')
  await page.getByTestId('create-token').click()
  const token = (await page.getByTestId('token').textContent()) ?? ''
  const program = (authorization: string) => ask('primary', '/api/cart', { authorization })

  const answer = await program(`Bearer ${token}`)
  expect(answer.json).toEqual({ user: 'grace', lines: [{ id: 'mug', name: 'Stoneware mug', quantity: 1 }] })
  expect(answer.headers['cache-control']).toBe('private, no-store')
  expect(answer.headers.vary).toContain('Authorization')
  const unknown = await program(`Bearer ${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`)
  expect(unknown).toMatchObject({
    status: 401,
    json: { error: 'CDS209' },
    headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
  })
  for (const { headers } of [answer, unknown]) expect(headers['set-cookie']).toBeUndefined()
  // A browser that is signed in gains nothing for a token that is unknown.
  errors.allow(/401/)
  expect(
    await page.evaluate(
      async () => (await fetch('/api/cart', { headers: { authorization: 'Bearer junk' } })).status,
    ),
  ).toBe(401)

  await page.reload()
  await page.getByTestId('device').filter({ hasText: 'API token' }).getByTestId('end-device').click()
  await expect(page.getByTestId('flash')).toBeVisible()
  expect((await program(`Bearer ${token}`)).status).toBe(401)
})

test('pages of listed domains may call a route that allows it, and no other page may', async ({
  page,
  open,
  errors,
}) => {
  errors.allow(/CORS|ERR_FAILED|401/)
  await open(page, 'secondary')
  const call = (path: string, headers: Record<string, string> = {}) =>
    page.evaluate(
      ({ url, extra }) =>
        fetch(url, { headers: extra, credentials: 'include' }).then(
          (response) => response.status,
          () => 'refused',
        ),
      { url: originOf('primary') + path, extra: headers },
    )
  expect(await call('/api/cart')).toBe(200)
  expect(await call('/api/cart', { authorization: 'Bearer junk' })).toBe(401)
  expect(await call('/crossdomain/session')).toBe('refused')
  expect(await call('/account')).toBe('refused')
  const stranger = await ask('primary', '/api/cart', { origin: 'https://evil.example' })
  expect(stranger.headers['access-control-allow-origin']).toBeUndefined()
})

test('a static page shows what happened elsewhere, once it is looked at again', async ({
  context,
  page,
  open,
}) => {
  await open(page, 'primary')
  await expectShown(page, { cart: 0 })
  const tab = await context.newPage()
  await open(tab, 'primary')
  await addToCart(tab)
  await expectShown(page, { cart: 0 })
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
  await expectShown(page, { cart: 1 })
})
