// The route may live wherever `path` says, and nothing of it points anywhere else.
import { describe, expect, test } from 'vitest'
import { memoryStore } from '../../src/stores/memory.js'
import {
  Deployment,
  FakeBrowser,
  navigation,
  primary,
  secondary,
  withoutName,
  type World,
} from '../support/fakeBrowser.js'

const path = '/shop/api/session-sync'

async function open(world: World = 'allowed'): Promise<FakeBrowser> {
  const browser = new FakeBrowser(new Deployment(memoryStore(), { path }), world)
  for (const origin of [primary, secondary]) {
    await browser.visit(origin)
    await (await browser.session(origin)).set(origin, 1)
  }
  return browser
}

/** Follows redirects; every hop is an action of the path, and the last address is where the browser ends. */
async function walk(
  browser: FakeBrowser,
  first: string,
  begin: Parameters<FakeBrowser['send']>[1],
  headersOf: (url: URL) => Parameters<FakeBrowser['send']>[1],
) {
  const hops = [first]
  let response = await browser.send(first, begin)
  for (;;) {
    const location = response.headers.get('location')
    if (location === null) return { hops: hops.map((hop) => hop.split('?')[0]), response }
    const next = new URL(location, hops.at(-1))
    hops.push(withoutName(next.href))
    if (!next.pathname.startsWith(`${path}/`)) return { hops: hops.map((hop) => hop.split('?')[0]), response }
    response = await browser.send(next.href, headersOf(next))
  }
}

const both = { [primary]: 1, [secondary]: 1 }

describe('on another path', () => {
  test('an exchange by fetch walks all three actions, and both domains agree', async () => {
    const browser = await open()
    const page = { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }
    const { hops, response } = await walk(
      browser,
      `${secondary}${path}/start`,
      { method: 'POST', headers: { ...page, 'sec-fetch-site': 'same-origin', origin: secondary } },
      ({ origin }) =>
        origin === primary
          ? {
              jar: 'none-cookies',
              headers: {
                ...page,
                'sec-fetch-site': 'cross-site',
                'sec-fetch-storage-access': 'active',
                origin: secondary,
              },
            }
          : { headers: { ...page, 'sec-fetch-site': 'cross-site', origin: 'null' } },
    )
    expect(hops).toEqual([
      `${secondary}${path}/start`,
      `${primary}${path}/check`,
      `${secondary}${path}/replace`,
    ])
    expect(await response.json()).toMatchObject({ result: 'replaced' })
    for (const origin of [primary, secondary]) expect((await browser.session(origin)).data).toEqual(both)
  })

  test('an exchange by navigation comes back to its page', async () => {
    const browser = await open('blocked')
    const { hops } = await walk(
      browser,
      `${secondary}${path}/start?return_to=/cart`,
      { headers: navigation },
      () => ({ headers: navigation }),
    )
    expect(hops).toEqual([
      `${secondary}${path}/start`,
      `${primary}${path}/check`,
      `${secondary}${path}/replace`,
      `${secondary}/cart#crossdomain=replaced`,
    ])
    for (const origin of [primary, secondary]) expect((await browser.session(origin)).data).toEqual(both)
  })

  test('the island reads it from the cookie of the secondary', async () => {
    const browser = await open()
    const { fingerprint } = await browser.session(secondary)
    expect(browser.cookies(secondary)['__Host-crossdomain-sync']).toBe(`${fingerprint}${path}`)
  })
})

test.each([
  ['/shop/crossdomain', '/crossdomain/start', '/shop/'],
  ['/shop/crossdomain', '/crossdomain/start/', '/shop/'],
  ['/shop/crossdomain', '/shop/crossdomain/start', '/'],
  ['/crossdomain', '/crossdomain/start', '/'],
])('an error on %s, where the handler sees %s, leads on to %s', async (option, seen, home) => {
  const browser = new FakeBrowser(new Deployment(memoryStore(), { path: option }))
  const url = `${secondary}${seen}?return_to=https://evil.example`
  const page = await (await browser.send(url, { headers: navigation })).text()
  expect(page).toContain(`<a href="${home}">`)
})
