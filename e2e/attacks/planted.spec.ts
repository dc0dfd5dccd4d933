// Script on a secondary tries to sign the visitor in to the attacker's account. See SECURITY.md.
import type { Page } from '@playwright/test'
import { originOf } from '../harness/shop.js'
import { addToCart, expectShown, signIn } from '../harness/visitor.js'
import type { Gateway } from './gateway.js'
import { plantCookie } from './script.js'
import { expect, test } from './test.js'
import { engines, launchVictim } from './victim.js'

const names = { now: '__Host-Http-crossdomain', before: '__Host-crossdomain' }

/** Grace is the attacker. She signs in on the secondary, in a browser of her own. @returns The cookie that she gets. */
async function cookieOfGrace({ port }: Gateway): Promise<string> {
  const { page, close } = await launchVictim('chromium', port)
  await page.goto(originOf('secondary'))
  await signIn(page, 'grace')
  const cookie = await cookieOf(page, names.now)
  await close()
  return cookie ?? ''
}

async function cookieOf(page: Page, name: string): Promise<string | undefined> {
  const cookies = await page.context().cookies(originOf('secondary'))
  return cookies.find((cookie) => cookie.name === name)?.value
}

/** The visitor is a guest with one thing in the cart, and goes to the secondary. */
async function visitAsGuest(page: Page): Promise<void> {
  await page.goto(originOf('primary'))
  await addToCart(page)
  await page.goto(originOf('secondary'))
  await expectShown(page, { cart: 1 })
}

/** Script on the secondary puts the attacker's cookie in the place of the visitor's. Then there is an exchange. */
async function plant(page: Page, name: string, value: string): Promise<void> {
  const own = await cookieOf(page, name)
  // An answer that was on its way can bring the visitor's cookie back.
  await expect(async () => {
    await page.evaluate(plantCookie, value)
    expect(await cookieOf(page, names.before)).toBe(value)
    expect(await cookieOf(page, name)).not.toBe(own)
  }).toPass()
  // The page may be about to leave for an exchange of its own, and overtake this one.
  await expect(async () => {
    await page.goto(`${originOf('secondary')}/crossdomain/start?return_to=/`)
  }).toPass()
  await page.goto(originOf('primary'))
}

for (const engine of engines) {
  test.describe(engine, () => {
    test.use({ engine })

    test('script on a secondary signs nobody in with a cookie that it has planted', async ({
      page,
      gateway,
    }) => {
      const cookie = await cookieOfGrace(gateway)
      await visitAsGuest(page)
      await plant(page, names.now, cookie)
      await expectShown(page, { cart: 1 })
      await page.goto(originOf('secondary'))
      await expectShown(page, { cart: 1 })

      // It would if script could set a cookie of that name.
      await page.context().clearCookies()
      gateway.rules = { usesFormerNames: true }
      await visitAsGuest(page)
      await plant(page, names.before, cookie)
      await expectShown(page, { cart: 1, user: 'grace' })
    })
  })
}
