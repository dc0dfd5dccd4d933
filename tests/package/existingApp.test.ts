import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { browserVariable } from '../../e2e/harness/browserWorld.js'
import { startCaddy, startNginx } from '../../fixtures/web-proxies.mjs'
import { ensureChromium } from '../../scripts/lib/browsers.mjs'
import { AppBrowser } from '../support/appBrowser.js'
import { behind, documentedSite, environment, hosts, replaced } from '../support/behindProxy.js'
import { planApp } from '../support/builtApp.js'
import { inBrowser } from './inBrowser.cases.js'

const oldSecret = 'the-old-secret-of-at-least-32-characters'

// An application with both routers, as Next.js builds and starts it.
let app: Awaited<ReturnType<typeof planApp>>
let server: Awaited<ReturnType<typeof app.start>>
beforeAll(async () => {
  app = await planApp('tests/apps/existing')
  app.build()
  server = await app.start({ OLD_SECRET: oldSecret })
  process.env[browserVariable] = await ensureChromium()
}, 400_000)
afterAll(() => server.stop(), 30_000)

describe('the Pages Router', () => {
  test('reads and writes the session in API routes and getServerSideProps', async () => {
    const visitor = new AppBrowser(app)
    const added = await visitor.send('/api/cart?item=tea', { method: 'POST' })
    expect(added).toMatchObject({ status: 200, body: '{"userId":null,"cart":["tea"]}' })
    expect(added.cookies).toHaveLength(2)
    expect(await visitor.shown('/cart')).toEqual({ userId: null, cart: ['tea'] })
    await visitor.send('/api/cart', { method: 'PUT' })
    expect(await visitor.shown('/cart')).toEqual({ userId: 'ada', cart: ['tea'] })
  })

  test('without the request, getSession() says what is missing', async () => {
    expect((await new AppBrowser(app).send('/api/bare')).body).toMatch(/CDS214.*getSession\(req, res\)/)
  })
})

describe('in a browser', () => inBrowser(() => ({ app, log: server.output, oldSecret })))

describe('the App Router', () => {
  test('after() sees the sign-in of its handler, and writes what needs no cookie', async () => {
    const visitor = new AppBrowser(app)
    await visitor.send('/after', { method: 'POST' })
    await expect
      .poll(async () => JSON.parse((await visitor.send('/after')).body))
      .toMatchObject({
        seen: { userId: 'ada', cart: ['from after()'], signIn: expect.stringContaining('CDS201') },
      })
    expect(await visitor.shown('/cart')).toEqual({ userId: 'ada', cart: ['from after()'] })
  })

  test.each([
    ['the router', { rsc: '1', 'next-router-prefetch': '1' }],
    ['the browser', { 'sec-purpose': 'prefetch' }],
  ])('a link to a GET handler that signs out signs nobody out when %s prefetches it', async (_, headers) => {
    const visitor = new AppBrowser(app)
    await visitor.send('/api/cart', { method: 'PUT' })
    const own = { 'sec-fetch-site': 'same-origin', referer: `${app.originOf('primary')}/cart` }
    const prefetch = (path: string) => visitor.send(path, { headers: { ...own, ...headers } })
    const first = await prefetch('/sign-out')
    // Next.js adds a hash of these headers to the address, which its router has sent along already.
    const prefetched = first.location === null ? first : await prefetch(first.location)
    expect([prefetched.status, prefetched.cookies]).toEqual([500, []])
    expect(await visitor.shown('/cart')).toMatchObject({ userId: 'ada' })
    await visitor.visit('/sign-out')
    expect(await visitor.shown('/cart')).toMatchObject({ userId: null })
  })

  test('`use cache: private` may read the session, and the log says why `use cache` may not', async () => {
    const visitor = new AppBrowser(app)
    await visitor.send('/api/cart?item=tea', { method: 'POST' })
    expect(await visitor.shown('/private')).toEqual(['tea'])
    await visitor.send('/cached')
    expect(server.output.join('')).toContain('CDS214')
  })

  test('the log says that a session cannot be a prop of a client component', async () => {
    await new AppBrowser(app).visit('/passed')
    await expect
      .poll(() => server.output.join(''))
      .toContain('cannot be passed directly to Client Components')
  })
})

// Real proxies, with the very configuration that docs/proxies.md shows. Visitors come with TLS, and Next.js knows none of it.
describe('behind a proxy', () => {
  let site: Awaited<ReturnType<typeof planApp>>
  let log: readonly string[]
  const proxies: { stop(): Promise<void> }[] = []
  beforeAll(async () => {
    site = await planApp('tests/apps/existing')
    const { output, stop } = await site.start(environment)
    log = output
    proxies.push({ stop: async () => void (await stop()) })
  }, 60_000)
  afterAll(() => Promise.all(proxies.map((proxy) => proxy.stop())), 30_000)

  /** @param change What somebody has changed in the configuration of the docs. */
  async function visitorThrough(name: 'nginx' | 'Caddy', change = (documented: string) => documented) {
    const documented = documentedSite(name, new URL(site.originOf('primary')).port)
    const options = { site: change(documented), hosts: Object.values(hosts) }
    const proxy = await (name === 'nginx' ? startNginx(options) : startCaddy(options))
    proxies.push(proxy)
    return () => new AppBrowser(behind(proxy))
  }
  const addItem = (visitor: AppBrowser, item: string) =>
    visitor.send(`/api/cart?item=${item}`, { method: 'POST' })

  describe.each(['nginx', 'Caddy'] as const)('%s, as docs/proxies.md sets it up', (name) => {
    let visitor: () => AppBrowser
    beforeAll(async () => {
      visitor = await visitorThrough(name)
    })

    test('lets a fetch through the whole exchange', async () => {
      const browser = visitor()
      await addItem(browser, 'tea')
      await browser.visit('/cart', 'secondary')
      const answers = await browser.fetchExchange()
      expect(answers.map(({ status, headers }) => [status, headers['cache-control']])).toEqual([
        [303, 'private, no-store'],
        [303, 'private, no-store'],
        [200, 'private, no-store'],
      ])
      expect(JSON.parse(answers.at(-1)?.body ?? '')).toMatchObject({ result: 'replaced' })
      expect(await browser.shown('/cart', 'secondary')).toMatchObject({ cart: ['tea'] })
    })

    test('lets a navigation through the whole exchange, with the largest headers that it has', async () => {
      const browser = visitor()
      await addItem(browser, 'tea')
      await browser.visit('/cart', 'secondary')
      // So `check` sets both cookies of the primary, beside the longest ticket.
      browser.jars.primary.delete('__Host-Http-crossdomain-link')
      for (const jar of Object.values(browser.jars)) jar.set('of-the-application', 'x'.repeat(4000))
      const longest = `/cart?${'x'.repeat(2042)}`
      const start = `/crossdomain/start?return_to=${encodeURIComponent(longest)}`
      expect(await browser.shown(start, 'secondary')).toMatchObject({ cart: ['tea'] })
      expect([...browser.jars.primary.keys()]).toContain('__Host-Http-crossdomain-link')
    })
  })

  test('a cache of nginx keeps what is public, and nothing of the session or the exchange', async () => {
    const visitor = await visitorThrough('nginx', (documented) =>
      replaced(
        `proxy_cache_path cache keys_zone=answers:1m;\n${documented}`,
        'location / {',
        'location / {\n proxy_cache answers;\n add_header X-Cache $upstream_cache_status always;',
      ),
    )
    const [ada, grace] = [visitor(), visitor()]
    await addItem(ada, 'tea')
    const page = await ada.visit('/cart')
    expect(page.cookies).toEqual([])
    const [script = ''] = /\/_next\/static\/[^"]+\.js/.exec(page.body) ?? []
    await ada.send(script)
    expect((await grace.send(script)).headers).toMatchObject({ 'x-cache': 'HIT' })
    expect(await grace.shown('/cart')).toMatchObject({ cart: [] })
    for (const browser of [ada, grace]) {
      await browser.visit('/cart', 'secondary')
      const answers = await browser.fetchExchange()
      expect(answers.map(({ headers }) => headers['x-cache'])).toEqual(['MISS', 'MISS', 'MISS'])
    }
    expect(await ada.shown('/cart', 'secondary')).toMatchObject({ cart: ['tea'] })
    expect(await grace.shown('/cart', 'secondary')).toMatchObject({ cart: [] })
  })

  test.each([
    ['nothing', '', 'CDS114: A request came to a host that is not in the list'],
    ['X-Forwarded-Host alone', 'proxy_set_header X-Forwarded-Host $host;', 'CDS115: A proxy passes on'],
  ])('the log says so if nginx passes on %s instead of Host', async (_, wrong, message) => {
    const visitor = await visitorThrough('nginx', (documented) =>
      replaced(documented, 'proxy_set_header Host $host;', wrong),
    )
    const [start] = await visitor().fetchExchange()
    expect(start).toMatchObject({ status: 400, body: expect.stringContaining('CDS403') })
    await expect.poll(() => log.join('')).toContain(message)
  })
})
