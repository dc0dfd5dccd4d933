// A browser that `hrefTo` sends to another domain takes the session along.
import { describe, expect, test, vi } from 'vitest'
import type { Options } from '../../src/core/config.js'
import type { SessionEvent } from '../../src/core/events.js'
import type { Session } from '../../src/core/session/session.js'
import { issueTicket } from '../../src/core/exchange/ticket.js'
import { createCrossDomainSession } from '../../src/index.js'
import { memoryStore } from '../../src/stores/memory.js'
import { registrableDomain } from '../../src/subdomains.js'
import {
  Deployment,
  FakeBrowser,
  navigation,
  primary,
  secondary,
  secret,
  third,
  type World,
} from '../support/fakeBrowser.js'
import { beginRequest } from '../support/nextHeaders.js'

vi.mock('next/headers.js', () => import('../support/nextHeaders.js'))
vi.mock('next/server.js', async (original) => ({
  ...(await original<object>()),
  ...(await import('../support/nextHeaders.js')).server,
}))

async function open(options: Options = {}, world: World = 'blocked') {
  const deployment = new Deployment(memoryStore(), options)
  const browser = new FakeBrowser(deployment, world)
  for (const origin of [primary, secondary]) await browser.visit(origin)
  return { deployment, browser }
}

/** What a Server Action does: signs in, leaves a message, and tells where the browser goes. */
async function signIn(browser: FakeBrowser, on: string, to: string): Promise<string> {
  const session = await browser.session(on)
  await session.login('ada')
  await session.flash('Welcome.')
  return session.hrefTo(to)
}

const shownOn = async (browser: FakeBrowser, origin: string) => {
  const page = await browser.session(origin, { canSetCookies: false })
  return [page.userId, await page.takeFlash()]
}

describe.each<World>(['allowed', 'blocked', 'absent', 'itp'])('third-party cookies %s', (world) => {
  test('a sign-in on a secondary is seen at once on the primary, with its message, once', async () => {
    const { browser } = await open({}, world)
    await (await browser.session(primary)).set('cart', ['a'])
    const { hops, href, url } = await browser.navigate(
      await signIn(browser, secondary, `${primary}/account?a=b%26#c`),
    )
    expect([hops.length, href]).toEqual([3, url])
    expect(url).toBe(`${primary}/account?a=b%26#c`)
    expect(await shownOn(browser, primary)).toEqual(['ada', ['Welcome.']])
    expect((await browser.session(primary)).data).toEqual({ cart: ['a'] })
    for (const origin of [primary, secondary])
      expect(await shownOn(browser, origin), origin).toEqual(['ada', []])
  })

  // A provider knows one callback, which is on the primary, and a sign-in may begin on any domain.
  test('the state of a sign-in that began on a secondary is there in the callback on the primary', async () => {
    const { browser } = await open({}, world)
    const session = await browser.session(secondary)
    await session.set('oauthState', 'a1')
    const { url } = await browser.navigate(await session.hrefTo(`${primary}/login`))
    expect(url).toBe(`${primary}/login`)
    // From the provider the browser comes back as from a stranger's link.
    const callback = await browser.session(primary, { headers: { 'sec-fetch-site': 'cross-site' } })
    expect(callback.get('oauthState')).toBe('a1')
    await callback.delete('oauthState')
    await callback.login('ada')
    await browser.navigate(await callback.hrefTo(`${secondary}/account`))
    const { userId, data } = await browser.session(secondary)
    expect([userId, data]).toEqual(['ada', {}])
  })
})

describe('the page that is left', () => {
  test('begins no exchange of its own beside that of the navigation, although its cookie is new', async () => {
    const { browser } = await open({}, 'allowed')
    const address = await signIn(browser, secondary, `${primary}/`)
    const { hops, outcome } = await browser.sync(secondary)
    expect([hops.map(({ response }) => response.status), outcome]).toEqual([
      [200],
      { result: 'error', code: 'CDS418', again: true },
    ])
    await browser.navigate(address)
    expect(await shownOn(browser, primary)).toEqual(['ada', ['Welcome.']])
  })

  test.each([
    ['no cookie of it is new', async () => {}, secondary],
    ['there is none any more', async (session: Session) => session.destroy(), secondary],
    ['it is of the primary, which has no island', async (session: Session) => session.login('ada'), primary],
  ])('is left as it is where %s', async (_, act, on) => {
    const { browser } = await open()
    const session = await browser.session(on)
    await act(session)
    const before = browser.cookies(on)
    await session.hrefTo(on === primary ? secondary : primary)
    expect(browser.cookies(on)).toEqual(before)
  })
})

test('a browser that has never been on the primary is known there at once', async () => {
  const browser = new FakeBrowser(new Deployment(memoryStore()), 'blocked')
  await browser.visit(secondary)
  expect((await browser.navigate(await signIn(browser, secondary, `${primary}/`))).href).toBe(`${primary}/`)
  expect(await shownOn(browser, primary)).toEqual(['ada', ['Welcome.']])
})

test('another secondary knows it at once as well, because its own exchange follows', async () => {
  const { browser } = await open({}, 'allowed')
  const { hops, href } = await browser.follow(secondary, await signIn(browser, secondary, `${third}/a`))
  expect([hops.length, href]).toEqual([6, `${third}/a`])
  expect(await shownOn(browser, third)).toEqual(['ada', ['Welcome.']])
})

test('a sign-in on the primary is seen at once on a secondary, with its message, once', async () => {
  const { browser } = await open()
  const { hops, href } = await browser.follow(primary, await signIn(browser, primary, `${secondary}/a`))
  expect([hops.length, href]).toEqual([4, `${secondary}/a`])
  for (const origin of [secondary, primary])
    expect(await shownOn(browser, origin)).toEqual(['ada', origin === secondary ? ['Welcome.'] : []])
})

describe('tells the address', () => {
  const href = async (on: string, to: string | URL, options: Options = {}) =>
    (await (await open(options)).browser.session(on)).hrefTo(to)

  test.each([
    [
      secondary,
      `${primary}/a?b=c&d#e`,
      `${secondary}/crossdomain/start?return_to=${encodeURIComponent(`${primary}/a?b=c&d#e`)}`,
    ],
    [secondary, primary, `${secondary}/crossdomain/start?return_to=${encodeURIComponent(`${primary}/`)}`],
    [secondary, third, `${secondary}/crossdomain/start?return_to=${encodeURIComponent(`${third}/`)}`],
    [
      secondary,
      `${primary}:443/ü ä`,
      `${secondary}/crossdomain/start?return_to=${encodeURIComponent(`${primary}/%C3%BC%20%C3%A4`)}`,
    ],
  ])('on %s of %s', async (on, to, address) => {
    expect(await href(on, to)).toBe(address)
    expect(await href(on, new URL(to))).toBe(address)
  })

  test.each(['/a', 'a?b', '?b', '#c', '', './a', `${secondary}/a`, secondary])(
    'of the own page %j as it is',
    async (to) => expect(await href(secondary, to)).toBe(to),
  )

  test.each([primary, secondary])('of the page itself without consent, on %s', async (on) => {
    const to = on === primary ? secondary : primary
    expect(await href(on, `${to}/a?b#c`, { mayCreateSession: () => false })).toBe(`${to}/a?b#c`)
  })

  test('of the page itself for a bot, which has no session, and for a browser that does not say what its requests are for', async () => {
    const { browser, deployment } = await open()
    for (const session of [
      await new FakeBrowser(deployment).session(secondary),
      await browser.session(secondary, { headers: { 'sec-fetch-mode': undefined } }),
    ])
      expect(await session.hrefTo(`${primary}/a`)).toBe(`${primary}/a`)
  })

  test('on another path', async () => {
    expect(await href(secondary, `${primary}/crossdomain/start`, { path: '/shop/sync' })).toBe(
      `${secondary}/shop/sync/start?return_to=${encodeURIComponent(`${primary}/crossdomain/start`)}`,
    )
  })

  test('of a subdomain that has the same session as it is, and of another one by the exchange', async () => {
    expect(await href(secondary, 'https://www.brand.example/a', { subdomains: registrableDomain })).toBe(
      'https://www.brand.example/a',
    )
    expect(await href(secondary, 'https://www.shop.example/a', { subdomains: registrableDomain })).toBe(
      `${secondary}/crossdomain/start?return_to=${encodeURIComponent('https://www.shop.example/a')}`,
    )
  })

  test('and of the address itself no other one', async () => {
    const address = await href(secondary, primary)
    expect(await href(secondary, address)).toBe(address)
  })

  test('without asking the store, and of the page itself while that is down', async () => {
    const { browser, deployment } = await open()
    deployment.isStoreDown = true
    const session = await browser.session(secondary)
    deployment.calls.length = 0
    expect(await session.hrefTo('/a')).toBe('/a')
    expect(await session.hrefTo(primary)).toBe(primary)
    expect(deployment.calls).toEqual([])
  })

  test.each([
    ...[
      'https://evil.example/',
      '//evil.example/',
      '/\\evil.example',
      '\t//evil.example',
      'https:\\\\evil.example',
      'https://shop.example.evil/',
      'https://shop.example@evil.example/',
    ],
    ...[
      'http://shop.example/',
      'https://shop.example:8443/',
      'https://ada@shop.example/',
      'javascript:alert(1)',
      'data:text/html,x',
      'blob:https://shop.example/x',
      'blob:https://brand.example/x',
      'mailto:ada@shop.example',
      'https://',
    ],
    ...[
      'https://shop.example//evil.example',
      'https://shop.example/crossdomain/start?return_to=/',
      'https://shop.example/cross%64omain/check',
    ],
  ])('never of %j', async (to) => {
    await expect(href(secondary, to)).rejects.toMatchObject({ code: 'CDS211' })
  })
})

describe('whatever comes of it, the browser ends on the page, after three redirects at most', () => {
  const address = `${secondary}/crossdomain/start?return_to=${encodeURIComponent(`${primary}/page`)}`

  test('the store is down', async () => {
    const { browser, deployment } = await open()
    deployment.isStoreDown = true
    expect((await browser.navigate(address)).href).toBe(`${primary}/page`)
  })

  test('it goes down on the way', async () => {
    const { browser, deployment } = await open()
    await (await browser.session(secondary)).set('s', 1)
    const start = await browser.send(address, { headers: navigation })
    const check = await browser.send(start.headers.get('location') ?? '', { headers: navigation })
    deployment.isStoreDown = true
    expect((await browser.navigate(check.headers.get('location') ?? '')).href).toBe(`${primary}/page`)
  })

  test('cookies are off', async () => {
    const { browser } = await open()
    let url = address
    for (let redirects = 0; url !== `${primary}/page`; redirects++) {
      expect(redirects).toBeLessThan(3)
      browser.jars.clear()
      url = (await browser.send(url, { headers: navigation })).headers.get('location') ?? ''
    }
  })

  test('it is too long to travel', async () => {
    const { browser, deployment } = await open()
    const long = `${primary}/${'a'.repeat(2048)}`
    expect(
      await browser.navigate(`${secondary}/crossdomain/start?return_to=${encodeURIComponent(long)}`),
    ).toMatchObject({ href: long, hops: { length: 1 } })
    expect(deployment.calls).toEqual([])
  })

  test('another exchange of the browser was faster, or the ticket is used already', async () => {
    const { browser } = await open()
    await (await browser.session(primary)).set('p', 1)
    await (await browser.session(secondary)).set('s', 1)
    const start = await browser.send(address, { headers: navigation })
    const check = await browser.send(start.headers.get('location') ?? '', { headers: navigation })
    await (await browser.session(secondary)).login('ada')
    const before = browser.cookies(secondary)
    for (const _ of ['another bind', 'a used ticket']) {
      const response = await browser.send(check.headers.get('location') ?? '', { headers: navigation })
      expect([response.status, response.headers.get('location')]).toEqual([303, `${primary}/page`])
    }
    expect(browser.cookies(secondary)).toEqual(before)
  })
})

test('a domain that is taken off the list on the way is not gone to', async () => {
  const { browser, deployment } = await open()
  await (await browser.session(secondary)).set('s', 1)
  const before = browser.cookies(secondary)
  const start = await browser.send(await (await browser.session(secondary)).hrefTo(`${third}/a`), {
    headers: navigation,
  })
  const check = await browser.send(start.headers.get('location') ?? '', { headers: navigation })
  const smaller = new Deployment(deployment.store, { domains: [primary, secondary] })
  const response = await smaller.handlers.GET(
    browser.request(check.headers.get('location') ?? '', navigation, 'all'),
  )
  expect([response.status, response.headers.get('location'), response.headers.getSetCookie()]).toEqual([
    400,
    null,
    [],
  ])
  expect(await response.text()).toContain('CDS414')
  expect(browser.cookies(secondary)).toEqual(before)
})

test('a forged way out in a ticket is not followed', async () => {
  const { browser, deployment } = await open()
  const ticket = await issueTicket(deployment.config, {
    kind: 'return',
    aud: secondary,
    result: { result: 'use_current', fingerprint: '0123456789' },
    returnTo: 'https://evil.example/',
  })
  const response = await browser.send(`${secondary}/crossdomain/replace?ticket=${ticket}`, {
    headers: navigation,
  })
  expect([response.status, response.headers.get('location')]).toEqual([400, null])
})

test.each(['before', 'on the way'])(
  'without consent a link leads to its page, and nothing is stored: %s',
  async (when) => {
    let isGiven = when !== 'before'
    const { browser, deployment } = await open({ mayCreateSession: () => isGiven })
    if (isGiven) await (await browser.session(secondary)).set('s', 1)
    const address = `${secondary}/crossdomain/start?return_to=${encodeURIComponent(`${primary}/page`)}`
    let url = address
    for (let redirects = 0; when === 'on the way' && redirects < 2; redirects++)
      url = (await browser.send(url, { headers: navigation })).headers.get('location') ?? ''
    isGiven = false
    const written = [...deployment.sessionsWritten]
    const response = await browser.send(url, { headers: navigation })
    expect([response.status, response.headers.get('location')]).toEqual([303, `${primary}/page`])
    expect(response.headers.getSetCookie()).toEqual([])
    expect(deployment.sessionsWritten).toEqual(written)
  },
)

test.each([
  ['', '/'],
  ['?return_to=/a', '/a'],
  [`?return_to=${encodeURIComponent(`${secondary}/a`)}`, `${secondary}/a`],
])('start on the primary leads to the page if there is nothing to take along: %j', async (query, page) => {
  const { browser } = await open()
  const response = await browser.send(`${primary}/crossdomain/start${query}`, { headers: navigation })
  expect([response.status, response.headers.get('location')]).toEqual([303, page])
})

// After `redirect()` in a Server Action Next.js asks the address that it listens on, with the action's headers.
test.each([
  ['by itself', 'localhost:3000', { 'x-forwarded-host': new URL(secondary).host }],
  ['for the browser', new URL(secondary).host, {}],
  ['for a link that may be followed', new URL(secondary).host, { 'next-router-prefetch': '1' }],
])('what Next.js asks %s before it navigates is told so, and nothing comes of it', async (_, host, more) => {
  const events: SessionEvent[] = []
  const { browser, deployment } = await open({ onEvent: (event) => void events.push(event) })
  deployment.calls.length = 0
  const headers = {
    'sec-fetch-mode': 'cors',
    'sec-fetch-dest': 'empty',
    'sec-fetch-site': 'same-origin',
    origin: secondary,
    rsc: '1',
    host,
    ...more,
  }
  const response = await browser.send(`${secondary}/crossdomain/start?return_to=/`, { headers })
  expect([response.status, await response.json(), response.headers.getSetCookie()]).toEqual([
    200,
    { result: 'navigate' },
    [],
  ])
  expect([events, deployment.calls]).toEqual([[], []])
})

test('the router has no answer on a host that is not listed', async () => {
  const { browser } = await open()
  const response = await browser.send(`${secondary}/crossdomain/start?return_to=/`, {
    headers: { rsc: '1', host: 'evil.example' },
  })
  expect([response.status, await response.json()]).toEqual([400, { result: 'error', code: 'CDS403' }])
})

test('a host that is not listed has no way to the others, nor has one while the domains are not known', async () => {
  const kit = (domains: Options['domains']) =>
    createCrossDomainSession({ primary, domains, secret, store: memoryStore(), onError: () => {} })
  beginRequest({ host: new URL(third).host })
  await expect((await kit([primary, secondary]).getSession()).hrefTo(primary)).rejects.toMatchObject({
    code: 'CDS205',
  })
  beginRequest({ host: new URL(secondary).host })
  await expect((await kit(async () => []).getSession()).hrefTo(primary)).rejects.toMatchObject({
    code: 'CDS111',
  })
})

describe('a navigation that a service worker passes on by fetch ends on its page', () => {
  // As Chromium 156 sends it for `fetch(event.request)`, and with options beside it.
  describe.each(['navigate', 'same-origin'])('with mode %s', (mode) => {
    const passedOn = { 'sec-fetch-mode': mode, 'sec-fetch-dest': 'empty', 'sec-fetch-site': 'same-origin' }

    test.each([
      ['start', 0],
      ['check', 1],
      ['replace', 2],
    ])('at %s, with the code, and nothing was agreed on', async (_, hops) => {
      const { browser, deployment } = await open()
      await (await browser.session(primary)).login('ada')
      let url = `${secondary}/crossdomain/start?return_to=/page?a=b`
      for (let hop = 0; hop < hops; hop++)
        url = (await browser.send(url, { headers: navigation })).headers.get('location') ?? ''
      const given = await browser.send(url, { headers: passedOn })
      const { href } = await browser.navigate(new URL(given.headers.get('location') ?? '', url).href)
      expect(href).toBe(new URL('/page?a=b#crossdomain=CDS413', secondary).href)
      expect((await browser.session(secondary)).userId).toBeNull()
      const rows = deployment.written.length
      // The seal is dead then, and leads to its page and no further.
      const { href: end } = await browser.navigate(url)
      expect(end).toMatch(
        hops === 0 ? /\/page\?a=b#crossdomain=replaced:/ : /\/page\?a=b#crossdomain=CDS41[16]$/,
      )
      if (hops > 0) expect(deployment.written).toHaveLength(rows)
    })
  })

  test('and never on a page of a stranger', async () => {
    const { browser } = await open()
    const url = `${secondary}/crossdomain/start?return_to=https://evil.example`
    const answer = await browser.send(url, {
      headers: { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'empty' },
    })
    expect([answer.status, await answer.json()]).toEqual([400, { result: 'error', code: 'CDS414' }])
  })
})
