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
  // The island remembers what it last wrote; each test is another page load.
  vi.resetModules()
  vi.useFakeTimers({ toFake: ['Date'] })
  told = []
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

const open = (world: World, options = {}) => openIsland(world, told, options)

test('a marker of a link that somebody sent does not stay in the address', async () => {
  const { page, look } = await open('allowed')
  page.href = `${secondary}/page#crossdomain=CDS410`
  await look()
  expect([page.left, page.href, told.length]).toEqual([[], `${secondary}/page`, 2])
})

test.each([
  'x-crossdomain-sync=abc%2F%2Fevil.example',
  '__Secure-crossdomain-sync=abc%2F%2Fevil.example',
  '__Host-crossdomain-sync=abc%2F%5Cevil.example',
  '__Host-crossdomain-sync=abc%2F%09%2Fevil.example',
  '__Host-crossdomain-sync=abc//evil.example',
  '__Host-crossdomain-sync=abchttps:evil.example',
])('is led nowhere by the cookie %s', async (cookie) => {
  const { page, look } = await open('allowed')
  vi.spyOn(page, 'cookie').mockReturnValue(cookie)
  await look()
  expect([new Set(page.asked), page.left]).toEqual([new Set(['/crossdomain/start?new']), []])
})

test('of two sync cookies the younger one counts', async () => {
  const { browser, page, look } = await open('allowed')
  await browser.visit(secondary)
  await look()
  const own = page.cookie()
  vi.spyOn(page, 'cookie').mockReturnValue(`a=b; __Secure-crossdomain-sync=old%2Fcrossdomain; ${own}`)
  await look()
  expect(page.exchanges).toBe(2)
})

test('an agreement is believed for a week, even where storage is full', async () => {
  for (const isStorageFull of [false, true]) {
    const { browser, page, look, later } = await open('allowed')
    page.isStorageFull = isStorageFull
    for (const origin of [primary, secondary]) await browser.visit(origin)
    for (let day = 0; day < 7; day++) {
      await look()
      later(86_399)
    }
    expect(page.exchanges).toBe(1)
    later(10)
    await look()
    expect(page.exchanges).toBe(2)
  }
})

test('without a throttle asks once each time that it is woken, a second apart', async () => {
  const { browser, page, look, later } = await open('allowed')
  for (const origin of [primary, secondary]) await browser.visit(origin)
  for (let runs = 1; runs <= 3; runs++) {
    await look(false, 0)
    expect(page.exchanges).toBe(runs)
    later(1)
  }
})

test('without a throttle does not leave the page anew for what it has just come back with', async () => {
  const { browser, page, look, later } = await open('blocked')
  for (const origin of [primary, secondary]) await browser.visit(origin)
  for (let runs = 1; runs <= 2; runs++) {
    await look(false, 0)
    await page.comeBack()
    await look(false, 0)
    expect(page.left).toHaveLength(runs)
    later(1)
  }
})

test('where the cookie of the primary never comes back, asks twice, and then no more', async () => {
  const { browser, page, look } = await open('allowed')
  await browser.visit(secondary)
  const send = browser.send.bind(browser)
  // As an extension does that removes cookies of other sites from requests and answers.
  browser.send = async (...input) => {
    const response = await send(...input)
    browser.jar(primary).clear()
    return response
  }
  // Each exchange changes the cookie, which wakes the island again.
  for (let runs = 0; runs < 5; runs++) await look()
  expect(page.exchanges).toBe(2)
})

test('says once that another tab agreed while this one was loading', async () => {
  const { browser, look } = await open('allowed')
  for (const origin of [primary, secondary]) await browser.visit(origin)
  expect(await look(true)).toBe(false)
  expect([await look(true), await look(false)]).toEqual([true, false])
})

test.each(['allowed', 'blocked'] as const)(
  'a sign-in between the answer and the look at it is not taken for agreed (%s)',
  async (world) => {
    const { browser, page, look } = await open(world)
    await (await browser.visit(primary), browser.session(primary)).then((session) => session.set('p', 1))
    await browser.visit(secondary)
    const signIn = async () => (await browser.session(secondary)).login('ada')
    if (world === 'allowed') {
      const sync = browser.sync.bind(browser)
      vi.spyOn(browser, 'sync').mockImplementationOnce(async (origin) => {
        const walked = await sync(origin)
        await signIn()
        return walked
      })
    }
    await look()
    if (world === 'blocked') {
      await page.comeBack()
      await signIn()
      await look()
      expect(page.left).toHaveLength(2)
      await page.comeBack()
      await look()
    }
    const there = await browser.session(primary)
    expect([there.userId, there.get('p')]).toEqual(['ada', 1])
  },
)

test.each([
  ['a gateway answers', () => Response.json({ error: 'upstream' }, { status: 502 }), /: CDS417: /],
  [
    'the route is not there',
    () => new Response('<!doctype html>', { status: 404 }),
    /^next-crossdomain-session: CDS417: GET \/crossdomain\/start .+ app\/crossdomain\/\[action\]\/route\.ts.+\/errors\/CDS417\.md$/,
  ],
  [
    'a code',
    () => Response.json({ result: 'error', code: 'CDS404' }, { status: 403 }),
    /^next-crossdomain-session: CDS404: .+\/errors\/CDS404\.md$/,
  ],
])('in development, and only there, the console says why domains stay apart: %s', async (_, answer, told) => {
  const { browser, look } = await open('allowed')
  await browser.visit(secondary)
  vi.stubGlobal('fetch', async () => answer())
  const warn = vi.spyOn(console, 'warn').mockReturnValue()
  await look()
  expect(warn).not.toHaveBeenCalled()
  vi.stubEnv('NODE_ENV', 'development')
  await look()
  expect(warn.mock.calls).toEqual([[expect.stringMatching(told)]])
})

test('in development the console says so also of a navigation that came to nothing', async () => {
  const { browser, page, look } = await open('blocked', {
    mayCreateSession: ({ headers }: { headers: Headers }) => headers.get('host') !== 'shop.example',
  })
  await browser.visit(secondary)
  await look()
  await page.comeBack()
  vi.stubEnv('NODE_ENV', 'development')
  const warn = vi.spyOn(console, 'warn').mockReturnValue()
  await look()
  expect(warn.mock.calls).toEqual([
    [expect.stringMatching(/^next-crossdomain-session: CDS415: .+\/errors\/CDS415\.md$/)],
  ])
})

test('keeps the fragment, whatever is in it, and shows it to no server', async () => {
  const { browser, page, look } = await open('blocked')
  await (await browser.visit(primary), browser.session(primary)).then((session) => session.set('p', 1))
  await browser.visit(secondary)
  page.href = `${secondary}/page?q=a#list?x=1&y=2#3`
  await look()
  expect(page.left).toEqual([`/crossdomain/start?return_to=${encodeURIComponent('/page?q=a')}`])
  await page.comeBack()
  expect(page.href).toMatch(/\/page\?q=a#crossdomain=replaced:[\da-f]{10}$/)
  await look()
  expect([page.href, page.scrolledTo]).toEqual([`${secondary}/page?q=a#list?x=1&y=2#3`, ['list?x=1&y=2#3']])
  expect(told.at(-1)).toMatchObject({ result: 'replaced', via: 'navigation' })
})

test('believes no marker in a tab that did not leave for one', async () => {
  const { browser, page, look } = await open('blocked')
  for (const origin of [primary, secondary]) await browser.visit(origin)
  await look()
  await page.comeBack()
  await look()
  told.length = 0
  page.href = `${secondary}/page#crossdomain=use_current:0123456789`
  await look()
  expect([told, page.href]).toEqual([[], `${secondary}/page`])
})

test('leaves no page that nobody looks at', async () => {
  const { browser, page, look } = await open('blocked')
  for (const origin of [primary, secondary]) await browser.visit(origin)
  page.hidden = true
  await look()
  expect(page.left).toEqual([])
  page.hidden = false
  await look()
  expect(page.left).toHaveLength(1)
})

test('leaves no window that another page has opened, because the way through the exchange would part them', async () => {
  const { browser, page, look } = await open('blocked')
  for (const origin of [primary, secondary]) await browser.visit(origin)
  page.opener = {}
  page.enter()
  await look()
  expect([page.left, told.at(-1)]).toEqual([[], { result: 'navigate', reason: 'cookies' }])
  page.opener = null
  page.enter()
  await look()
  expect(page.left).toHaveLength(1)
})

test('goes away at most eight times in one tab, though nothing is ever agreed', async () => {
  const { browser, page, look, later } = await open('blocked', {
    mayCreateSession: ({ headers }: { headers: Headers }) => headers.get('host') !== 'shop.example',
  })
  await browser.visit(secondary)
  for (let day = 0; day < 20; day++) {
    await look()
    if (page.left.length > 0) await page.comeBack()
    later(8 * 86_400)
  }
  expect(page.left).toHaveLength(8)
})

test.each(['store', 'consent'])(
  'a navigation that failed for want of %s is tried again after an hour, and not before',
  async (what) => {
    let isConsented = what !== 'consent'
    const { deployment, browser, page, look, later } = await open('blocked', {
      mayCreateSession: ({ headers }: { headers: Headers }) =>
        isConsented || headers.get('host') !== 'shop.example',
    })
    for (const origin of [primary, secondary]) await browser.visit(origin)
    await look()
    deployment.isStoreDown = what === 'store'
    await page.comeBack()
    await look()
    expect(told).toContainEqual({ result: 'error', code: what === 'store' ? 'CDS301' : 'CDS415' })
    deployment.isStoreDown = false
    isConsented = true
    await browser.visit(primary)
    await (await browser.session(primary)).login('ada')
    later(3_500)
    await look()
    expect(page.left).toHaveLength(1)
    later(200)
    await look()
    expect(page.left).toHaveLength(2)
    await page.comeBack()
    await look()
    expect((await browser.session(secondary)).userId).toBe('ada')
  },
)
