// A cookie that did not come along is not a cookie that is not there.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test, vi } from 'vitest'
import { createSessions } from '../../src/core/session/sessions.js'
import type { Session } from '../../src/core/session/session.js'
import { createCrossDomainSession, type CrossDomainError } from '../../src/index.js'
import { memoryStore } from '../../src/stores/memory.js'
import { FakeBrowser, navigation, primary, secondary, secret } from '../support/fakeBrowser.js'
import { beginRequest } from '../support/nextHeaders.js'
import { cors, open } from '../support/visitor.js'

vi.mock('next/headers.js', () => import('../support/nextHeaders.js'))
vi.mock('next/server.js', async (original) => ({
  ...(await original<object>()),
  ...(await import('../support/nextHeaders.js')).server,
}))

const stranger = 'https://payments.example'
const formPost = { ...navigation, 'sec-fetch-site': 'cross-site', origin: stranger }

/** Requests that bring no `Lax` cookie, as browsers send them. */
const requests: Readonly<Record<string, Record<string, string>>> = {
  'a form POST of another site': formPost,
  'a form POST of a page that hides its origin': { ...formPost, origin: 'null' },
  'an invisible POST of another site': { ...cors, ...formPost, 'sec-fetch-mode': 'no-cors' },
  'a fetch of another listed domain': {
    ...cors,
    'sec-fetch-site': 'cross-site',
    'sec-fetch-storage-access': 'active',
    origin: secondary,
  },
  'a page that another site has in a frame': {
    ...navigation,
    'sec-fetch-site': 'cross-site',
    'sec-fetch-dest': 'iframe',
  },
  'a fetch of a page in a frame': { ...cors, 'sec-fetch-storage-access': 'none' },
  'a form POST in a frame': {
    ...navigation,
    'sec-fetch-dest': 'iframe',
    'sec-fetch-storage-access': 'active',
  },
}

const writes: Readonly<Record<string, (session: Session) => Promise<void>>> = {
  set: (session) => session.set('paid', true),
  delete: (session) => session.delete('cart'),
  update: (session) => session.update((data) => ({ ...data, paid: true })),
  'local.set': (session) => session.local.set('paid', true),
  login: (session) => session.login('mallory'),
  logout: (session) => session.logout(),
  destroy: (session) => session.destroy(),
  flash: (session) => session.flash('Paid.'),
}

async function signedIn() {
  const opened = await open()
  for (const origin of [primary, secondary]) {
    await (await opened.browser.session(origin)).set('cart', [origin])
    await (await opened.browser.session(origin)).login('ada')
  }
  return opened
}

describe.each(Object.keys(requests))('%s', (name) => {
  const request = { headers: { origin: undefined, ...requests[name] }, jar: 'none-cookies' } as const

  test.each([primary, secondary])('writes nothing over what the browser kept back on %s', async (origin) => {
    const { browser, deployment } = await signedIn()
    const [cookies, rows] = [browser.cookies(origin), deployment.written.length]
    for (const [method, write] of Object.entries(writes)) {
      const session = await browser.session(origin, request)
      await expect(write(session), method).rejects.toMatchObject({ code: 'CDS212' })
    }
    expect(browser.cookies(origin)).toEqual(cookies)
    expect(deployment.written.length).toBe(rows)
    expect(await browser.session(origin)).toMatchObject({ userId: 'ada', data: { cart: [origin] } })
  })

  test('shows a guest, although the link cookie came along', async () => {
    const { browser } = await signedIn()
    const { userId, data, isAvailable } = await browser.session(primary, request)
    expect({ userId, data, isAvailable }).toEqual({ userId: null, data: {}, isAvailable: true })
  })
})

test.each([
  ['a page that a link of another site opens', { ...navigation, 'sec-fetch-site': 'cross-site' }],
  ['a form of an own page', { ...navigation, 'sec-fetch-site': 'same-origin', origin: primary }],
  [
    'a form of a subdomain',
    { ...navigation, 'sec-fetch-site': 'same-site', origin: 'https://www.shop.example' },
  ],
  ['a browser that does not say where it comes from', { 'sec-fetch-site': undefined }],
])('a new visitor begins a session by %s', async (_, headers) => {
  const { deployment } = await open([])
  const browser = new FakeBrowser(deployment)
  await (await browser.session(primary, { headers: { origin: undefined, ...headers } })).set('cart', ['a'])
  expect((await browser.session(primary)).data).toEqual({ cart: ['a'] })
})

test('a POST of another site that brings the session cookie all the same writes to that session', async () => {
  const { browser } = await signedIn()
  await (await browser.session(primary, { headers: formPost })).set('paid', true)
  expect((await browser.session(primary)).data).toEqual({ cart: [primary], paid: true })
})

test('a bearer token writes from another site', async () => {
  const { browser, deployment } = await open([])
  const { token } = await createSessions(() => deployment.config, deployment.store).createApiSession()
  const program = { ...requests['a fetch of another listed domain'], authorization: `Bearer ${token}` }
  await (await browser.session(primary, { headers: program })).set('seen', true)
  expect((await browser.session(primary, { headers: program })).data).toEqual({ seen: true })
})

const lookers: Readonly<Record<string, Record<string, string>>> = {
  'a prefetch of the browser': { ...navigation, 'sec-purpose': 'prefetch' },
  'a prerender of the browser': { ...navigation, 'sec-purpose': 'prefetch;prerender' },
  'a prefetch of the router': { ...cors, 'next-router-prefetch': '1' },
  'a bot': { ...navigation, 'user-agent': 'Mozilla/5.0 (compatible; Googlebot/2.1)' },
}

test.each(Object.keys(lookers))('%s writes nothing, and signs nobody out', async (name) => {
  const { browser, deployment } = await signedIn()
  const [cookies, rows] = [browser.cookies(primary), deployment.written.length]
  for (const [method, write] of Object.entries(writes)) {
    const session = await browser.session(primary, { headers: { origin: undefined, ...lookers[name] } })
    expect(session.userId).toBe('ada')
    await expect(write(session), method).rejects.toMatchObject({ code: 'CDS213' })
  }
  expect(browser.cookies(primary)).toEqual(cookies)
  expect(deployment.written.length).toBe(rows)
})

test('a program writes with its token, although it calls itself a bot', async () => {
  const { browser, deployment } = await open([])
  const { token } = await createSessions(() => deployment.config, deployment.store).createApiSession()
  const program = { 'user-agent': 'shop-bot/1.0', authorization: `Bearer ${token}` }
  await (await browser.session(primary, { headers: program })).set('seen', true)
  expect((await browser.session(primary, { headers: program })).data).toEqual({ seen: true })
})

test('a handler whose headers do not show that the router prefetches writes nothing either', async () => {
  const { getSession } = createCrossDomainSession({
    primary,
    domains: [primary],
    secret,
    store: memoryStore(),
  })
  // `headers()` of Next.js shows neither of the router's own headers.
  const server = createServer((_, response) => {
    beginRequest({ host: new URL(primary).host })
    void getSession()
      .then((session) => session.set('seen', true))
      .then(
        () => response.end('written'),
        (error: CrossDomainError) => response.end(error.code),
      )
  }).listen(0)
  const url = `http://localhost:${(server.address() as AddressInfo).port}`
  const ask = async (headers: Record<string, string>) => (await fetch(url, { headers })).text()
  expect(await ask({ rsc: '1', 'next-router-prefetch': '1' })).toBe('CDS213')
  expect(await ask({ rsc: '1' })).toBe('written')
  server.close()
})
