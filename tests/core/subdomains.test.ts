import { beforeEach, describe, expect, test } from 'vitest'
import { createDomains, parseOrigin } from '../../src/core/domains/origin.js'
import { registrableDomain } from '../../src/subdomains.js'
import { memoryStore } from '../../src/stores/memory.js'
import { Deployment, FakeBrowser, primary, secondary } from '../support/fakeBrowser.js'

const www = 'https://www.shop.example'
const blog = 'https://blog.brand.example'

describe('the domain that a host can share cookies under', () => {
  test.each([
    ['www.shop.example', 'shop.example'],
    ['shop.example', 'shop.example'],
    ['a.b.shop.co.uk', 'shop.co.uk'],
    ['mine.vercel.app', 'mine.vercel.app'],
    ['co.uk', null],
    ['vercel.app', null],
    ['localhost', null],
    ['192.0.2.1', null],
    ['[::1]', null],
  ])('of %s is %s', (host, domain) => expect(registrableDomain(host)).toBe(domain))
})

test('an origin shares only with its own scheme, port and registrable domain', () => {
  const list = ['https://shop.example', 'https://brand.co.uk:8443', 'https://mine.vercel.app'].map(
    parseOrigin,
  )
  const domains = createDomains(parseOrigin('https://shop.example'), list, registrableDomain)
  const found = ['www.shop.example', 'www.shop.example:443', 'a.b.brand.co.uk:8443', 'mine.vercel.app'].map(
    (host) => domains.byHost(host),
  )
  expect(found).toEqual([
    'https://www.shop.example',
    'https://www.shop.example',
    'https://a.b.brand.co.uk:8443',
    'https://mine.vercel.app',
  ])
  const strangers = [
    'www.shop.example:8443',
    'brand.co.uk',
    'other.co.uk:8443',
    'co.uk:8443',
    'theirs.vercel.app',
    'shop.example.evil.example',
    'xshop.example',
    'evil.example',
    'www.shop.example@evil.example',
    '',
    'www.shop.example/x',
  ]
  for (const host of strangers) expect(domains.byHost(host), host).toBeNull()
  expect(
    [
      'https://www.shop.example',
      'http://www.shop.example',
      'https://www.shop.example/',
      'null',
      'https://evil.example',
    ].map((origin) => domains.has(origin)),
  ).toEqual([true, false, false, false, false])
})

test('without the option a subdomain is a stranger', () => {
  const domains = createDomains(parseOrigin(primary), [parseOrigin(primary)])
  expect([domains.byHost('www.shop.example'), domains.has(www)]).toEqual([null, false])
})

describe('where subdomains share', () => {
  let browser: FakeBrowser
  beforeEach(() => {
    browser = new FakeBrowser(new Deployment(memoryStore(), { subdomains: registrableDomain }))
  })

  test('a subdomain of the primary has the same session at once, and is the primary', async () => {
    await browser.visit(primary)
    await (await browser.session(primary)).set('cart', ['a'])
    await browser.visit(www)
    const session = await browser.session(www)
    expect([session.data, session.isPrimary, session.domain]).toEqual([{ cart: ['a'] }, true, primary])
    expect([...browser.jar(primary, 'shop.example').keys()]).toEqual([
      '__Secure-crossdomain',
      '__Secure-crossdomain-link',
    ])
    await session.local.set('currency', 'EUR')
    expect((await browser.session(primary)).local.data).toEqual({ currency: 'EUR' })
  })
  test('a subdomain of a secondary walks the exchange for both, and comes back to itself', async () => {
    await browser.visit(primary)
    await (await browser.session(primary)).login('ada')
    await browser.visit(blog)
    const walk = await browser.navigate(`${blog}/crossdomain/start?return_to=/post`)
    expect(walk.url).toBe(`${blog}/post#crossdomain=replaced`)
    expect([(await browser.session(blog)).userId, (await browser.session(secondary)).userId]).toEqual([
      'ada',
      'ada',
    ])
    await (await browser.session(secondary)).logout()
    expect([(await browser.session(blog)).userId, (await browser.session(www)).userId]).toEqual([null, null])
  })
  test('a fetch works, too', async () => {
    await browser.visit(www)
    await (await browser.session(www)).set('a', 1)
    await browser.visit(blog)
    expect((await browser.sync(blog)).result).toEqual({ result: 'replaced' })
    expect((await browser.session(secondary)).data).toEqual({ a: 1 })
  })
  test('a stranger below a public suffix gets nothing', async () => {
    const response = await browser.visit('https://evil.example')
    expect(response.headers.getSetCookie()).toEqual([])
  })
  test('destroy removes the shared cookies', async () => {
    await browser.visit(blog)
    await (await browser.session(blog)).destroy()
    expect(browser.jar(blog, 'brand.example').size).toBe(0)
  })
})
