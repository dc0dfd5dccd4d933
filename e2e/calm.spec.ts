// A page that has to leave for the exchange does so when nobody uses it, and takes nothing away.
import type { Page } from '@playwright/test'
import { Hand } from './harness/hand.js'
import { expect, test } from './harness/test.js'
import { openProvider } from './harness/provider.js'
import { originOf } from './harness/shop.js'
import { addToCart, agreed, expectShown } from './harness/visitor.js'

test.use({ browserWorld: 'third-party blocked' })

test.beforeEach(async ({ page, open }) => {
  await open(page, 'primary')
  await addToCart(page)
})

/** Keeps the fetch of an exchange back until it is released. */
async function holdFetch(page: Page) {
  let release = () => {}
  const released = new Promise<void>((resolve) => (release = resolve))
  await page.route('**/crossdomain/start*', async (route) => {
    if (route.request().isNavigationRequest()) return route.fallback()
    await released
    // It may have been given up meanwhile.
    await route.continue().catch(() => {})
  })
  return { release }
}

/** Keeps one hop of the navigation back. Playwright's own routes see no request that a redirect leads to. */
async function holdNavigation(page: Page, action: string) {
  let release = () => {}
  const released = new Promise<void>((resolve) => (release = resolve))
  const session = await page.context().newCDPSession(page)
  const began = new Promise<void>((resolve) => {
    session.on('Fetch.requestPaused', async ({ requestId }) => {
      resolve()
      await released
      // It may have been given up meanwhile.
      await session.send('Fetch.continueRequest', { requestId }).catch(() => {})
    })
  })
  const urlPattern = `*/crossdomain/${action}?*`
  await session.send('Fetch.enable', { patterns: [{ urlPattern, resourceType: 'Document' }] })
  return { began, release }
}

/**
 * Brings a visitor's hand above an element, and then the page to where it is about to leave.
 * @param action The hop at which the navigation is held.
 */
async function leaveWithHand(page: Page, selector: string, goThere: () => Promise<void>, action = 'start') {
  const question = await holdFetch(page)
  const navigation = await holdNavigation(page, action)
  await goThere()
  const hand = await Hand.above(page, selector)
  question.release()
  await navigation.began
  return { hand, release: navigation.release }
}

/** What a visitor can have done to a page. */
async function fill(page: Page): Promise<void> {
  // At the end of `body` React leaves them alone, even if it has not hydrated the page yet.
  await page.evaluate(() => {
    document.body.insertAdjacentHTML(
      'beforeend',
      '<input type="checkbox" id="box"><details><summary>More</summary>of it</details><p style="height: 200vh">',
    )
  })
  const note = page.getByTestId('note')
  await note.click()
  await page.keyboard.type('For Ann')
  await page.keyboard.press('ArrowLeft')
  await page.locator('#box').check()
  await page.locator('summary').click()
  await page.mouse.wheel(0, 150)
  await expect.poll(() => page.evaluate(() => scrollY)).toBeGreaterThan(100)
  await note.focus()
}

const filled = (page: Page) =>
  page.evaluate(() => {
    const note = document.querySelector<HTMLInputElement>('[data-testid=note]')
    return {
      text: note?.value,
      caret: note?.selectionStart,
      isChecked: document.querySelector<HTMLInputElement>('#box')?.checked,
      isOpen: document.querySelector('details')?.open,
      isScrolled: scrollY > 100,
    }
  })

const whole = { text: 'For Ann', caret: 6, isChecked: true, isOpen: true, isScrolled: true }

test('a page that somebody uses stays, with all that was done to it; the next link leads through the exchange', async ({
  page,
  open,
  exchange,
}) => {
  const start = await holdFetch(page)
  await open(page, 'secondary', '/cart')
  await fill(page)
  start.release()
  await exchange.waitFor('check')
  await exchange.settle()
  expect(await filled(page)).toEqual(whole)
  expect(exchange.actions()).toEqual(['start', 'check'])
  await page.locator('a.brand').click()
  await expect(agreed(page)).toContainText('replaced by navigation')
  await expectShown(page, { cart: 1 })
  expect(page.url()).toBe(`${originOf('secondary')}/`)
  await page.goBack()
  await expect(page).toHaveURL(`${originOf('secondary')}/cart`)
})

test('what is typed while the page is about to leave stays', async ({ page, open, exchange }) => {
  const { hand, release } = await leaveWithHand(page, '[data-testid=note]', () =>
    open(page, 'secondary', '/cart'),
  )
  await hand.click()
  await hand.type('For Ann')
  release()
  await exchange.settle()
  await expect(page.getByTestId('note')).toHaveValue('For Ann')
  await page.locator('a.brand').click()
  await expect(agreed(page)).toContainText('by navigation')
  await expectShown(page, { cart: 1 })
})

test('a product that is added while the page is about to leave is kept, and so is the cart of the primary', async ({
  page,
  open,
  exchange,
}) => {
  const { hand, release } = await leaveWithHand(page, '[data-testid=add-to-cart]', () =>
    open(page, 'secondary'),
  )
  await hand.click()
  release()
  await exchange.settle()
  await open(page, 'secondary', '/cart')
  await expectShown(page, { cart: 2 })
  await open(page, 'primary')
  await expectShown(page, { cart: 2 })
})

/** At the end of `body` React leaves it alone. */
const insert = (page: Page, html: string) =>
  page.evaluate((text) => document.body.insertAdjacentHTML('beforeend', text), html)

for (const [kind, selector] of [
  ['link of Next.js', 'nav a[href="/cart"]'],
  ['plain link', '#plain'],
] as const)
  test(`a ${kind} that is clicked while the page is about to leave is followed, and the domains meet`, async ({
    page,
    open,
  }) => {
    const { hand, release } = await leaveWithHand(page, selector, async () => {
      await open(page, 'secondary')
      await insert(page, '<a id="plain" href="/cart">Your cart</a>')
    })
    await hand.click()
    release()
    await expect(page).toHaveURL(`${originOf('secondary')}/cart`)
    await expectShown(page, { cart: 1 })
    await expect(agreed(page)).toContainText('by navigation')
  })

for (const action of ['start', 'check', 'replace'])
  test(`a form that is sent while the exchange waits for ${action} arrives with its data, and the domains meet on the next page`, async ({
    page,
    open,
  }) => {
    const provider = await openProvider()
    const goThere = async () => {
      await open(page, 'secondary')
      const fields = '<input name="order" value="42"><button id="pay">Pay</button>'
      await insert(page, `<form method="post" action="${provider.url}">${fields}</form>`)
    }
    const { hand, release } = await leaveWithHand(page, '#pay', goThere, action)
    await hand.click()
    await expect(page).toHaveURL(provider.url)
    release()
    expect(provider.received).toEqual(['order=42'])
    await open(page, 'secondary', '/cart')
    await expect(agreed(page)).toContainText('replaced by navigation')
    await expectShown(page, { cart: 1 })
    provider.close()
  })

test('a browser that does not say whether a page was used, as Firefox before 120, meets the primary all the same', async ({
  page,
  context,
  open,
}) => {
  await context.addInitScript(() => Reflect.deleteProperty(Navigator.prototype, 'userActivation'))
  await open(page, 'secondary')
  await expect(agreed(page)).toContainText('replaced by navigation')
  await expectShown(page, { cart: 1 })
})

test('a visitor whose page could not leave goes through the exchange with the next load', async ({
  page,
  open,
  exchange,
}) => {
  const start = await holdFetch(page)
  await open(page, 'secondary', '/cart')
  await page.getByTestId('note').click()
  start.release()
  await exchange.waitFor('check')
  await exchange.settle()
  await page.reload()
  await expect(agreed(page)).toContainText('replaced by navigation')
  expect(exchange.actions()).toEqual(['start', 'check', 'start', 'check', 'replace'])
})

test('the anchor of a fragment that is not ASCII is in sight when the page comes back', async ({
  page,
  context,
  open,
}) => {
  await context.addInitScript(() =>
    addEventListener('DOMContentLoaded', () => {
      document.body.insertAdjacentHTML('beforeend', '<p style="height: 300vh"></p><p id="Über">Über</p>')
    }),
  )
  await open(page, 'secondary', '/cart#%C3%9Cber')
  await expect(agreed(page)).toContainText('replaced by navigation')
  expect(page.url()).toBe(`${originOf('secondary')}/cart#%C3%9Cber`)
  await expect(page.locator('#Über')).toBeInViewport()
})

test('a tab that lives long learns of the tenth sign-in elsewhere', async ({ page, context, open }) => {
  test.setTimeout(120_000)
  const other = await context.newPage()
  for (let times = 0; times < 10; times++) {
    await open(other, 'primary')
    const user = times % 2 ? 'grace' : 'ada'
    await other.getByTestId(`sign-in-${user}`).click()
    await expect(other.getByTestId('user')).not.toHaveText('guest')
    await page.bringToFront()
    await open(page, 'secondary', '/account')
    await expect(page.getByTestId('user')).toHaveText(user === 'ada' ? 'Ada Lovelace' : 'Grace Hopper')
    await other.bringToFront()
  }
})
