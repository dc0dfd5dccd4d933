// A visitor who comes from another listed domain by a link goes through the exchange before the first page is shown.
import { describe, expect, test } from 'vitest'
import type { Options } from '../../src/core/config.js'
import { memoryStore } from '../../src/stores/memory.js'
import {
  Deployment,
  FakeBrowser,
  navigation,
  primary,
  secondary,
  third,
  type World,
} from '../support/fakeBrowser.js'

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
  expect(Object.keys(browser.cookies(secondary))).toEqual([
    '__Host-Http-crossdomain',
    '__Host-crossdomain-sync',
  ])
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

describe('two links that are opened at once both end on their pages', () => {
  const cross = { ...navigation, 'sec-fetch-site': 'cross-site', referer: `${primary}/` }
  const hop = async (browser: FakeBrowser, url: string) =>
    (await browser.send(url, { headers: cross })).headers.get('location') ?? ''

  test('on a domain that has no cookie yet', async () => {
    const { browser, deployment } = await open()
    const bare = new FakeBrowser(deployment, 'blocked')
    // Both requests leave before either answer is there. The browser keeps the cookie of the second one.
    const first = (await bare.visit(secondary, cross)).headers.get('location') ?? ''
    const second = (await browser.visit(secondary, cross)).headers.get('location') ?? ''
    const tickets = [await hop(browser, first), await hop(browser, second)]
    for (const ticket of tickets) expect(await hop(browser, ticket)).toBe('/')
    expect((await browser.session(secondary)).userId).toBe('ada')
  })

  test('on one that has a cookie', async () => {
    const { browser } = await open()
    await browser.visit(secondary)
    const link = `${secondary}/crossdomain/start?return_to=/a`
    const [first, second] = [await hop(browser, link), await hop(browser, link)]
    const tickets = [await hop(browser, first), await hop(browser, second)]
    for (const ticket of tickets) expect(await hop(browser, ticket)).toBe('/a')
    expect((await browser.session(secondary)).userId).toBe('ada')
  })
})

test('two secondaries opened at once, while the primary has no cookie, become one session', async () => {
  const deployment = new Deployment(memoryStore())
  const browser = new FakeBrowser(deployment, 'allowed')
  const bare = new FakeBrowser(deployment, 'allowed')
  const cross = { ...navigation, 'sec-fetch-site': 'cross-site', referer: `${primary}/` }
  const hop = async (by: FakeBrowser, url: string) =>
    (await by.send(url, { headers: cross })).headers.get('location') ?? ''
  const [first = '', second = ''] = await Promise.all(
    [secondary, third].map(
      async (origin) => (await browser.visit(origin, cross)).headers.get('location') ?? '',
    ),
  )
  // Both requests leave before either answer is there.
  const tickets = [await hop(bare, first), await hop(browser, second)]
  for (const ticket of tickets) expect(await hop(browser, ticket)).toBe('/')
  for (const origin of [secondary, third]) {
    await (await browser.session(origin)).set(origin, 1)
    await browser.sync(origin)
  }
  expect((await browser.session(third)).data).toEqual({ [secondary]: 1, [third]: 1 })
})

test.each([
  ['is over the limit of exchanges', '/a', { mayExchange: () => false }],
  ['is too long for a seal', `/${'a'.repeat(2048)}`, {}],
])('a link that %s leads to its page, and adds nothing to its address', async (_, path, options) => {
  const browser = new FakeBrowser(new Deployment(memoryStore(), options), 'blocked')
  await browser.visit(secondary)
  const link = `${secondary}/crossdomain/start?return_to=${path}`
  expect((await browser.follow(primary, link)).href).toBe(`${secondary}${path}`)
})

test('without consent on the way back, nothing is noted', async () => {
  let isGiven = true
  const { browser } = await open({ mayCreateSession: () => isGiven })
  await browser.follow(primary, `${secondary}/`)
  await browser.sync(secondary)
  const cross = { ...navigation, 'sec-fetch-site': 'cross-site' }
  let url = `${secondary}/crossdomain/start?return_to=/`
  for (const hop of [1, 2, 3]) {
    isGiven = hop < 3
    const answer = await browser.send(url, { headers: cross })
    url = answer.headers.get('location') ?? ''
    if (hop === 3) expect([url, answer.headers.getSetCookie()]).toEqual(['/', []])
  }
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
