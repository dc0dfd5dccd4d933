// `getSession({ settled: true })`: a page that goes through the exchange before it is shown, rather than show a guest.
import type { NextRequest } from 'next/server.js'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import type { Options } from '../../src/core/config.js'
import { createGetSession } from '../../src/next/getSession.js'
import { watchResponses } from '../../src/next/nodeResponse.js'
import { memoryStore } from '../../src/stores/memory.js'
import { Deployment, FakeBrowser, navigation, primary, secondary } from '../support/fakeBrowser.js'
import { beginRequest } from '../support/nextHeaders.js'
import { beginNodeRequest, redirectOf } from '../support/nodeRequest.js'

vi.mock('next/headers.js', () => import('../support/nextHeaders.js'))
vi.mock('next/server.js', async (original) => ({
  ...(await original<object>()),
  ...(await import('../support/nextHeaders.js')).server,
}))
vi.mock('react-dom', () => ({ preinit: () => {} }))

beforeAll(watchResponses)

interface Page {
  readonly settled?: boolean
  readonly isRender?: boolean
  readonly hasBegun?: boolean
  readonly method?: string
}

/** A visitor of domains on which every page insists. */
async function open(options: Options = {}, page: Page = {}) {
  let nowMs = 1_800_000_000_000
  const deployment = new Deployment(memoryStore({ now: () => nowMs }), options)
  const browser = new FakeBrowser(deployment, 'blocked')
  const { getSession } = createGetSession(() => deployment.config, deployment.store)
  /** Whom the pages that were shown have shown. */
  const shown: (string | null)[] = []
  const { settled = true, isRender = true, hasBegun = false, method = 'GET' } = page

  async function render(request: NextRequest, sentCookie: string, answer: Response): Promise<Response> {
    // What Node remembers of a request ends with it.
    await Promise.resolve()
    const { pathname, search } = new URL(request.url)
    const response = beginNodeRequest(method, pathname + search, sentCookie)
    if (hasBegun) response.statusMessage = 'OK'
    const cookies = Object.fromEntries(request.cookies.getAll().map(({ name, value }) => [name, value]))
    const host = request.headers.get('host') ?? ''
    beginRequest({ host, cookies, headers: Object.fromEntries(request.headers), isRender })
    try {
      shown.push((await getSession({ settled })).userId)
      return answer
    } catch (error) {
      return redirectOf(error, response, answer.headers)
    }
  }
  const later = (seconds: number) => {
    nowMs += seconds * 1000
    deployment.nowSeconds += seconds
  }
  /** Somebody signs in on the primary. */
  const signIn = async (user: string) => {
    await browser.visit(primary)
    await (await browser.session(primary)).login(user)
  }
  /** The secondary has the session of Ada, which ended while Grace has signed in. */
  const endThere = async () => {
    await signIn('ada')
    await browser.follow(primary, `${secondary}/`)
    await browser.sync(secondary)
    await (await browser.session(primary)).logout()
    await signIn('grace')
    deployment.page = render
    deployment.calls.length = 0
  }
  const begin = () => void (deployment.page = render)
  return { deployment, browser, shown, later, signIn, endThere, begin }
}

const address = `${secondary}/a/%C3%BC%2Fb?x=1&y&z=%20+~%7E&x=%C3%BC`

const paths = (hops: readonly { readonly url: string }[]) => hops.map(({ url }) => new URL(url).pathname)

const whole = ['/a/%C3%BC%2Fb', '/crossdomain/start', '/crossdomain/check', '/crossdomain/replace']

describe.each([
  ['typed', null],
  ['linked to by this domain', secondary],
  ['linked to by a stranger', 'https://search.example'],
])('an address that is %s', (_, from) => {
  test('shows whom the primary knows if the session has ended, at its own address', async () => {
    const { browser, shown, endThere } = await open()
    await endThere()
    const { hops, href } = await browser.follow(from, address)
    expect([paths(hops), href, shown]).toEqual([whole, address, ['grace']])
  })

  test('and if it has expired', async () => {
    const { browser, shown, endThere, later, signIn } = await open({ lifetime: { idleSeconds: 3600 } })
    await endThere()
    await browser.follow(null, address)
    await browser.sync(secondary)
    later(3601)
    await signIn('linus')
    shown.length = 0
    const { hops } = await browser.follow(from, address)
    expect([hops.length, shown]).toEqual([4, ['linus']])
  })

  test('and if the browser has no cookie of the domain yet', async () => {
    const { browser, shown, signIn, begin } = await open()
    await signIn('ada')
    begin()
    const { hops, href } = await browser.follow(from, address)
    expect([paths(hops), href, shown]).toEqual([whole, address, ['ada']])
  })

  test.each(['kept', 'overruled'] as const)(
    'is shown in a browser that keeps no cookies, with the Referrer-Policy %s',
    async (policy) => {
      const { browser, shown, begin } = await open()
      browser.keepsCookies = false
      begin()
      const { hops, href } = await browser.follow(from, address, policy)
      expect([paths(hops), href, shown]).toEqual([whole.slice(0, 2), address, [null]])
    },
  )

  test('and in one that sends what it has and keeps nothing new', async () => {
    const { browser, shown, endThere } = await open()
    await endThere()
    browser.keepsCookies = false
    const { hops, href } = await browser.follow(from, address)
    expect([paths(hops), href, shown]).toEqual([whole.slice(0, 2), address, [null]])
  })
})

test('the island of the page is told what was agreed on, without asking the primary', async () => {
  const { browser, endThere } = await open()
  await endThere()
  await browser.follow(null, address)
  const { hops, result } = await browser.sync(secondary)
  expect([hops.length, result]).toEqual([1, { result: 'use_current' }])
})

test('a session that is settled costs what it costs without the option', async () => {
  const { browser, deployment, endThere, shown } = await open()
  await endThere()
  await browser.follow(null, address)
  await browser.sync(secondary)
  deployment.calls.length = 0
  const { hops } = await browser.follow(null, address)
  expect([paths(hops), deployment.calls, shown]).toEqual([[], ['read'], ['grace', 'grace']])
})

describe('an exchange that comes to nothing is walked once, and the page is shown', () => {
  test.each<[string, Options]>([
    [
      'the primary has no consent',
      { mayCreateSession: ({ headers }) => headers.get('host') !== 'shop.example' },
    ],
    ['there are too many', { mayExchange: () => false }],
  ])('if %s', async (_, options) => {
    const { browser, shown, begin } = await open(options)
    begin()
    expect((await browser.follow(null, address)).href).toBe(address)
    // The cookie that the middleware has made is lost.
    browser.jar(secondary).delete('__Host-Http-crossdomain')
    const { hops } = await browser.follow(null, address)
    expect([hops, shown]).toEqual([[], [null, null]])
  })

  test('if the store does not answer any more', async () => {
    const { browser, deployment, shown, endThere } = await open()
    await endThere()
    const render = deployment.page
    deployment.page = async (...given) => {
      const answer = await render?.(...given)
      deployment.isStoreDown = true
      return answer ?? new Response()
    }
    const { hops, href } = await browser.follow(null, address)
    expect([hops.length, href, shown]).toEqual([4, address, [null]])
  })

  test('if the session stays ended', async () => {
    let mayExchange = true
    const { browser, shown, endThere } = await open({ mayExchange: () => mayExchange })
    await endThere()
    mayExchange = false
    for (const redirects of [2, 0, 0])
      expect((await browser.follow(null, address)).hops).toHaveLength(redirects)
    expect(shown).toEqual([null, null, null])
  })
})

describe('is the same as getSession()', () => {
  const expectPlain = async (options: Options, page: Page, url = address) => {
    const { browser, shown, endThere } = await open(options, page)
    await endThere()
    const { hops, href } = await browser.follow(null, url)
    expect([paths(hops), href, shown]).toEqual([[], url, [null]])
  }

  test('without the option', () => expectPlain({}, { settled: false }))
  test('in an action or a route handler', () => expectPlain({}, { isRender: false }))
  test('once the answer has begun', () => expectPlain({}, { hasBegun: true }))
  test('for a form that is sent without scripts', () => expectPlain({}, { method: 'POST' }))
  test.each([
    ['no exchange can lead back to', '//evil.example/'],
    ['no seal can hold', `/${'a'.repeat(2048)}`],
    ['a platform has written for the router of Next.js', '/a/[slug]?nxtPslug=b'],
  ])('at an address that %s', (_, path) => expectPlain({}, {}, secondary + path))

  test('while the store is down', async () => {
    const { browser, deployment, shown, endThere } = await open()
    await endThere()
    deployment.isStoreDown = true
    expect((await browser.follow(null, address)).hops).toEqual([])
    expect(shown).toEqual([null])
  })

  test('without consent', async () => {
    const { browser, shown, begin } = await open({ mayCreateSession: () => false })
    begin()
    expect((await browser.follow(null, address)).hops).toEqual([])
    expect(shown).toEqual([null])
  })

  test('on the primary', async () => {
    const { browser, shown, endThere } = await open()
    await endThere()
    browser.jar(primary).clear()
    expect((await browser.follow(null, `${primary}/a`)).hops).toEqual([])
    expect(shown).toEqual([null])
  })

  test.each<[string, Record<string, string>]>([
    ['what is prefetched', { 'sec-purpose': 'prefetch' }],
    ['what is prerendered', { 'sec-purpose': 'prefetch;prerender' }],
    ['a bot', { 'user-agent': 'Googlebot/2.1' }],
    ['a program with a token', { authorization: 'Bearer x' }],
    ['a frame', { 'sec-fetch-dest': 'iframe' }],
    ['what the router of Next.js asks for', { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }],
  ])('for %s', async (_, headers) => {
    const { browser, endThere } = await open()
    await endThere()
    const response = await browser.visit(secondary, { ...navigation, ...headers })
    expect([response.status, response.headers.get('location')]).toEqual([200, null])
  })
})
