// A language for each domain, as `i18n.domains` of the Pages Router has it.
import { expect, test } from './test.js'

for (const world of ['third-party allowed', 'third-party blocked'] as const)
  test.describe(world, () => {
    test.use({ world })

    test('the exchange ends on its page in the same language', async ({ page, open, app }) => {
      await open('primary')
      await page.getByRole('button', { name: 'Add' }).click()
      await expect(page.getByTestId('cart')).toHaveText('tea')
      await expect(page.getByTestId('locale')).toHaveText('en')
      await open('secondary', '/fr')
      await expect(page.getByTestId('cart')).toHaveText('tea')
      await expect(page.getByTestId('locale')).toHaveText('fr')
      expect(new URL(page.url()).pathname).toBe('/fr')
      await open('secondary')
      await expect(page.getByTestId('locale')).toHaveText('de')
      await expect(page.getByTestId('cart')).toHaveText('tea')
      expect(page.url().replace(/#.*/, '')).toBe(`${app.baseOf('secondary')}/`)
    })

    test('a link from another domain shows the right page at once, in its language', async ({
      page,
      open,
      app,
    }) => {
      await open('primary')
      await page.getByRole('button', { name: 'Add' }).click()
      await expect(page.getByTestId('cart')).toHaveText('tea')
      const carts: (string | undefined)[] = []
      page.on('response', async (response) => {
        if (response.url() !== `${app.baseOf('secondary')}/fr?a=1`) return
        carts.push(
          response.status() === 200 ? /"cart">([^<]*)</.exec(await response.text())?.[1] : 'redirect',
        )
      })
      await page.getByRole('link').click()
      await expect(page.getByTestId('locale')).toHaveText('fr')
      await expect(page.getByTestId('cart')).toHaveText('tea')
      expect(page.url()).toBe(`${app.baseOf('secondary')}/fr?a=1`)
      await expect.poll(() => carts).toEqual(['redirect', 'tea'])
    })
  })
