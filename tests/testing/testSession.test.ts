// The test kit for applications, as their tests use it.
import { expect, expectTypeOf, test } from 'vitest'
import { createCrossDomainSession } from '../../src/index.js'
import { memoryStore } from '../../src/stores/memory.js'
import { createTestSession, TestBrowser, withSession } from '../../src/testing.js'

const primary = 'https://shop.example'
const brand = 'https://brand.example'

function setUp(secret = 'a-secret-for-tests-of-at-least-32-characters') {
  const kit = createCrossDomainSession<{ cart: string[] }>({
    primary,
    domains: [primary, brand],
    secret,
    store: memoryStore(),
  })
  /** Stands for a Server Action of an application. */
  const addToCart = async (item: string) => {
    const session = await kit.getSession()
    await session.set('cart', [...(session.get('cart') ?? []), item])
    return session.userId
  }
  const cart = async () => (await kit.getSession()).get('cart')
  return { kit, addToCart, cart }
}

test('an action under test sees the user and the data of the test session', async () => {
  const { kit, addToCart, cart } = setUp()
  const ada = await createTestSession(kit, { userId: 'ada', data: { cart: ['boots'] } })
  expect(await withSession(ada, () => addToCart('hat'))).toBe('ada')
  expect(await withSession(ada, cart)).toEqual(['boots', 'hat'])
})

test('two sessions do not see each other, even at the same time', async () => {
  const { kit, addToCart, cart } = setUp()
  const [ada, guest] = [await createTestSession(kit, { userId: 'ada' }), await createTestSession(kit)]
  const users = await Promise.all([
    withSession(ada, () => addToCart('boots')),
    withSession(guest, () => addToCart('hat')),
  ])
  expect(users).toEqual(['ada', null])
  expect([await withSession(ada, cart), await withSession(guest, cart)]).toEqual([['boots'], ['hat']])
})

test('a sign-in and a sign-out of the code under test stay', async () => {
  const { kit } = setUp()
  const guest = await createTestSession(kit, { data: { cart: ['boots'] } })
  const user = () => withSession(guest, async () => (await kit.getSession()).userId)
  await withSession(guest, async () => (await kit.getSession()).login('ada'))
  expect(await user()).toBe('ada')
  await withSession(guest, async () => (await kit.getSession()).logout())
  expect(await user()).toBeNull()
})

test('within one request, the session is read once', async () => {
  const { kit } = setUp()
  const ada = await createTestSession(kit, { userId: 'ada' })
  await withSession(ada, async () => expect(await kit.getSession()).toBe(await kit.getSession()))
})

test('handlers made by route() get the test session too', async () => {
  const { kit } = setUp()
  const ada = await createTestSession(kit, { userId: 'ada' })
  const { GET } = kit.route({ GET: async (_, { userId }) => Response.json({ userId }) })
  const response = await withSession(ada, () =>
    GET(new Request(`${primary}/api/me`), { params: Promise.resolve({}) }),
  )
  expect(await response.json()).toEqual({ userId: 'ada' })
})

test('outside of withSession there is no request', async () => {
  const { kit, cart } = setUp()
  await createTestSession(kit, { userId: 'ada' })
  await expect(cart()).rejects.toMatchObject({ code: 'CDS214' })
})

test.each(['https://shop.example.org', 'http://shop.example', 'https://shop.example/', 'not an origin'])(
  'a session does not begin on %s, which is no domain of the kit',
  async (origin) => {
    const { kit } = setUp()
    const refused = createTestSession(kit, { origin })
    await expect(refused).rejects.toMatchObject({ code: 'CDS114' })
    await expect(refused).rejects.toThrow(`the test begins on "${origin}"`)
  },
)

test('a session begins on a host that isDomain says yes to, and on a preview', async () => {
  const kit = createCrossDomainSession({
    primary,
    isDomain: (host) => host === 'tenant.example',
    previews: ['https://shop-*.vercel.app'],
    secret: 'a-secret-for-tests-of-at-least-32-characters',
    store: memoryStore(),
  })
  for (const origin of ['https://tenant.example', 'https://shop-1.vercel.app']) {
    const ada = await createTestSession(kit, { userId: 'ada', origin })
    expect(await withSession(ada, async () => (await kit.getSession()).userId, origin)).toBe('ada')
  }
})

test.each([true, false])(
  'a browser takes the session to another domain, third-party cookies: %s',
  async (cookies) => {
    const { kit, addToCart, cart } = setUp()
    const browser = new TestBrowser(kit, cookies)
    await browser.visit(primary)
    await withSession(browser, () => addToCart('boots'))
    await browser.visit(brand)
    expect(await withSession(browser, cart, brand)).toBeUndefined()
    expect(await browser.exchange(brand)).toMatchObject({ result: 'replaced' })
    expect(await withSession(browser, cart, brand)).toEqual(['boots'])
  },
)

test('a browser says why two domains stay apart', async () => {
  const { kit } = setUp()
  const { kit: other } = setUp('another-secret-of-at-least-32-characters')
  const of = (request: Request) => (request.headers.get('host') === 'shop.example' ? other : kit)
  const handlers = {
    GET: (request: Request) => of(request).handlers.GET(request),
    POST: (request: Request) => of(request).handlers.POST(request),
  }
  const browser = new TestBrowser({ ...kit, handlers })
  await browser.visit(brand)
  expect(await browser.exchange(brand)).toEqual({ result: 'error', code: 'CDS405' })
})

test('what is given as data has to fit the type of the session', async () => {
  const { kit } = setUp()
  // @ts-expect-error a number is no cart
  await createTestSession(kit, { data: { cart: 1 } })
  expectTypeOf(createTestSession<{ cart?: string[] }>).returns.resolves.toEqualTypeOf<TestBrowser>()
})

test('a browser begins the exchange as real ones do: with a GET that names no origin', async () => {
  const { kit } = setUp()
  const seen: unknown[] = []
  const GET = (request: Request) => {
    const { pathname, search } = new URL(request.url)
    if (pathname.endsWith('/start')) seen.push([request.method, search, request.headers.get('origin')])
    return kit.handlers.GET(request)
  }
  const browser = new TestBrowser({ ...kit, handlers: { GET } })
  expect((await browser.exchange(brand)).result).toBe('use_current')
  await browser.exchange(brand)
  expect(seen).toEqual([
    ['GET', '?new', null],
    ['GET', '', null],
  ])
})
