// A page that came without a cookie gets its session from the island, once.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { SyncResult } from '../../src/client/synchronise.js'
import { primary, secondary, type World } from '../support/fakeBrowser.js'
import { openIsland } from '../support/openIsland.js'

vi.mock('../../src/client/browser.js', async (original) => ({
  ...(await original<object>()),
  wait: async () => {},
}))

let told: SyncResult[]
beforeEach(() => {
  vi.resetModules()
  vi.useFakeTimers({ toFake: ['Date'] })
  told = []
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

test.each(['allowed', 'blocked'] as const)('it has what the primary has (%s)', async (world: World) => {
  const { browser, page, look } = await openIsland(world, told)
  await browser.visit(primary)
  await (await browser.session(primary)).login('ada')
  await look()
  if (world === 'blocked') {
    await page.comeBack()
    await look()
  }
  expect((await browser.session(secondary)).userId).toBe('ada')
  const { exchanges } = page
  await look()
  expect(page.exchanges).toBe(exchanges)
})

test('on the primary it asks once a week, and tells the application nothing', async () => {
  const { browser, page, look, reload, later } = await openIsland('allowed', told, {}, primary)
  for (let day = 0; day < 7; day++) {
    await look()
    reload()
    later(86_399)
  }
  expect([page.exchanges, told]).toEqual([1, []])
  expect(Object.keys(browser.cookies(primary))).toContain('__Host-Http-crossdomain-link')
  later(10)
  await look()
  expect(page.exchanges).toBe(2)
})

test('without consent it asks once an hour, and tells the application nothing', async () => {
  const { browser, page, look, reload, later } = await openIsland('allowed', told, {
    mayCreateSession: () => false,
  })
  for (let pages = 0; pages < 10; pages++) {
    await look()
    reload()
    later(350)
  }
  expect([page.exchanges, told, browser.cookies(secondary)]).toEqual([1, [], {}])
  later(200)
  await look()
  expect(page.exchanges).toBe(2)
})

test.each([
  ['a cookie more', false],
  ['word of the application', true],
])('after consent by script, of which it hears by %s, it asks at once', async (_, isTold) => {
  let isConsented = false
  const { browser, page, look } = await openIsland('allowed', told, { mayCreateSession: () => isConsented })
  await browser.visit(primary)
  for (let looks = 0; looks < 3; looks++) await look()
  expect(page.exchanges).toBe(1)
  isConsented = true
  if (!isTold) page.otherCookies.push('consent=all')
  await look(false, undefined, {}, isTold)
  expect(told.at(-1)).toMatchObject({ result: 'use_current' })
  expect(Object.keys(browser.cookies(secondary))).toContain('__Host-Http-crossdomain')
})

test('a browser that keeps no cookies is asked once an hour', async () => {
  const { browser, page, look, reload } = await openIsland('allowed', told)
  const forgetful = new (class extends Map {
    override set(): this {
      return this
    }
  })()
  vi.spyOn(browser, 'jar').mockReturnValue(forgetful)
  for (let pages = 0; pages < 10; pages++) {
    await look()
    reload()
  }
  expect([page.exchanges, told]).toEqual([1, [{ result: 'error', code: 'CDS410' }]])
})

test('a page that comes back while the way of `hrefTo` is not over asks again when it is', async () => {
  const { browser, look } = await openIsland('allowed', told)
  await browser.visit(primary)
  await browser.visit(secondary)
  const session = await browser.session(secondary)
  await session.login('ada')
  await session.hrefTo(`${primary}/`)
  const sync = browser.sync.bind(browser)
  vi.spyOn(browser, 'sync').mockImplementationOnce(async (origin) => {
    const walked = await sync(origin)
    expect(walked.outcome).toMatchObject({ code: 'CDS418' })
    // Browsers drop the cookie after ten seconds.
    browser.jar(origin).delete('__Host-Http-crossdomain-leaving')
    return walked
  })
  await look()
  expect(told).toMatchObject([{ result: 'use_current' }])
  expect((await browser.session(primary)).userId).toBe('ada')
})
