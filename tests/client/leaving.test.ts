// When a page leaves for the exchange, and when it does not.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { SyncResult } from '../../src/client/synchronise.js'
import { primary, secondary, type World } from '../support/fakeBrowser.js'
import { openIsland } from '../support/openIsland.js'

/** What waits, and for how long; by default nothing does. */
let wait: (ms: number) => Promise<void>
vi.mock('../../src/client/browser.js', async (original) => ({
  ...(await original<object>()),
  wait: (ms: number) => wait(ms),
}))

let told: SyncResult[]
beforeEach(() => {
  vi.resetModules()
  vi.useFakeTimers({ toFake: ['Date'] })
  wait = async () => {}
  told = []
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

/** A visitor with a cart on the primary, whose page of a secondary cannot do it by fetch. */
async function open(world: World = 'blocked', options = {}) {
  const opened = await openIsland(world, told, options)
  await opened.browser.visit(primary)
  await (await opened.browser.session(primary)).set('p', 1)
  await opened.browser.visit(secondary)
  return opened
}

/** What somebody did before is long over. */
const pass = () => vi.spyOn(performance, 'now').mockReturnValue(1e9)

const startOf = (path: string) => `/crossdomain/start?return_to=${encodeURIComponent(path)}`

describe('a page that somebody has used', () => {
  test('stays, and the next link leads through the exchange', async () => {
    const { browser, page, look, reload } = await open()
    page.hasBeenActive = true
    await look()
    pass()
    expect([page.left, told]).toEqual([[], [{ result: 'navigate', reason: 'cookies' }]])
    expect(await page.click('/cart?x=1#list')).toBe(true)
    expect(page.left).toEqual([startOf('/cart?x=1')])
    await page.comeBack()
    reload()
    await look()
    expect([page.href, (await browser.session(secondary)).get('p')]).toEqual([
      `${secondary}/cart?x=1#list`,
      1,
    ])
    expect(await page.click('/other')).toBe(false)
  })

  test.each([
    ['leads to another origin', 'https://elsewhere.example/', {}],
    ['opens in another tab', '/cart', { target: '_blank' }],
    ['is clicked with another button', '/cart', { button: 1 }],
    ['is clicked together with a key', '/cart', { metaKey: true }],
    ['stays on the page', '/page#list', {}],
    ['leads to the route of the exchange', '/crossdomain/start?return_to=%2F', {}],
  ])('leaves a link alone that %s', async (_, href, more) => {
    const { page, look } = await open()
    page.hasBeenActive = true
    await look()
    pass()
    expect(await page.click(href, more)).toBe(false)
    expect(page.left).toEqual([])
  })

  test('leaves a link alone while something is being sent, and for a second after a click or a key', async () => {
    const { page, look } = await open()
    page.hasBeenActive = true
    page.answer = null
    await look()
    let nowMs = performance.now() + 10_000
    vi.spyOn(performance, 'now').mockImplementation(() => nowMs)
    let answer = (_: Response) => {}
    page.answer = () => new Promise((resolve) => (answer = resolve))
    const sent = fetch('/action', { method: 'POST' })
    expect(await page.click('/cart')).toBe(false)
    answer(new Response())
    await sent
    page.window.dispatchEvent(new Event('keydown'))
    nowMs += 900
    expect(await page.click('/cart')).toBe(false)
    nowMs += 200
    expect(await page.click('/cart')).toBe(true)
  })

  test('leaves a link alone for a second after it was looked at, because a click of before may still be sent', async () => {
    const { page, look } = await open()
    page.hasBeenActive = true
    const now = vi.spyOn(performance, 'now').mockReturnValue(50_000)
    await look()
    now.mockReturnValue(50_900)
    expect(await page.click('/cart')).toBe(false)
    now.mockReturnValue(51_100)
    expect(await page.click('/cart')).toBe(true)
  })

  test('leaves a link alone that the application takes for something else, such as a drawer', async () => {
    const { page, look } = await open()
    page.hasBeenActive = true
    await look()
    pass()
    expect(await page.click('/cart', {}, (click) => click.preventDefault())).toBe(false)
  })

  test('goes its way although the application stops the click', async () => {
    const { page, look } = await open()
    page.hasBeenActive = true
    await look()
    pass()
    expect(await page.click('/cart', {}, (click) => click.stopImmediatePropagation())).toBe(true)
  })

  test('is not harmed by a click of a script on the document, nor by `fetch(url, null)`', async () => {
    const { page, look } = await open()
    page.hasBeenActive = true
    await look()
    const errors: unknown[] = []
    const note = (error: unknown) => errors.push(error)
    process.once('uncaughtException', note)
    const click = Object.assign(new Event('click'), { button: 0 })
    Object.defineProperty(click, 'target', { value: document })
    page.window.dispatchEvent(click)
    await new Promise((resolve) => setTimeout(resolve))
    process.off('uncaughtException', note)
    expect(errors).toEqual([])
    await expect(fetch('/list', null as unknown as RequestInit)).resolves.toBeInstanceOf(Response)
  })

  test('goes with the last of two links that are clicked one after the other', async () => {
    const { page, look } = await open()
    page.hasBeenActive = true
    await look()
    pass()
    for (const path of ['/cart', '/account']) expect(await page.click(path)).toBe(true)
    expect(page.left.at(-1)).toBe(startOf('/account'))
  })
})

test('a page that is used while it is about to leave stays, and the next link leads through the exchange', async () => {
  const { page, look } = await open()
  wait = (ms) => (ms === 10_000 ? new Promise(() => {}) : Promise.resolve())
  const looking = look()
  await vi.waitFor(() => expect(page.left).toHaveLength(1))
  page.window.dispatchEvent(new Event('keydown'))
  await looking
  expect(page.stops).toBe(1)
  await look()
  expect(page.left).toHaveLength(1)
  pass()
  expect(await page.click('/cart')).toBe(true)
})

test('a page that stayed shows what the exchange has brought meanwhile', async () => {
  const { browser, page, look } = await open()
  wait = (ms) => (ms === 10_000 ? new Promise(() => {}) : Promise.resolve())
  const looking = look()
  await vi.waitFor(() => expect(page.left).toHaveLength(1))
  await browser.navigate(secondary + page.left[0])
  page.window.dispatchEvent(new Event('keydown'))
  expect(await looking).toBe(true)
})

test('a page that is still loading is not left', async () => {
  const { page, look } = await open()
  page.isLoaded = false
  await look()
  expect(page.left).toEqual([])
  page.isLoaded = true
  await look()
  expect(page.left).toHaveLength(1)
})

test('a page that nobody uses is not left while a request of its scripts has no answer', async () => {
  const { page, look } = await open()
  page.isLoaded = false
  await look()
  page.isLoaded = true
  let answer = (_: Response) => {}
  page.answer = () => new Promise((resolve) => (answer = resolve))
  const sent = fetch('/action', { method: 'POST' })
  const leftBefore: number[] = []
  wait = async (ms) => {
    if (ms !== 100) return
    leftBefore.push(page.left.length)
    answer(new Response())
    await sent
  }
  await look()
  expect([leftBefore, page.left]).toEqual([[0], [startOf('/page')]])
})

test('a browser that does not say whether a page was used leaves all the same', async () => {
  const { page, look } = await open()
  page.hasBeenActive = undefined
  await look()
  expect(page.left).toHaveLength(1)
})

test('with `navigate="links"` a page leaves with a link only', async () => {
  const { page, look } = await open()
  await look(false, undefined, { navigate: 'links' })
  expect(page.left).toEqual([])
  expect(await page.click('/cart')).toBe(true)
})

test('with `navigate="never"` nothing leaves, and the application is told', async () => {
  const { page, look } = await open()
  await look(false, undefined, { navigate: 'never' })
  expect([await page.click('/cart'), page.left, told]).toEqual([
    false,
    [],
    [{ result: 'navigate', reason: 'cookies' }],
  ])
})

test('a browser that has answered `navigate` is not asked by fetch again on the next pages', async () => {
  const { page, look, reload, later } = await open()
  page.hasBeenActive = true
  for (let pages = 0; pages < 5; pages++) {
    await look()
    reload()
  }
  expect([page.exchanges, told]).toEqual([1, Array(5).fill({ result: 'navigate', reason: 'cookies' })])
  later(3_700)
  await look()
  expect(page.exchanges).toBe(2)
})

test('what came to something does not count as a navigation in vain', async () => {
  const { page, look, later } = await open()
  for (let times = 1; times <= 12; times++) {
    later(8 * 86_400)
    await look()
    expect(page.left).toHaveLength(times)
    await page.comeBack()
    await look()
    expect(told.at(-1)).toMatchObject({ via: 'navigation' })
  }
})

describe('a fetch that fails', () => {
  const fail = () => Promise.reject(new TypeError('Failed to fetch'))
  const typed = (type: string) =>
    Promise.resolve(Object.defineProperty(new Response(), 'type', { value: type }))
  const refuse = () =>
    document.dispatchEvent(
      Object.assign(new Event('securitypolicyviolation'), { effectiveDirective: 'connect-src' }),
    )

  const words = { headers: 'adds headers to every fetch', policy: 'Content-Security-Policy' }
  test.each([
    [
      'headers of other scripts are in its way',
      'headers',
      (init: RequestInit) => (init.mode === 'no-cors' ? typed('opaque') : fail()),
    ],
    [
      'the policy of the page is in its way',
      'policy',
      (init: RequestInit) => {
        if (init.redirect === 'manual') return typed('opaqueredirect')
        refuse()
        return fail()
      },
    ],
  ] as const)('is followed by a navigation if %s, and says so', async (_, reason, answer) => {
    const { browser, page, look } = await open('allowed')
    page.answer = answer
    const warn = vi.spyOn(console, 'warn').mockReturnValue()
    vi.stubEnv('NODE_ENV', 'development')
    await look()
    vi.unstubAllEnvs()
    expect(warn.mock.calls).toEqual([[expect.stringContaining(words[reason])]])
    expect([page.left, told]).toEqual([[startOf('/page')], [{ result: 'navigate', reason }]])
    await page.comeBack()
    await look()
    expect((await browser.session(secondary)).get('p')).toBe(1)
  })

  test.each([
    [
      'the browser is offline',
      false,
      (init: RequestInit) => (init.mode === 'no-cors' ? typed('opaque') : fail()),
    ],
    ['nothing can be reached', true, fail],
    [
      'the primary cannot be reached, and the route of this domain exports only GET',
      true,
      (init: RequestInit) => (init.mode === 'no-cors' ? typed('basic') : fail()),
    ],
    [
      'the policy of the page is in its way, and this domain is down',
      true,
      () => {
        refuse()
        return fail()
      },
    ],
    ['nothing comes in time', true, () => Promise.reject(new DOMException('too late', 'TimeoutError'))],
  ] as const)('leaves the page where it is if %s', async (_, isOnline, answer) => {
    const { page, look } = await open('allowed')
    Object.assign(page, { isOnline, answer })
    const warn = vi.spyOn(console, 'warn').mockReturnValue()
    vi.stubEnv('NODE_ENV', 'development')
    await look()
    vi.unstubAllEnvs()
    const words = isOnline
      ? /app\/crossdomain\/\[action\]\/route\.ts with GET, POST and OPTIONS/
      : /CDS417: the browser is offline\./
    expect(warn.mock.calls).toEqual([[expect.stringMatching(words)]])
    expect([page.left, told]).toEqual([[], [{ result: 'error', code: 'CDS417' }]])
  })
})

test('an agreement of a navigation over a session that was new on the primary is looked at once more, by the next page', async () => {
  const { browser, page, look, reload } = await open('blocked')
  await look()
  const toAgain = async () => {
    await page.comeBack()
    page.href = page.href.replace(/(crossdomain=\w+:\w+).*/, '$1:again')
    reload()
  }
  await toAgain()
  for (let looks = 0; looks < 3; looks++) await look()
  expect(page.left).toHaveLength(1)
  reload()
  vi.spyOn(performance, 'now').mockReturnValue(0)
  vi.setSystemTime(Date.now() + 1000)
  await look()
  // The browser has answered `navigate` before. A fetch would only be told so again.
  expect([page.left.length, page.exchanges]).toEqual([2, 1])
  // If the primary's cookie never comes back, the second time is the last.
  await toAgain()
  vi.setSystemTime(Date.now() + 1000)
  await look()
  reload()
  vi.setSystemTime(Date.now() + 1000)
  await look()
  expect(page.left).toHaveLength(2)
  expect((await browser.session(secondary)).get('p')).toBe(1)
})

test('a page that is used before it can check once more does so with the next link', async () => {
  const { page, look, reload } = await open('blocked')
  await look()
  await page.comeBack()
  page.href = page.href.replace(/(crossdomain=\w+:\w+).*/, '$1:again')
  reload()
  await look()
  reload()
  vi.spyOn(performance, 'now').mockReturnValue(0)
  vi.setSystemTime(Date.now() + 1000)
  page.hasBeenActive = true
  await look()
  expect(page.left).toHaveLength(1)
  vi.mocked(performance.now).mockReturnValue(10_000)
  expect([await page.click('/cart'), page.left.at(-1)]).toEqual([true, startOf('/cart')])
})
