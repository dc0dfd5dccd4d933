// Sign-in on a secondary, then to the primary at once by a plain link, before any exchange.
import { describe, expect, test } from 'vitest'
import { memoryStore } from '../../src/stores/memory.js'
import { Deployment, FakeBrowser, primary, secondary, type World } from '../support/fakeBrowser.js'

const worlds: World[] = ['allowed', 'inactive', 'blocked', 'partitioned', 'absent', 'withheld', 'itp']

/** A visitor with a cart on the primary, whose cookies there are these. */
async function open(world: World, kept: 'both' | 'session' | 'link') {
  const browser = new FakeBrowser(new Deployment(memoryStore()), world)
  await browser.visit(primary)
  await (await browser.session(primary)).set('cart', ['a'])
  for (const name of ['session', 'link'] as const)
    if (kept !== 'both' && kept !== name)
      browser.jar(primary).delete(`__Host-Http-crossdomain${name === 'link' ? '-link' : ''}`)
  await browser.visit(secondary)
  return browser
}

describe.each(worlds)('third-party cookies %s', (world) => {
  describe.each(['both', 'session', 'link'] as const)('the primary has its cookies: %s', (kept) => {
    test('its own cart stays, and the next exchange makes it the user’s', async () => {
      const browser = await open(world, kept)
      await (await browser.session(secondary)).login('ada')
      await browser.follow(secondary, `${primary}/`)
      expect(await browser.session(primary)).toMatchObject({ userId: null, data: { cart: ['a'] } })
      await browser.navigate(`${secondary}/crossdomain/start?return_to=/`)
      for (const origin of [primary, secondary])
        expect(await browser.session(origin), origin).toMatchObject({ userId: 'ada', data: { cart: ['a'] } })
    })

    // The guest's cookie could have been copied, so it does not open what is a user's now.
    test('a cart that both domains had is the user’s, and is there again after the next exchange', async () => {
      const browser = await open(world, kept)
      await browser.navigate(`${secondary}/crossdomain/start?return_to=/`)
      await (await browser.session(secondary)).login('ada')
      await browser.follow(secondary, `${primary}/`)
      expect(await browser.session(primary)).toMatchObject({ userId: null, data: {} })
      await browser.navigate(`${secondary}/crossdomain/start?return_to=/`)
      expect(await browser.session(primary)).toMatchObject({ userId: 'ada', data: { cart: ['a'] } })
    })
  })
})
