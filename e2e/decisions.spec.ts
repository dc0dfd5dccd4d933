// The table "What replace decides", row by row, with two sessions that grew apart in one browser.
import type { Page } from '@playwright/test'
import { expect, test, worlds } from './harness/test.js'
import type { ShopDomain } from './harness/shop.js'
import {
  addToCart,
  ageAgreement,
  agreed,
  expectShown,
  fingerprintOf,
  signIn,
  weekSeconds,
  type Shown,
  type UserId,
} from './harness/visitor.js'

interface Side {
  readonly cart?: number
  readonly user?: UserId
  readonly locale?: 'de'
}

interface Row {
  readonly title: string
  /** Empty: visited, and nothing saved. */
  readonly primary: Side
  readonly secondary: Side
  readonly then: Shown
  readonly result: 'use_current' | 'replaced'
}

const rows: readonly Row[] = [
  {
    title: 'blank and guest: the content moves',
    primary: {},
    secondary: { cart: 2 },
    then: { cart: 2 },
    result: 'use_current',
  },
  {
    title: 'blank and user: the content and the user move',
    primary: {},
    secondary: { cart: 1, user: 'ada' },
    then: { cart: 1, user: 'ada' },
    result: 'use_current',
  },
  {
    title: 'saved and blank: the primary’s',
    primary: { cart: 1, user: 'ada' },
    secondary: {},
    then: { cart: 1, user: 'ada' },
    result: 'replaced',
  },
  {
    title: 'user and guest: both carts, the primary’s user',
    primary: { cart: 1, user: 'ada' },
    secondary: { cart: 2 },
    then: { cart: 3, user: 'ada' },
    result: 'replaced',
  },
  {
    title: 'guest and user: both carts, the secondary’s user',
    primary: { cart: 1 },
    secondary: { cart: 2, user: 'ada' },
    then: { cart: 3, user: 'ada' },
    result: 'replaced',
  },
  {
    title: 'guest and user: nothing visible changed',
    primary: { locale: 'de' },
    secondary: { cart: 1, locale: 'de', user: 'ada' },
    then: { cart: 1, user: 'ada' },
    result: 'use_current',
  },
  {
    title: 'the same user: both carts',
    primary: { cart: 1, user: 'ada' },
    secondary: { cart: 1, user: 'ada' },
    then: { cart: 2, user: 'ada' },
    result: 'replaced',
  },
  {
    title: 'two users: the primary’s, nothing is merged',
    primary: { cart: 1, user: 'ada' },
    secondary: { cart: 2, user: 'grace' },
    then: { cart: 1, user: 'ada' },
    result: 'replaced',
  },
  {
    title: 'guest and guest: both carts',
    primary: { cart: 1 },
    secondary: { cart: 2 },
    then: { cart: 3 },
    result: 'replaced',
  },
]

for (const { world, via } of worlds) {
  test.describe(world, () => {
    test.use({ browserWorld: world })

    for (const { title, primary, secondary, then, result } of rows) {
      test(`${title} (${result})`, async ({ page, open, apart }) => {
        const prepare = async (domain: ShopDomain, side: Side) => {
          await open(page, domain)
          await fill(page, side)
        }
        await apart.begin()
        await prepare('secondary', secondary)
        await prepare('primary', primary)
        await apart.end()

        await open(page, 'secondary')
        await expect(agreed(page)).toContainText(`${result} by ${via}`)
        await expectShown(page, then)
        const fingerprint = await fingerprintOf(page)
        await open(page, 'primary')
        await expectShown(page, then)
        expect(await fingerprintOf(page)).toBe(fingerprint)
      })
    }

    test('the same session on both: nothing changes (use_current)', async ({ page, open, exchange }) => {
      await open(page, 'primary')
      await addToCart(page)
      await open(page, 'secondary')
      await expect(agreed(page)).toContainText(`replaced by ${via}`)
      const fingerprint = await fingerprintOf(page)
      await ageAgreement(page, weekSeconds)
      exchange.clear()
      await page.reload()
      await expect(agreed(page)).toContainText(`use_current by ${via}`)
      await expectShown(page, { cart: 1 })
      expect(await fingerprintOf(page)).toBe(fingerprint)
      expect(exchange.actions()).toEqual(
        via === 'fetch' ? ['start', 'check'] : ['start', 'check', 'start', 'check', 'replace'],
      )
    })

    test('saved and ended: the primary’s (replaced)', async ({ page, open }) => {
      await open(page, 'primary')
      await addToCart(page)
      await open(page, 'secondary')
      await expect(agreed(page)).toContainText('replaced')
      const before = await fingerprintOf(page)
      await open(page, 'primary')
      await signIn(page, 'ada')
      const fingerprint = await fingerprintOf(page)
      expect(fingerprint).not.toBe(before)
      await open(page, 'secondary', '/cart')
      await expectShown(page, { cart: 1, user: 'ada' })
      await expect(agreed(page)).toContainText(`replaced by ${via}`)
      expect(await fingerprintOf(page)).toBe(fingerprint)
    })
  })
}

async function fill(page: Page, { cart = 0, user, locale }: Side): Promise<void> {
  await expectShown(page, { cart: 0 })
  for (let count = 0; count < cart; count++) await addToCart(page, count)
  if (locale !== undefined) {
    const choice = page.locator(`button[lang=${locale}]`)
    await choice.click()
    await expect(choice).toHaveAttribute('aria-pressed', 'true')
  }
  if (user !== undefined) await signIn(page, user)
}
