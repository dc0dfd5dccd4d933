// Two tabs on two secondaries leave for the exchange at once, before the primary has a cookie: each finds none there.
import { expect, test } from 'vitest'
import { memoryStore } from '../../src/stores/memory.js'
import { Deployment, FakeBrowser, navigation, primary, secondary, third } from '../support/fakeBrowser.js'

const start = (origin: string) => `${origin}/crossdomain/start?return_to=/`

async function open() {
  const browser = new FakeBrowser(new Deployment(memoryStore()), 'itp')
  for (const origin of [secondary, third]) {
    await browser.visit(origin)
    await (await browser.session(origin)).set(origin, 1)
  }
  return browser
}

/** Sends one hop with the cookies that the browser has now. @returns Where the answer leads, once it has arrived. */
async function hop(browser: FakeBrowser, url: string): Promise<string> {
  return (await browser.send(url, { headers: navigation })).headers.get('location') ?? ''
}

test('two first navigations at once are told not to be final, and the next page makes one session of all', async () => {
  const browser = await open()
  const claims = [await hop(browser, start(secondary)), await hop(browser, start(third))]
  // Both requests leave before either answer is there.
  const bare = new FakeBrowser(browser.deployment, 'itp')
  const first = await hop(bare, claims[0] ?? '')
  const second = await hop(browser, claims[1] ?? '')
  for (const url of [first, second])
    expect(await hop(browser, url)).toMatch(/#crossdomain=use_current:[\da-f]{10}:again$/)
  expect((await browser.session(primary)).data).toEqual({ [third]: 1 })
  // What the island does with such a result.
  for (const origin of [secondary, third])
    expect((await browser.navigate(start(origin))).href).toMatch(
      /#crossdomain=(use_current|replaced):[\da-f]{10}$/,
    )
  await browser.navigate(start(secondary))
  for (const origin of [primary, secondary, third])
    expect((await browser.session(origin)).data, origin).toEqual({ [secondary]: 1, [third]: 1 })
})

test('a navigation that finds a cookie on the primary is final', async () => {
  const browser = await open()
  await browser.visit(primary)
  expect((await browser.navigate(start(secondary))).href).toMatch(/use_current:[\da-f]{10}$/)
})
