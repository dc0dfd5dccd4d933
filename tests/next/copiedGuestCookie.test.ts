// Somebody has copied the guest's cookies of the primary. Then the visitor signs in on a secondary, and the two domains
// meet. If they meet by fetch, the browser keeps the guest's session cookie beside the link cookie of the user.
import { describe, expect, test } from 'vitest'
import { FakeBrowser, primary, secondary } from '../support/fakeBrowser.js'
import { asItIs, jarsOf, restore } from '../support/guestMeetsUser.js'
import { open, start } from '../support/visitor.js'

const meet = {
  fetch: (browser: FakeBrowser) => browser.sync(secondary),
  navigation: (browser: FakeBrowser) => browser.navigate(start),
}

describe.each(['fetch', 'navigation'] as const)('after an exchange by %s', (transport) => {
  async function met() {
    const opened = await open()
    const { browser, deployment, later } = opened
    await (await browser.session(primary)).set('cart', ['a'])
    later(60)
    const thief = new FakeBrowser(deployment)
    restore(thief, jarsOf(browser))
    thief.jars.delete(secondary)
    await (await browser.session(secondary)).login('ada')
    await meet[transport](browser)
    later(60)
    return { ...opened, thief, plant: async () => (await thief.session(primary)).set('planted', 1) }
  }

  test.each(['at once', 'after an exchange of the user’s', 'after one of the thief’s'])(
    'what the thief writes comes into no session of the user: %s',
    async (when) => {
      const { browser, thief, plant, later } = await met()
      await plant()
      if (when.endsWith('thief’s')) {
        await thief.visit(secondary)
        await (await thief.session(secondary)).set('planted', 1)
        await thief.navigate(start)
      }
      later(60)
      if (when.endsWith('user’s')) await browser.navigate(start)
      for (const origin of [primary, secondary]) {
        const { userId, data } = await browser.session(origin)
        expect([userId, data]).toEqual(['ada', { cart: ['a'] }])
      }
    },
  )

  test.each([
    ['the thief writes first', true, false],
    ['the thief writes first, and the domains meet', true, true],
    ['the user writes first', false, false],
    ['the user writes first, and the domains meet', false, true],
  ])('a sign-out leads the two to different guests: %s', async (_, isThiefFirst, meets) => {
    const { browser, thief, plant, later } = await met()
    if (isThiefFirst) await plant()
    later(60)
    await (await browser.session(secondary)).logout()
    if (meets) await browser.sync(secondary)
    later(60)
    const guest = await browser.session(primary)
    expect([guest.userId, guest.get('planted')]).toEqual([null, undefined])
    await guest.set('address', 'of the visitor')
    expect((await thief.session(primary)).get('address')).toBeUndefined()
  })

  test.each(['write', 'exchange'])(
    'a write on the primary and an exchange at once, after a sign-out, end in one session: the %s is first',
    async (first) => {
      const { browser, later } = await met()
      await (await browser.session(secondary)).logout()
      later(20)
      const [writing, asking] = [asItIs(browser), asItIs(browser)]
      const write = async () => (await writing.browser.session(primary)).set('cart', ['new'])
      const exchange = () => asking.browser.sync(secondary)
      const order = first === 'write' ? [write, exchange] : [exchange, write]
      for (const work of order) await work().catch(() => null)
      for (const tab of first === 'write' ? [asking, writing] : [writing, asking]) tab.receive()
      later(60)
      await browser.visit(primary)
      const [ours, theirs] = [await browser.session(primary), await browser.session(secondary)]
      expect([ours.fingerprint, ours.get('cart')]).toEqual([theirs.fingerprint, theirs.get('cart')])
    },
  )

  test('a page of the primary can write when its answer is on the way', async () => {
    const { browser } = await met()
    await (await browser.session(primary, { isAnswered: () => true })).set('seen', 1)
    expect(await browser.session(primary)).toMatchObject({ userId: 'ada', data: { cart: ['a'], seen: 1 } })
  })
})
