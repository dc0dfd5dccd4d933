import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { createCrossDomainSession } from '../../src/index.js'
import { memoryStore } from '../../src/stores/memory.js'
import {
  Deployment,
  FakeBrowser,
  navigation,
  primary,
  secondary,
  secret,
  third,
} from '../support/fakeBrowser.js'
import { beginRequest } from '../support/nextHeaders.js'

vi.mock('next/headers.js', () => import('../support/nextHeaders.js'))
vi.mock('next/server.js', async (original) => ({
  ...(await original<object>()),
  ...(await import('../support/nextHeaders.js')).server,
}))

let errors: unknown[]
let nowSeconds: number
beforeEach(() => {
  errors = []
  nowSeconds = Date.now() / 1000
  vi.spyOn(Date, 'now').mockImplementation(() => nowSeconds * 1000)
  vi.stubEnv('NODE_ENV', 'development')
  // As if the process began anew.
  delete (globalThis as { [name: symbol]: unknown })[Symbol.for('next-crossdomain-session:silence')]
  onTestFinished(() => {
    vi.unstubAllEnvs()
    vi.restoreAllMocks()
  })
})

function newKit() {
  const onError = (error: unknown) => errors.push(error)
  const domains = [primary, secondary, third]
  return createCrossDomainSession({ primary, domains, secret, store: memoryStore(), onError })
}

/** A visitor who is new, and opens pages of one domain after the other. */
async function visitor(kit = newKit(), origin: string = secondary) {
  const browser = new FakeBrowser(new Deployment(memoryStore()))
  const first = await kit.middleware(browser.request(`${origin}/`, navigation, 'all'))
  const cookies = Object.fromEntries(first.cookies.getAll().map(({ name, value }) => [name, value]))
  const open = async (headers: Record<string, string> = {}, { isRender = true, pages = 8 } = {}) => {
    for (let page = 0; page < pages; page++) {
      const sent = { ...navigation, ...headers }
      beginRequest({ host: new URL(origin).host, isRender, cookies, headers: sent })
      await kit.getSession()
      nowSeconds += 4
    }
    return errors
  }
  const ask = (headers: Record<string, string> = { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }) => {
    const cookie = Object.entries(cookies)
      .map((pair) => pair.join('='))
      .join('; ')
    const same = { 'sec-fetch-site': 'same-origin', host: new URL(origin).host, cookie }
    return kit.handlers.GET(new Request(`${origin}/crossdomain/start`, { headers: { ...same, ...headers } }))
  }
  return { open, ask }
}

test('a secondary whose pages never ask for the session of the primary is told once', async () => {
  const kit = newKit()
  const { open } = await visitor(kit)
  expect(await open({}, { pages: 5 })).toEqual([])
  expect(await open()).toMatchObject([{ code: 'CDS118' }])
  expect(String(errors[0])).toContain(`on ${secondary}`)
  await (await visitor(newKit())).open()
  expect(errors).toHaveLength(1)
})

test('a navigation through the exchange is no island', async () => {
  const { open, ask } = await visitor()
  await ask({ ...navigation })
  expect(await open()).toMatchObject([{ code: 'CDS118' }])
})

test('an island that is slow is not missing', async () => {
  const { open, ask } = await visitor()
  await open({}, { pages: 5 })
  await ask()
  expect(await open()).toEqual([])
})

test('neither is that of a visitor who agreed before the server was started', async () => {
  const kit = newKit()
  nowSeconds = performance.timeOrigin / 1000 - 60
  const { open } = await visitor(kit)
  nowSeconds = performance.timeOrigin / 1000 + 60
  expect(await open()).toEqual([])
})

test('nor one whose pages are left at once', async () => {
  const { open } = await visitor()
  for (let page = 0; page < 20; page++) {
    await open({}, { pages: 1 })
    nowSeconds -= 4
  }
  expect(errors).toEqual([])
})

test.each<[string, Record<string, string>, string?, boolean?]>([
  ['a frame', { 'sec-fetch-dest': 'iframe' }],
  ['a form that was sent', { origin: secondary }],
  ['a prefetch', { 'sec-purpose': 'prefetch' }],
  ['a program', { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }],
  ['a route handler that is opened as a page', {}, secondary, false],
  ['a page of the primary', {}, primary],
])('%s needs none', async (_, headers, origin = secondary, isRender = true) => {
  const { open } = await visitor(newKit(), origin)
  expect(await open(headers, { isRender })).toEqual([])
})

test('in production nothing is counted', async () => {
  vi.stubEnv('NODE_ENV', 'production')
  const { open } = await visitor()
  expect(await open()).toEqual([])
})
