// Script on a secondary tries to sign the visitor in to the attacker's account. See SECURITY.md.
import type { Page } from '@playwright/test'
import { originOf } from '../harness/shop.js'
import { addToCart, expectShown, signIn } from '../harness/visitor.js'
import { uploadedWorker, type Gateway } from './gateway.js'
import { dropCookies, plantCookie } from './script.js'
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

/**
 * Waits until the page has the answer to all that it asked: one that comes later would bring back a cookie. The page
 * that is open may be about to leave for an exchange of its own, and overtake this.
 */
async function go(page: Page, url: string): Promise<void> {
  await expect(async () => {
    await page.goto(url, { waitUntil: 'networkidle' })
  }).toPass()
}

/** The visitor is a guest with one thing in the cart, and goes to the secondary. */
async function visitAsGuest(page: Page): Promise<void> {
  await go(page, originOf('primary'))
  await addToCart(page)
  await go(page, originOf('secondary'))
  await expectShown(page, { cart: 1 })
}

/** Script on the secondary puts the attacker's cookie in the place of the visitor's. Then there is an exchange. */
async function plant(page: Page, name: string, value: string): Promise<void> {
  const own = await cookieOf(page, name)
  // A page on which nothing else runs.
  await go(page, `${originOf('secondary')}${uploadedWorker}`)
  await expect(async () => {
    await page.evaluate(dropCookies)
    await page.evaluate(plantCookie, value)
    // The browser sets them one after another.
    await expect.poll(() => cookieOf(page, names.before), { timeout: 2_000 }).toBe(value)
    expect(await cookieOf(page, name)).not.toBe(own)
  }).toPass()
  await go(page, `${originOf('secondary')}/crossdomain/start?return_to=/`)
  await go(page, originOf('primary'))
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
      await go(page, originOf('secondary'))
      await expectShown(page, { cart: 1 })

      // It would if script could set a cookie of that name.
      // A page of the shop would notice that its cookies have gone, and ask.
      await page.goto('about:blank')
      await page.context().clearCookies()
      gateway.rules = { usesFormerNames: true }
      await visitAsGuest(page)
      await plant(page, names.before, cookie)
      await expectShown(page, { cart: 1, user: 'grace' })
    })
  })
}
