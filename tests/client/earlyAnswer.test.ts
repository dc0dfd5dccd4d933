// The browser may have begun the exchange with the headers of the page, long before the island asks.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { SyncResult } from '../../src/client/synchronise.js'
import { primary, secondary } from '../support/fakeBrowser.js'
import { openIsland } from '../support/openIsland.js'

vi.mock('../../src/client/browser.js', async (original) => ({
  ...(await original<object>()),
  wait: async () => {},
}))

let told: SyncResult[]
beforeEach(() => {
  vi.resetModules()
  told = []
})
afterEach(() => vi.unstubAllGlobals())

test('an answer from before a sign-in is not taken for an agreement on what came after', async () => {
  const { browser, page, look } = await openIsland('allowed', told)
  for (const origin of [primary, secondary]) await browser.visit(origin)
  const early = (await browser.sync(secondary)).outcome
  await (await browser.session(secondary)).login('ada')
  page.answer = async () => {
    page.answer = null
    return Response.json(early)
  }
  await look()
  expect(page.exchanges).toBe(1)
  expect((await browser.session(primary)).userId).toBe('ada')
})
