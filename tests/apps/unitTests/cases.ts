import { createTestSession, TestBrowser, withSession } from 'next-crossdomain-session/testing'
import { addToCart } from './actions'
import * as kit from './session'

// The same in both runners, which differ in how they load packages.
export const cases: Readonly<Record<string, () => Promise<readonly [actual: unknown, expected: unknown]>>> = {
  'an action gets the test session': async () => {
    const ada = await createTestSession(kit, { userId: 'ada', data: { cart: ['boots'] } })
    return [await withSession(ada, () => addToCart('a hat')), 'ada has boots and a hat.']
  },
  'a cart is there on another domain': async () => {
    const browser = new TestBrowser(kit)
    await browser.visit('https://shop.example')
    await withSession(browser, () => addToCart('boots'))
    await browser.visit('https://brand.example')
    await browser.exchange('https://brand.example')
    return [
      await withSession(browser, () => addToCart('a hat'), 'https://brand.example'),
      'A guest has boots and a hat.',
    ]
  },
}
