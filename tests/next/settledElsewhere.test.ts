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

async function open(options: Options = {}) {
  const nowMs = 1_800_000_000_000
  const deployment = new Deployment(memoryStore({ now: () => nowMs }), options)
  const browser = new FakeBrowser(deployment, 'blocked')
  const { getSession } = createGetSession(() => deployment.config, deployment.store)
  const shown: (string | null)[] = []
  async function render(request: NextRequest, sentCookie: string, answer: Response): Promise<Response> {
    await Promise.resolve()
    const { pathname, search } = new URL(request.url)
    const response = beginNodeRequest('GET', pathname + search, sentCookie)
    const cookies = Object.fromEntries(request.cookies.getAll().map(({ name, value }) => [name, value]))
    const host = request.headers.get('host') ?? ''
    beginRequest({ host, cookies, headers: Object.fromEntries(request.headers), isRender: true })
    try {
      shown.push((await getSession({ settled: true })).userId)
      return answer
    } catch (error) {
      return redirectOf(error, response, answer.headers)
    }
  }
  const signIn = async (user: string) => {
    await browser.visit(primary)
    await (await browser.session(primary)).login(user)
  }
  const endThere = async (there = secondary) => {
    await signIn('ada')
    await browser.follow(primary, `${there}/`)
    await browser.sync(there)
    await (await browser.session(primary)).logout()
    await signIn('grace')
    deployment.page = render
  }
  const begin = () => void (deployment.page = render)
  return { deployment, browser, shown, endThere, begin }
}

/** One document navigation by hand. `referer` says what each request sends. */
async function walk(
  browser: FakeBrowser,
  url: string,
  refererOf: (from: string, to: string) => string | null,
  most = 12,
) {
  const hops: string[] = []
  let by: string | null = null
  let referer: string | null = null
  for (let at = url; hops.length < most;) {
    hops.push(new URL(at).pathname)
    const { origin, pathname } = new URL(at)
    const headers = {
      ...navigation,
      'sec-fetch-site': by === null ? 'none' : 'same-origin',
      ...(referer !== null && { referer }),
    }
    const response = pathname.startsWith('/crossdomain/')
      ? await browser.send(at, { headers })
      : await browser.visit(origin, headers)
    const refreshed = response.headers.get('refresh')?.slice('0; url='.length)
    const location = response.headers.get('location') ?? refreshed
    if (location === undefined) return hops
    const to = new URL(location, at).href
    if (refreshed !== undefined) {
      by = origin
      referer = refererOf(at, to)
    }
    at = to
  }
  return hops
}

describe('a page that insists, in a browser without cookies,', () => {
  test.each<[string, (from: string, to: string) => string | null]>([
    ['same-origin, as the kit says', (from) => from],
    ['no-referrer', () => null],
    [
      'origin or strict-origin, by a proxy or a security header of next.config',
      (from) => `${new URL(from).origin}/`,
    ],
    ['spoofed as the target', (_, to) => to],
  ])('ends with Referer %s', async (_, refererOf) => {
    const { browser, begin, shown } = await open()
    browser.keepsCookies = false
    begin()
    const hops = await walk(browser, `${secondary}/`, refererOf)
    expect(hops.length, hops.join(' ')).toBeLessThanOrEqual(4)
    expect(shown).toEqual([null])
  })
})

test('a page of a tenant that only `isDomain` knows insists, too', async () => {
  const { browser, shown, endThere } = await open({
    domains: undefined,
    isDomain: (host: string) => host === 'tenant.example',
  })
  await endThere('https://tenant.example')
  await browser.follow(null, 'https://tenant.example/a')
  expect(shown).toEqual(['grace'])
})

test('consent that the page has and the route has not makes no loop', async () => {
  let isRoute = false
  const { browser, shown, endThere, deployment } = await open({ mayCreateSession: () => !isRoute })
  await endThere()
  const { GET } = deployment.handlers
  const page = deployment.page
  let pages = 0
  deployment.page = async (...given) => {
    pages += 1
    if (pages > 10) throw new Error('loops')
    return (await page?.(...given)) ?? new Response()
  }
  Object.assign(deployment.handlers, {
    GET: async (request: Request) => {
      isRoute = true
      try {
        return await GET(request)
      } finally {
        isRoute = false
      }
    },
  })
  const hops = await walk(browser, `${secondary}/`, () => null)
  expect(hops.length, hops.join(' ')).toBeLessThanOrEqual(6)
  expect(shown.length).toBe(1)
})

test('a page whose cookie has lost its secret shows whom the primary knows', async () => {
  const { browser, shown, endThere } = await open()
  await endThere()
  const jar = browser.jar(secondary)
  const old = jar.get('__Host-Http-crossdomain')
  if (old) jar.set('__Host-Http-crossdomain', { ...old, value: 'Fe26.2*1*junk' })
  await browser.follow(null, `${secondary}/a`)
  expect(shown).toEqual(['grace'])
})
