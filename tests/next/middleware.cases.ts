import { NextResponse } from 'next/server.js'
import { expect, test } from 'vitest'
import { memoryStore } from '../../src/stores/memory.js'
import { Deployment, FakeBrowser, navigation, primary, secondary } from '../support/fakeBrowser.js'

/** What the middleware does, to be held true on Node and on the edge runtime alike. */
export function middlewareCases(): void {
  const open = (options = {}) => {
    const deployment = new Deployment(memoryStore(), options)
    return { deployment, browser: new FakeBrowser(deployment) }
  }

  test('mints a cookie that the render of the same request sees', async () => {
    const { browser, deployment } = open()
    const response = await browser.visit(secondary)
    const set = browser.cookies(secondary)
    expect(Object.keys(set)).toEqual(['__Host-Http-crossdomain', '__Host-crossdomain-sync'])
    // How Next.js hands request headers from middleware to pages, actions and route handlers.
    expect(response.headers.get('x-middleware-override-headers')?.split(',')).toContain('cookie')
    expect(response.headers.get('x-middleware-request-cookie')).toContain(
      `__Host-Http-crossdomain=${set['__Host-Http-crossdomain']}`,
    )
    expect(deployment.calls).toEqual([])
  })

  test('goes together with a middleware that rewrites, as docs/setup.md shows it', async () => {
    const { browser, deployment } = open()
    const request = browser.request(`${secondary}/`, navigation, 'all')
    const ours = await deployment.middleware(request)
    const response = NextResponse.rewrite(`${secondary}/en`, { request: { headers: request.headers } })
    for (const cookie of ours.cookies.getAll()) response.cookies.set(cookie)
    const [first] = ours.cookies.getAll()
    expect(response.headers.get('x-middleware-request-cookie')).toContain(`${first?.name}=${first?.value}`)
    expect(response.headers.getSetCookie()).toEqual(ours.headers.getSetCookie())
  })

  test('lets no cache keep an answer that sets a cookie', async () => {
    const response = await open().browser.visit(primary)
    expect([response.headers.get('cache-control'), response.headers.get('vary')]).toEqual([
      'private, no-store',
      'Cookie',
    ])
  })

  test('leaves a cookie that opens alone', async () => {
    const { browser } = open()
    await browser.visit(primary)
    const response = await browser.visit(primary)
    expect([response.headers.getSetCookie(), response.headers.get('cache-control')]).toEqual([[], null])
  })

  test("mints anew for junk, and for another domain's cookie", async () => {
    const { browser } = open()
    await browser.visit(primary)
    const foreign = browser.jar(primary).get('__Host-Http-crossdomain')
    for (const value of ['junk', foreign?.value ?? '']) {
      browser.jar(secondary).set('__Host-Http-crossdomain', { value, sameSite: 'lax', isTransient: false })
      await browser.visit(secondary)
      expect(browser.cookies(secondary)['__Host-Http-crossdomain']).not.toBe(value)
    }
  })

  test("gives the primary's page the session that a fetch of another domain began", async () => {
    const { browser } = open()
    await browser.visit(secondary)
    await (await browser.session(secondary)).set('cart', ['a'])
    await browser.sync(secondary)
    expect(Object.keys(browser.cookies(primary))).toEqual(['__Host-Http-crossdomain-link'])
    await browser.visit(primary)
    expect((await browser.session(primary)).data).toEqual({ cart: ['a'] })
  })

  test.each<[string, string, Record<string, string>, string?]>([
    ['an unlisted host', 'https://unlisted.example', navigation],
    ['a look-alike host', 'https://shop.example.evil', navigation],
    ['a prefetch', primary, { ...navigation, 'sec-purpose': 'prefetch' }],
    ['a prerender', primary, { ...navigation, 'sec-purpose': 'prefetch;prerender' }],
    ['a server component fetch', primary, { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty', rsc: '1' }],
    ['an iframe', primary, { ...navigation, 'sec-fetch-dest': 'iframe' }],
    ['an image', primary, { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }],
    ['a form', primary, navigation, 'POST'],
    ['HEAD', primary, navigation, 'HEAD'],
    ['a bot', primary, { ...navigation, 'user-agent': 'Mozilla/5.0 (compatible; bingbot/2.0)' }],
    ['curl', primary, {}],
    [
      'a page that an application asks for with a bearer token',
      primary,
      { ...navigation, authorization: 'Bearer junk' },
    ],
  ])('sets nothing for %s', async (_, origin, headers, method) => {
    const { browser, deployment } = open()
    const response = await deployment.middleware(browser.request(`${origin}/`, headers, 'all', method))
    expect([
      response.headers.getSetCookie(),
      response.headers.get('location'),
      response.headers.get('x-middleware-next'),
    ]).toEqual([[], null, '1'])
  })

  test.each<[string, Record<string, string>]>([
    ['as Chromium and Firefox ask', { 'service-worker': 'script', 'sec-fetch-dest': 'serviceworker' }],
    ['without Sec-Fetch-Dest', { 'service-worker': 'script' }],
    ['behind a proxy that knows only Sec-Fetch-Dest', { 'sec-fetch-dest': 'serviceworker' }],
  ])('refuses a service worker that is not named, and says so: CDS419, %s', async (_, headers) => {
    const events: unknown[] = []
    const { browser, deployment } = open({
      serviceWorkers: ['/sw.js'],
      onEvent: (event: unknown) => void events.push(event),
    })
    const ask = (path: string, origin = primary) =>
      deployment.middleware(browser.request(`${origin}${path}`, headers, 'all'))
    for (const path of [
      '/uploads/x.js',
      '/',
      '/sw.js/x',
      '/SW.js',
      '/sw.js%2f',
      '/%73w.js',
      '/crossdomain/sw.js',
    ]) {
      const refused = await ask(path)
      expect([path, refused.status, await refused.json(), refused.headers.get('x-middleware-next')]).toEqual([
        path,
        403,
        { error: 'CDS419' },
        null,
      ])
      expect(refused.headers.get('cache-control')).toBe('private, no-store')
    }
    expect(events[0]).toEqual({ type: 'refused', domain: primary, action: 'service-worker', code: 'CDS419' })
    for (const allowed of ['/sw.js', '/sw.js?v=2'])
      expect((await ask(allowed)).headers.get('x-middleware-next')).toBe('1')
    expect((await ask('/x.js', 'https://unlisted.example')).status).toBe(403)
  })

  test('allows no service worker unless told to, and every other script', async () => {
    const { browser, deployment } = open()
    const ask = (headers: Record<string, string>) =>
      deployment.middleware(browser.request(`${primary}/sw.js`, headers, 'all'))
    expect((await ask({ 'service-worker': 'script' })).status).toBe(403)
    for (const kind of ['script', 'worker', 'sharedworker'])
      expect((await ask({ 'sec-fetch-dest': kind })).status).toBe(200)
  })

  test('takes the host from a proxy only where told to', async () => {
    const forwarded = { ...navigation, 'x-forwarded-host': 'shop.example' }
    for (const [trustForwardedHost, count] of [
      [false, 0],
      [true, 2],
    ] as const) {
      const { browser, deployment } = open({ trustForwardedHost })
      const response = await deployment.middleware(
        browser.request('https://internal.example/', forwarded, 'all'),
      )
      expect(response.headers.getSetCookie()).toHaveLength(count)
    }
  })

  test('shows the page when the list of domains cannot be loaded', async () => {
    const { browser, deployment } = open({ domains: async () => Promise.reject(new Error('no table')) })
    const response = await deployment.middleware(browser.request(`${primary}/`, navigation, 'all'))
    expect([response.headers.get('x-middleware-next'), deployment.errors]).toMatchObject([
      '1',
      [{ code: 'CDS111' }],
    ])
  })

  test('walks the whole exchange', async () => {
    const { browser } = open()
    await browser.visit(primary)
    await browser.visit(secondary)
    await (await browser.session(primary)).login('ada')
    expect((await browser.sync(secondary)).result).toEqual({ result: 'replaced' })
    expect((await browser.session(secondary)).userId).toBe('ada')
  })
}
