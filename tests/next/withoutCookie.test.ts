// A page that came without a cookie, because it was prefetched for example, gets its session from `start`.
import { expect, test } from 'vitest'
import { memoryStore } from '../../src/stores/memory.js'
import { Deployment, FakeBrowser, primary, secondary } from '../support/fakeBrowser.js'

const fromPage = { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty', 'sec-fetch-site': 'same-origin' }

function open(options = {}) {
  const deployment = new Deployment(memoryStore(), options)
  return { deployment, browser: new FakeBrowser(deployment, 'allowed') }
}

const start = (browser: FakeBrowser, origin: string, headers: Record<string, string> = {}) =>
  browser.send(`${origin}/crossdomain/start?new`, { headers: { ...fromPage, ...headers } })

test('a page of a secondary that came without a cookie is brought together with the primary', async () => {
  const { browser } = open()
  await browser.visit(primary)
  await (await browser.session(primary)).set('cart', ['a'])
  expect((await browser.sync(secondary)).result).toEqual({ result: 'replaced' })
  expect((await browser.session(secondary)).data).toEqual({ cart: ['a'] })
})

test('a page of the primary that came without cookies gets one at a time, and no more', async () => {
  const { browser, deployment } = open()
  expect(await (await start(browser, primary)).json()).toEqual({ result: 'primary' })
  expect(Object.keys(browser.cookies(primary))).toEqual(['__Host-Http-crossdomain-link'])
  const { fingerprint } = await browser.session(primary)
  await start(browser, primary)
  const first = browser.cookies(primary)
  expect(Object.keys(first)).toEqual(['__Host-Http-crossdomain-link', '__Host-Http-crossdomain'])
  expect((await browser.session(primary)).fingerprint).toBe(fingerprint)
  expect((await start(browser, primary)).headers.getSetCookie()).toEqual([])
  expect(browser.cookies(primary)).toEqual(first)
  await (await browser.session(primary)).set('cart', ['a'])
  expect((await browser.session(primary)).data).toEqual({ cart: ['a'] })
  // The question itself leaves nothing in the store.
  expect(deployment.calls.indexOf('swap')).toBe(deployment.calls.lastIndexOf('swap'))
})

test('an answer that arrives after a sign-in of the same moment takes nobody’s session away', async () => {
  const { browser, deployment } = open()
  const signedIn = new FakeBrowser(deployment, 'allowed')
  await (await signedIn.session(primary)).login('ada')
  await start(browser, primary)
  // The browser keeps of each name what came last.
  for (const [name, cookie] of browser.jar(primary)) signedIn.jar(primary).set(name, cookie)
  for (let page = 0; page < 2; page++) {
    await signedIn.visit(primary)
    expect((await signedIn.session(primary)).userId).toBe('ada')
  }
})

test('a link cookie that a fetch has set on the primary becomes the session of its pages', async () => {
  const { browser } = open()
  await browser.visit(secondary)
  await browser.sync(secondary)
  await start(browser, primary)
  expect((await browser.session(primary)).fingerprint).toBe((await browser.session(secondary)).fingerprint)
})

test.each([
  ['there is no consent', { mayCreateSession: () => false }, {}],
  ['a bot asks', {}, { 'user-agent': 'Googlebot/2.1' }],
  ['a program with a token asks', {}, { authorization: 'Bearer cds_x' }],
  ['a prefetched page asks', {}, { 'sec-purpose': 'prefetch' }],
])('no page gets a session if %s', async (_, options, headers) => {
  for (const origin of [primary, secondary]) {
    const { browser, deployment } = open(options)
    const response = await start(browser, origin, headers)
    expect(await response.json()).toMatchObject({ result: 'error' })
    expect(browser.cookies(origin)).toEqual({})
    expect(deployment.calls).toEqual([])
  }
})

test('a page in a frame of another site, whose cookies may be kept back, gets no new ones', async () => {
  for (const origin of [primary, secondary]) {
    const { browser } = open()
    await start(browser, origin, { 'sec-fetch-storage-access': 'none' })
    expect(browser.cookies(origin)).toEqual({})
  }
})

test('who asks without a cookie leaves nothing that lasts longer than minutes', async () => {
  const { deployment, browser } = open()
  for (let visitors = 0; visitors < 10; visitors++) {
    browser.jars.clear()
    await browser.sync(secondary)
  }
  expect(deployment.written.length).toBeGreaterThan(0)
  expect(Math.max(...deployment.written.map(({ livesMs }) => livesMs))).toBeLessThanOrEqual(600_000)
})

test('a browser that keeps no cookies has begun an exchange by itself: it leads nowhere and costs the primary nothing', async () => {
  const { browser, deployment } = open()
  const response = await browser.send(`${secondary}/crossdomain/start`, { headers: fromPage })
  expect([response.status, await response.json()]).toEqual([200, { result: 'navigate' }])
  expect(response.headers.getSetCookie()).toEqual([])
  expect(deployment.calls).toEqual([])
})
