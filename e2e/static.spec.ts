// The start page is static: one HTML for everybody, and nothing of a session in it.
import { expect, test, worlds } from './harness/test.js'
import { originOf } from './harness/shop.js'
import { addToCart, agreed, expectShown, fingerprintOf, signIn } from './harness/visitor.js'

for (const domain of ['primary', 'secondary'] as const) {
  test(`the answer that sets a cookie is private, the next one of the ${domain} is cached by everybody`, async ({
    page,
  }) => {
    const first = await page.goto(originOf(domain))
    const setCookie = await first?.headerValue('set-cookie')
    expect(setCookie).toContain('__Host-Http-crossdomain=')
    expect(await first?.headerValue('cache-control')).toBe('private, no-store')
    const second = await page.reload()
    expect(await second?.headerValue('set-cookie')).toBeNull()
    expect(await second?.headerValue('cache-control')).toMatch(/s-maxage=\d+/)
    expect(await second?.headerValue('x-nextjs-cache')).toBe('HIT')
  })
}

for (const { world } of worlds) {
  test.describe(world, () => {
    test.use({ browserWorld: world })

    test('the HTML for a visitor with a cart and a name holds nothing of them', async ({ page, open }) => {
      await open(page, 'primary')
      await addToCart(page)
      await signIn(page, 'ada')
      const fingerprint = await fingerprintOf(page)
      await open(page, 'secondary')
      await expect(agreed(page)).toContainText('replaced')
      await expectShown(page, { cart: 1, user: 'ada' })
      const html = (await (await page.reload())?.text()) ?? ''
      expect(html).toContain('data-testid="cart-count"')
      for (const secret of ['Fe26.2', fingerprint, 'Ada Lovelace']) expect(html).not.toContain(secret)
      await expectShown(page, { cart: 1, user: 'ada' })
    })
  })
}

test('a page that asks for the session is private and varies on its cookie, beside what Next.js says', async ({
  page,
}) => {
  const headers = (await page.goto(`${originOf('primary')}/cart`))?.headers() ?? {}
  expect(headers['cache-control']).toMatch(/private.*no-store/)
  const varies = headers['vary']?.split(/,\s*/).map((name) => name.toLowerCase())
  expect(varies).toEqual(expect.arrayContaining(['cookie', 'rsc']))
  expect(varies?.filter((name) => name === 'cookie')).toHaveLength(1)
})
