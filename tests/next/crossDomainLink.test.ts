// A `<CrossDomainLink>` takes the visitor's session along: the other domain knows them at the first paint.
import { renderToStaticMarkup } from 'react-dom/server'
import { describe, expect, test, vi } from 'vitest'
import { CrossDomainLink } from '../../src/client/CrossDomainLink.js'
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

/** The `href` as the page has it. */
function hrefOf(href: string | URL): string {
  const html = renderToStaticMarkup(CrossDomainLink({ href, children: 'over' }))
  return (/href="([^"]*)"/.exec(html)?.[1] ?? '').replaceAll('&amp;', '&')
}

/** Clicks such a link. */
const click = (browser: FakeBrowser, from: string, to: string) =>
  browser.follow(from, new URL(hrefOf(to), from).href)

function newBrowser(options: Options = {}, world: World = 'blocked'): FakeBrowser {
  return new FakeBrowser(new Deployment(memoryStore(), options), world)
}

const pairs = [
  [primary, secondary],
  [secondary, primary],
  [secondary, third],
] as const

describe.each<World>(['allowed', 'blocked', 'itp'])('third-party cookies %s', (world) => {
  describe.each(pairs)('from %s to %s', (from, to) => {
    const page = `${to}/a?b=c%26&d#e`

    test.each(['has never been', 'is a guest with a cart', 'has another session that was left'] as const)(
      'who has just signed in arrives signed in, where the visitor %s',
      async (before) => {
        const browser = newBrowser({}, world)
        await browser.visit(from)
        if (before !== 'has never been') await browser.visit(to)
        if (before === 'is a guest with a cart') await (await browser.session(to)).set('cart', ['b'])
        if (before === 'has another session that was left') {
          await (await browser.session(to)).login('grace')
          await (await browser.session(to)).logout()
        }
        await (await browser.session(from)).set('seen', true)
        await (await browser.session(from)).login('ada')
        expect((await click(browser, from, page)).href).toBe(page)
        const session = await browser.session(to)
        expect([session.userId, session.get('seen')]).toEqual(['ada', true])
        if (before === 'is a guest with a cart') expect(session.get('cart')).toEqual(['b'])
      },
    )

    test('both domains that agree already are one redirect apart, for a user and for a guest', async () => {
      const browser = newBrowser({}, world)
      await browser.visit(from)
      await (await browser.session(from)).set('cart', ['a'])
      await click(browser, from, page)
      expect(await browser.session(to)).toMatchObject({ data: { cart: ['a'] } })
      // A guest's first cookie of the primary is in no list until something is done there.
      await (await browser.session(to)).set('seen', true)
      for (const _ of ['guest', 'user']) {
        expect((await click(browser, from, page)).hops).toHaveLength(1)
        expect((await click(browser, to, `${from}/`)).hops).toHaveLength(1)
        await (await browser.session(from)).login('ada')
        await click(browser, from, page)
      }
    })
  })

  test.each(['primary', 'secondary'])(
    'a cart that both domains have stays on the %s when its visitor signs in on the other one',
    async (on) => {
      const [here, there] = on === 'primary' ? [primary, secondary] : [secondary, primary]
      const browser = newBrowser({}, world)
      await browser.visit(here)
      await (await browser.session(here)).set('cart', ['a'])
      await click(browser, here, `${there}/`)
      await (await browser.session(there)).login('ada')
      await click(browser, there, `${here}/`)
      expect(await browser.session(here)).toMatchObject({ userId: 'ada', data: { cart: ['a'] } })
    },
  )
})

describe('costs a stranger one redirect, and the store nothing that is written', () => {
  test.each(pairs)('from %s to %s', async (from, to) => {
    const browser = newBrowser()
    for (const origin of [from, to]) await browser.visit(origin)
    const { hops, href } = await click(browser, from, `${to}/a`)
    expect([hops.length, href, browser.deployment.written]).toEqual([1, `${to}/a`, []])
  })

  test.each(pairs)('without cookies, from %s to %s', async (from, to) => {
    const browser = newBrowser()
    browser.keepsCookies = false
    const { hops, href } = await click(browser, from, `${to}/a`)
    expect([hops.length, href, browser.deployment.written]).toEqual([1, `${to}/a`, []])
  })
})

test('a link to the domain that shows it leads there, without an exchange', async () => {
  for (const origin of [primary, secondary]) {
    const browser = newBrowser()
    await browser.visit(origin)
    await (await browser.session(origin)).login('ada')
    const { hops, href } = await click(browser, origin, `${origin}/a?b`)
    expect([hops.length, href]).toEqual([1, `${origin}/a?b`])
  }
})

test('the visitor gets to the page whatever comes of it: no consent, the store down, over the limit', async () => {
  for (const [from, to] of pairs)
    for (const what of ['no consent here', 'no consent there', 'store down', 'limit'] as const) {
      let isClosed = false
      const browser = newBrowser({
        mayExchange: () => what !== 'limit' || !isClosed,
        mayCreateSession: ({ headers }) => {
          const closed = what === 'no consent here' ? from : what === 'no consent there' ? to : ''
          return !isClosed || `https://${headers.get('host')}` !== closed
        },
      })
      await browser.visit(from)
      await (await browser.session(from)).login('ada')
      isClosed = true
      browser.deployment.isStoreDown = what === 'store down'
      expect((await click(browser, from, `${to}/a`)).href, `${what} ${from} ${to}`).toBe(`${to}/a`)
    }
})

describe('the address', () => {
  const page = `${primary}/a?b=c&d#e`

  test('is the same for everybody, and carries nobody’s session to whoever opens a copy', async () => {
    expect(hrefOf(page)).toBe(`/crossdomain/start?return_to=${encodeURIComponent(page)}`)
    expect(hrefOf(new URL(page))).toBe(hrefOf(page))
    const browser = newBrowser()
    await browser.visit(secondary)
    await (await browser.session(secondary)).login('ada')
    const stranger = new FakeBrowser(browser.deployment)
    await stranger.navigate(new URL(hrefOf(page), secondary).href)
    expect((await stranger.session(primary)).userId).toBeNull()
  })

  test.each([
    [`${secondary}/a b`, `${secondary}/a%20b`],
    ['https://BRAND.example/a', `${secondary}/a`],
    [`${secondary}:443/a`, `${secondary}/a`],
    [secondary, `${secondary}/`],
  ])('of %s leads to the page as a browser reads it', async (href, page) => {
    const browser = newBrowser()
    await browser.visit(primary)
    await (await browser.session(primary)).login('ada')
    expect((await click(browser, primary, href)).href).toBe(page)
  })

  test('on a host that is not listed leads to a listed page, and to no other', async () => {
    const { deployment } = newBrowser()
    const ask = (to: string, headers: object = navigation) => {
      const url = new URL(hrefOf(to), 'https://preview.example')
      const all = { host: url.host, ...headers }
      return deployment.handlers.GET(new Request(url, { headers: all }))
    }
    for (const to of [`${primary}/a?b#c`, `${secondary}/a`]) {
      const answer = await ask(to)
      expect([answer.status, answer.headers.get('location')]).toEqual([303, to])
      expect(answer.headers.getSetCookie()).toEqual([])
    }
    for (const to of ['https://evil.example/', 'https://preview.example/', `${secondary}/crossdomain/start`])
      expect([to, (await ask(to)).headers.get('location')]).toEqual([to, null])
    expect((await ask(`${primary}/a`, { 'sec-fetch-mode': 'cors' })).status).toBe(400)
    expect(deployment.calls).toEqual([])
  })

  test.each(['/a', '#b', 'https://', '?c', 'mailto:a@shop.example', 'tel:1'])(
    'of %s stays as it is',
    (href) => expect(hrefOf(href)).toBe(href),
  )

  test.each(['https://evil.example/', `${primary}.evil.example/`, `${primary}@evil.example/`])(
    'leads to no page of a domain that is not listed: %s',
    async (href) => {
      for (const origin of [primary, secondary]) {
        const browser = newBrowser()
        await browser.visit(origin)
        const { page: answer } = await click(browser, origin, href)
        expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('CDS414')])
      }
    },
  )

  test('is refused to a prefetch, so that the click asks again, and to a bot', async () => {
    for (const origin of [primary, secondary]) {
      const to = origin === primary ? secondary : primary
      const browser = newBrowser()
      await browser.visit(origin)
      await (await browser.session(origin)).login('ada')
      const url = new URL(hrefOf(`${to}/a`), origin).href
      for (const by of [{ 'sec-purpose': 'prefetch' }, { 'user-agent': 'Googlebot/2.1' }])
        expect((await browser.send(url, { headers: { ...navigation, ...by } })).status).toBe(403)
    }
  })
})

test('a browser that is older than `URL.canParse` renders the link', () => {
  vi.stubGlobal('URL', Object.assign(class extends URL {}, { canParse: undefined }))
  try {
    expect(hrefOf(`${secondary}/a`)).toContain('/start?return_to=')
    expect(hrefOf('https://[')).toBe('https://[')
  } finally {
    vi.unstubAllGlobals()
  }
})
