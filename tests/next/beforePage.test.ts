// A visitor who comes from another listed domain by a link goes through the exchange before the first page is shown.
import { describe, expect, test } from 'vitest'
import type { Options } from '../../src/core/config.js'
import { memoryStore } from '../../src/stores/memory.js'
import { Deployment, FakeBrowser, primary, secondary, third, type World } from '../support/fakeBrowser.js'

/** Ada on the primary, with a cart. She has never been on a secondary. */
async function open(options: Options = {}, world: World = 'blocked') {
  const deployment = new Deployment(memoryStore(), options)
  const browser = new FakeBrowser(deployment, world)
  await browser.visit(primary)
  const session = await browser.session(primary)
  await session.set('cart', ['a'])
  await session.login('ada')
  return { deployment, browser }
}

const page = `${secondary}/a/%C3%BC%2Fb?utm_source=a.b-c&y=2`

describe.each<World>(['allowed', 'blocked', 'absent', 'itp'])('third-party cookies %s', (world) => {
  test('the first page of a secondary knows who comes from the primary, at its own address', async () => {
    const { browser } = await open({}, world)
    const { hops, href, page: shown } = await browser.follow(primary, page)
    expect(hops.map(({ url }) => new URL(url).pathname)).toEqual([
      '/a/%C3%BC%2Fb',
      '/crossdomain/check',
      '/crossdomain/replace',
    ])
    expect([href, shown.headers.get('x-middleware-next')]).toEqual([page, '1'])
    expect(await browser.session(secondary)).toMatchObject({ userId: 'ada', data: { cart: ['a'] } })
  })
})

test('and so does that of a secondary to which a link of another secondary leads', async () => {
  const { browser } = await open()
  await browser.follow(primary, `${secondary}/`)
  await browser.follow(secondary, `${third}/`)
  expect((await browser.session(third)).userId).toBe('ada')
})

test('the fragment of the page is its own, and its island is told without asking the primary, once', async () => {
  const { browser, deployment } = await open()
  expect((await browser.follow(primary, `${secondary}/`)).href).toBe(`${secondary}/`)
  const { fingerprint } = await browser.session(secondary)
  deployment.calls.length = 0
  const { hops, outcome } = await browser.sync(secondary)
  expect([hops.length, outcome, deployment.calls]).toEqual([1, { result: 'use_current', fingerprint }, []])
  expect((await browser.sync(secondary)).hops.length).toBeGreaterThan(1)
})

test('so is the island of a page to which a link through the exchange leads', async () => {
  const { browser } = await open()
  const { href } = await browser.follow(
    primary,
    `${secondary}/crossdomain/start?return_to=${encodeURIComponent('/a#b')}`,
  )
  expect(href).toBe(`${secondary}/a#b`)
  expect((await browser.sync(secondary)).hops).toHaveLength(1)
})

test('an island whose session has changed meanwhile asks the primary', async () => {
  const { browser } = await open()
  await browser.follow(primary, `${secondary}/`)
  await (await browser.session(secondary)).login('grace')
  expect((await browser.sync(secondary)).hops.length).toBeGreaterThan(1)
})

test('no answer on the way tells where the visitor comes from, and no cache keeps one', async () => {
  const { browser } = await open()
  for (const { response } of (await browser.follow(primary, page)).hops)
    expect(
      ['referrer-policy', 'cache-control', 'cross-origin-opener-policy'].map((name) =>
        response.headers.get(name),
      ),
    ).toEqual(['no-referrer', 'private, no-store', 'same-origin'])
})

describe('a browser that keeps no cookies', () => {
  test.each(['kept', 'overruled'] as const)(
    'gets to the page without a loop, with the Referrer-Policy %s',
    async (policy) => {
      const { browser } = await open()
      browser.keepsCookies = false
      const { hops, href } = await browser.follow(primary, page, policy)
      expect([hops.length, href]).toEqual([3, page])
    },
  )

  test('gets there as well if the primary refuses, and while the store is down', async () => {
    const deployment = new Deployment(memoryStore(), {
      mayCreateSession: ({ headers }) => headers.get('host') !== 'shop.example',
    })
    const browser = new FakeBrowser(deployment, 'blocked')
    browser.keepsCookies = false
    for (const policy of ['kept', 'overruled'] as const)
      expect((await browser.follow(primary, page, policy)).href).toBe(page)
    deployment.isStoreDown = true
    for (const policy of ['kept', 'overruled'] as const)
      expect((await browser.follow(primary, page, policy)).href).toBe(page)
  })
})

describe('is shown the page at once', () => {
  const cookie = async (browser: FakeBrowser) => void (await browser.visit(secondary))
  test.each<[string, string, string, Options?, ((browser: FakeBrowser) => Promise<void>)?]>([
    ['who comes from anywhere else', 'https://search.example', page],
    ['who comes from a name that only looks like a listed one', `${primary}.evil`, page],
    ['who goes to the primary', secondary, `${primary}/a`],
    ['who follows a link of the same domain', secondary, page],
    ['who has a cookie of the domain', primary, page, {}, cookie],
    ['who has not consented', primary, page, { mayCreateSession: () => false }],
    ['who is over the limit of exchanges', primary, page, { mayExchange: () => false }],
    ['where the option says so', primary, page, { exchangeBeforePage: false }],
    ['whose address no seal can hold', primary, `${secondary}/${'a'.repeat(2048)}`],
    // Next.js has written the query anew by the time the middleware sees it.
    ...['?a&b=1', '?a=%20', '?a=b+c', '?a=~', '?a=1&b=2&a=3', '?a=%7E'].map(
      (query): [string, string, string] => [
        `whose query ${query} Next.js may have changed`,
        primary,
        `${secondary}/a${query}`,
      ],
    ),
    ['whose address is not written as a URL parser writes it', primary, `${secondary}//evil.example/`],
    [
      'where the list of domains cannot be loaded',
      primary,
      page,
      { domains: async () => Promise.reject(new Error('no table')) },
    ],
  ])('%s', async (_, from, href, options = {}, before = async () => {}) => {
    const browser = new FakeBrowser(new Deployment(memoryStore(), options), 'blocked')
    await before(browser)
    const { hops, href: end } = await browser.follow(from, href)
    expect([hops, end]).toEqual([[], href])
    expect(browser.deployment.calls).toEqual([])
  })

  test.each<[string, Record<string, string>]>([
    ['what is prefetched', { 'sec-purpose': 'prefetch' }],
    ['what is prerendered', { 'sec-purpose': 'prefetch;prerender' }],
    ['a bot', { 'user-agent': 'Googlebot/2.1' }],
    ['a program with a token', { authorization: 'Bearer x' }],
    ['a frame', { 'sec-fetch-dest': 'iframe' }],
    ['what the router of Next.js asks for', { rsc: '1' }],
    ['a fetch', { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }],
  ])('%s', async (_, headers) => {
    const browser = new FakeBrowser(new Deployment(memoryStore()), 'blocked')
    const response = await browser.visit(secondary, { referer: `${primary}/`, ...headers })
    expect([response.headers.get('location'), response.headers.getSetCookie()]).toEqual([null, []])
  })
})
