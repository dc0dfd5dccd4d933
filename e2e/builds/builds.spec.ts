import type { Page } from '@playwright/test'
import { expect, test } from './test.js'

interface Shown {
  readonly cart: string
  readonly user?: string
}

async function expectShown(page: Page, { cart, user = 'guest' }: Shown): Promise<void> {
  await expect(page.getByTestId('cart')).toHaveText(cart)
  await expect(page.getByTestId('user')).toHaveText(user)
}

const click = (page: Page, name: string) => page.getByRole('button', { name }).click()

for (const world of ['third-party allowed', 'third-party blocked'] as const)
  test.describe(world, () => {
    test.use({ world })

    test('a cart that is begun on the primary is on the secondary, also if it is opened again', async ({
      page,
      open,
    }) => {
      await open('primary')
      await click(page, 'Add')
      await expectShown(page, { cart: 'tea' })
      await open('secondary')
      await expectShown(page, { cart: 'tea' })
      await click(page, 'Add')
      await expectShown(page, { cart: 'tea,tea' })
      // A reload would repeat a click that was sent as a form, before the page's scripts ran.
      await open('secondary')
      await expectShown(page, { cart: 'tea,tea' })
      await open('primary')
      await expectShown(page, { cart: 'tea,tea' })
    })

    test('a sign-in and a sign-out on one domain are seen on the other', async ({ page, open }) => {
      await open('primary')
      await click(page, 'Add')
      await expectShown(page, { cart: 'tea' })
      await click(page, 'Sign in')
      await expectShown(page, { cart: 'tea', user: 'ada' })
      await open('secondary')
      await expectShown(page, { cart: 'tea', user: 'ada' })
      await click(page, 'Sign out')
      await expectShown(page, { cart: 'empty' })
      await open('primary')
      await expectShown(page, { cart: 'empty' })
    })

    test('a static page shows what the session exposes, and stays static', async ({
      page,
      open,
      request,
      app,
    }) => {
      await open('primary')
      await click(page, 'Sign in')
      await expectShown(page, { cart: 'empty', user: 'ada' })
      await open('secondary', '/static')
      await expect(page.getByTestId('exposed')).toHaveText('ada')
      const { port, pathname } = new URL(`${app.baseOf('secondary')}/static`)
      const headers = { host: `secondary.localhost:${port}`, 'sec-fetch-site': 'none' }
      const html = await (await request.get(`http://127.0.0.1:${port}${pathname}`, { headers })).text()
      expect(html).toContain('data-testid="exposed">guest')
    })
  })
