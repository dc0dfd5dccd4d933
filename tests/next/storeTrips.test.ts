import { describe, expect, test } from 'vitest'
import { memoryStore } from '../../src/stores/memory.js'
import { Deployment, FakeBrowser, navigation, primary, secondary } from '../support/fakeBrowser.js'
import { jarsOf, losingTheAnswer, restore } from '../support/guestMeetsUser.js'

describe('how often the store is asked', () => {
  type Make = (browser: FakeBrowser, origin: string, later: (seconds: number) => void) => Promise<unknown>
  const states: Readonly<Record<string, Make>> = {
    'no session': async (browser, origin) => browser.jar(origin).clear(),
    'a blank one': (browser, origin) => browser.visit(origin),
    'a guest': async (browser, origin) => (await browser.session(origin)).set(new URL(origin).hostname, 1),
    'a user': async (browser, origin) => (await browser.session(origin)).login(`user of ${origin}`),
    'an ended one': async (browser, origin) => {
      const session = await browser.session(origin)
      await session.set('a', 1)
      const jars = jarsOf(browser)
      await session.destroy()
      restore(browser, jars)
    },
    'a guest whose cookie was lost': async (browser, origin, later) => {
      await (await browser.session(origin)).set('cart', ['a'])
      await (await browser.session(secondary)).login('ada')
      await losingTheAnswer(browser)
      browser.jar(secondary).clear()
      await browser.visit(secondary)
      later(11)
    },
  }
  const rows = Object.keys(states).flatMap((here) =>
    Object.keys(states).flatMap((there) =>
      there === 'a guest whose cookie was lost' ? [] : [[here, there] as const],
    ),
  )

  test.each(rows)('with %s on the primary and %s here', async (here, there) => {
    let nowMs = 1_800_000_000_000
    const deployment = new Deployment(memoryStore({ now: () => nowMs }))
    const browser = new FakeBrowser(deployment)
    const later = (seconds: number) => {
      nowMs += seconds * 1000
      deployment.nowSeconds += seconds
    }
    for (const origin of [primary, secondary]) await browser.visit(origin)
    await states[here]?.(browser, primary, later)
    await states[there]?.(browser, secondary, later)
    later(11)
    deployment.calls.length = 0
    const claimed = await browser.send(`${secondary}/crossdomain/start?return_to=/`, { headers: navigation })
    expect(deployment.calls).toEqual([])
    const checked = await browser.send(claimed.headers.get('location') ?? '', { headers: navigation })
    const atCheck = deployment.calls.splice(0)
    await browser.send(checked.headers.get('location') ?? '', { headers: navigation })
    // Only if the cookie of the primary has to change: it is over, or its guest is about to become a user.
    const hasGuest = ['a blank one', 'a guest', 'a guest whose cookie was lost'].includes(here)
    const mustChange = here === 'an ended one' || (hasGuest && there === 'a user')
    expect(atCheck).toEqual(mustChange ? ['swap', 'swap'] : ['swap'])
    expect(deployment.calls).toEqual(['swap', 'swap'])
  })

  test.each([primary, secondary])(
    'for a page, a write, a sign-in and a sign-out on %s: once each',
    async (origin) => {
      const deployment = new Deployment(memoryStore())
      const browser = new FakeBrowser(deployment)
      await browser.visit(origin)
      const callsOf = async (work: () => Promise<unknown>) => {
        deployment.calls.length = 0
        await work()
        return [...deployment.calls]
      }
      for (let round = 0; round < 2; round++) {
        let session = await browser.session(origin)
        expect(await callsOf(async () => (session = await browser.session(origin)))).toEqual(['read'])
        expect(await callsOf(() => session.set('a', round))).toEqual(['swap'])
        expect(await callsOf(() => session.update((data) => ({ ...data, b: round })))).toEqual(['swap'])
        expect(await callsOf(() => session.login('ada'))).toEqual(['swap'])
        expect(await callsOf(() => session.login('grace'))).toEqual(['swap'])
        expect(await callsOf(() => session.logout({ keepData: true }))).toEqual(['swap'])
        expect(await callsOf(() => session.logout())).toEqual(['swap'])
      }
    },
  )
})
