import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { createCrossDomainSession, CrossDomainError, type SessionEvent } from '../../src/index.js'
import type { Store } from '../../src/core/store/store.js'
import { memoryStore } from '../../src/stores/memory.js'
import { endedNameOf, readSessionCookie } from '../../src/core/request/cookies.js'
import { parseOrigin } from '../../src/core/domains/origin.js'
import { placeOf } from '../../src/core/domains/place.js'
import { Deployment, FakeBrowser, secret, primary, secondary } from '../support/fakeBrowser.js'
import { beginRequest, renderAnswer } from '../support/nextHeaders.js'

vi.mock('next/headers.js', () => import('../support/nextHeaders.js'))
vi.mock('next/server.js', async (original) => ({
  ...(await original<object>()),
  ...(await import('../support/nextHeaders.js')).server,
}))

const preinit = vi.hoisted(() => vi.fn())
vi.mock('react-dom', () => ({ preinit }))

const shop = new URL(primary).host

let hasConsent: boolean | Error
let calls: string[]
let isDown: boolean
let store: Store
function setUp() {
  store = memoryStore()
  const counted = new Proxy(store, {
    get: (target, name: keyof Store) => {
      calls.push(name)
      if (isDown) throw new Error('connection refused')
      return target[name]
    },
  })
  return createCrossDomainSession<{ cart: string[] }>({
    primary,
    domains: [primary, secondary],
    secret,
    store: counted,
    onError: () => {},
    mayCreateSession: () => {
      if (hasConsent instanceof Error) throw hasConsent
      return hasConsent
    },
  })
}
let kit: ReturnType<typeof setUp>
beforeEach(() => {
  hasConsent = true
  calls = []
  isDown = false
  preinit.mockClear()
  kit = setUp()
})

/** Another process of the same application. */
const elsewhere = () => createCrossDomainSession({ primary, domains: [primary, secondary], secret, store })

/** Cookies that an action has set, as the browser sends them the next time. */
async function saved(data: { cart: string[] }): Promise<Record<string, string>> {
  const jar = beginRequest({ host: shop })
  await (await kit.getSession()).update(() => data)
  calls = []
  return Object.fromEntries(jar.written.map(({ name, value }) => [name, value]))
}

describe('getSession()', () => {
  test('asks the store once per request, however often it is called', async () => {
    const cookies = await saved({ cart: ['a'] })
    beginRequest({ host: shop, cookies })
    expect(await kit.getSession()).toBe(await kit.getSession())
    expect(calls).toEqual(['read'])
  })

  test('the page that the answer of an action renders goes on with the session of the action', async () => {
    const cookies = await saved({ cart: ['a'] })
    beginRequest({ host: shop, cookies })
    const session = await kit.getSession()
    await session.set('cart', ['a', 'b'])
    await session.login('ada')
    renderAnswer()
    expect(await kit.getSession()).toBe(session)
    expect(await kit.getSession()).toMatchObject({ userId: 'ada', data: { cart: ['a', 'b'] } })
    expect(calls.filter((name) => name === 'read')).toHaveLength(1)
    await expect(session.set('cart', [])).rejects.toMatchObject({ code: 'CDS201' })
  })

  const actions: Record<
    string,
    {
      readonly act: (jar: ReturnType<typeof beginRequest>) => Promise<unknown>
      readonly userId: string | null
    }
  > = {
    'has ended all sessions of the user': { act: () => kit.sessions.destroyAll('ada'), userId: null },
    'has ended this device in the list': {
      act: async () => (await kit.sessions.list('ada'))[0]?.destroy(),
      userId: null,
    },
    'was told by the messages that the session has ended': {
      act: async () => {
        await (await kit.getSession()).flash('hello')
        await elsewhere().sessions.destroyAll('ada')
        expect(await (await kit.getSession()).takeFlash()).toEqual([])
      },
      userId: null,
    },
    'has set a cookie, as consent is': {
      act: async (jar) => {
        hasConsent = false
        jar.set('consent', 'no', {})
      },
      userId: null,
    },
    'was refused a write, because the session has ended': {
      act: async () => {
        await elsewhere().sessions.destroyAll('ada')
        await expect((await kit.getSession()).set('cart', [])).rejects.toMatchObject({ code: 'CDS302' })
      },
      userId: null,
    },
    'was refused a write, because the store was down': {
      act: async () => {
        isDown = true
        await expect((await kit.getSession()).set('cart', [])).rejects.toMatchObject({ code: 'CDS301' })
        isDown = false
      },
      userId: 'ada',
    },
  }
  test.each(Object.entries(actions))(
    'but asks again, once, where the action %s',
    async (_, { act, userId }) => {
      const { written } = beginRequest({ host: shop })
      await (await kit.getSession()).login('ada')
      const jar = beginRequest({
        host: shop,
        cookies: Object.fromEntries(written.map(({ name, value }) => [name, value])),
      })
      expect((await kit.getSession()).userId).toBe('ada')
      await act(jar)
      calls = []
      renderAnswer()
      const [first, second] = await Promise.all([kit.getSession(), kit.getSession()])
      expect(first).toBe(second)
      expect(first.userId).toBe(userId)
      expect(calls.filter((name) => name === 'read')).toHaveLength(1)
    },
  )

  test('and shows no user where the action has removed all cookies', async () => {
    const cookies = await saved({ cart: ['a'] })
    const jar = beginRequest({ host: shop, cookies })
    expect((await kit.getSession()).isNew).toBe(false)
    for (const { name } of jar.getAll()) jar.delete(name)
    renderAnswer()
    expect((await kit.getSession()).isNew).toBe(true)
  })

  test('and shows who has signed in by another instance of this module', async () => {
    const other = elsewhere()
    beginRequest({ host: shop, cookies: await saved({ cart: ['a'] }) })
    await kit.getSession()
    await (await other.getSession()).login('ada')
    renderAnswer()
    for (const { getSession } of [kit, other]) expect((await getSession()).userId).toBe('ada')
  })

  test('and asks again where it was opened while the action ended it elsewhere', async () => {
    const { written } = beginRequest({ host: shop })
    await (await kit.getSession()).login('ada')
    const [device] = await kit.sessions.list('ada')
    beginRequest({ host: shop, cookies: Object.fromEntries(written.map(({ name, value }) => [name, value])) })
    const { swap } = store
    let goOn = () => {}
    const opened = new Promise<void>((resolve) => (goOn = resolve))
    store.swap = async (...given) => opened.then(() => swap(...given))
    const ending = device?.destroy()
    expect((await kit.getSession()).userId).toBe('ada')
    goOn()
    await ending
    renderAnswer()
    expect((await kit.getSession()).userId).toBeNull()
  })

  test('knows the visitor on the page that Next.js asks itself for, after a redirect in an action', async () => {
    const cookies = await saved({ cart: ['a'] })
    beginRequest({ host: '127.0.0.1:3000', cookies, isRender: true, headers: { 'x-forwarded-host': shop } })
    expect(await kit.getSession()).toMatchObject({ domain: primary, data: { cart: ['a'] } })
  })

  test('believes no forwarded host where the host is listed', async () => {
    const cookies = await saved({ cart: ['a'] })
    beginRequest({ host: shop, cookies, headers: { 'x-forwarded-host': new URL(secondary).host } })
    expect((await kit.getSession()).domain).toBe(primary)
  })
})

test('a page without a middleware is told once, in development, and only where the middleware would have made a cookie', async () => {
  const errors: unknown[] = []
  const { getSession } = createCrossDomainSession({
    primary,
    domains: [primary],
    secret,
    store: memoryStore(),
    onError: (error) => errors.push(error),
  })
  const open = async (headers: Record<string, string>) => {
    beginRequest({
      host: shop,
      isRender: true,
      headers: { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', ...headers },
    })
    await getSession()
    return errors.length
  }
  expect(await open({})).toBe(0)
  const refusing = createCrossDomainSession({
    primary,
    domains: [primary],
    secret,
    store: memoryStore(),
    mayCreateSession: () => false,
    onError: (error) => errors.push(error),
  })
  vi.stubEnv('NODE_ENV', 'development')
  onTestFinished(() => void vi.unstubAllEnvs())
  for (const other of [
    { purpose: 'prefetch' },
    { 'user-agent': 'Googlebot' },
    { 'sec-fetch-dest': 'iframe' },
    { origin: primary },
  ])
    expect(await open(other)).toBe(0)
  // In proxy.ts itself no page renders, so cookies can be set.
  beginRequest({ host: shop, headers: { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' } })
  await getSession()
  // The middleware removes what consent was taken back for, and the page of the same request still sees it.
  beginRequest({
    host: shop,
    isRender: true,
    cookies: { '__Host-Http-crossdomain-link': 'junk' },
    headers: { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
  })
  await refusing.getSession()
  expect(errors).toEqual([])
  for (let visits = 0; visits < 2; visits++) expect(await open({})).toBe(1)
  expect(errors).toMatchObject([{ code: 'CDS113' }])
})

test('a session that has run out is told to the application, and not for a prefetch', async () => {
  let now = Date.now()
  const events: SessionEvent[] = []
  const { getSession } = createCrossDomainSession({
    primary,
    domains: [primary],
    secret,
    store: memoryStore({ now: () => now }),
    onEvent: (event) => void events.push(event),
  })
  const jar = beginRequest({ host: shop })
  await (await getSession()).login('ada')
  const { fingerprint } = await getSession()
  const cookies = Object.fromEntries(jar.written.map(({ name, value }) => [name, value]))
  events.length = 0
  now += 31 * 86_400_000
  beginRequest({ host: shop, cookies, isRender: true, headers: { purpose: 'prefetch' } })
  expect([(await getSession()).userId, events]).toEqual([null, []])
  beginRequest({ host: shop, cookies, isRender: true })
  expect((await getSession()).userId).toBeNull()
  expect(events).toEqual([{ type: 'expired', domain: primary, fingerprint, userId: null }])
})

test('whoever is told of what a request has found may ask for its session', async () => {
  let now = Date.now()
  const told: unknown[] = []
  const hook = {
    mayCreateSession: () => true,
    onEvent: async ({ type }: SessionEvent) => void told.push([type, (await getSession()).userId]),
  }
  const { getSession } = createCrossDomainSession({
    primary,
    domains: [primary],
    secret,
    store: memoryStore({ now: () => now }),
    mayCreateSession: () => hook.mayCreateSession(),
    onEvent: (event) => hook.onEvent(event),
  })
  const jar = beginRequest({ host: shop })
  await (await getSession()).login('ada')
  const cookies = Object.fromEntries(jar.written.map(({ name, value }) => [name, value]))
  beginRequest({ host: shop, cookies })
  hook.mayCreateSession = () => false
  await getSession()
  hook.mayCreateSession = () => true
  beginRequest({ host: shop })
  await (await getSession()).set('a', 1)
  now += 31 * 86_400_000
  await getSession()
  expect(told).toEqual([
    ['created', 'ada'],
    ['signed-in', 'ada'],
    ['signed-out', null],
    ['created', null],
  ])
})

describe('consent that is taken back', () => {
  test('removes the row and the cookies at the next action', async () => {
    const cookies = await saved({ cart: ['a'] })
    hasConsent = false
    const jar = beginRequest({ host: shop, cookies })
    const session = await kit.getSession()
    expect([session.isNew, session.data, session.fingerprint]).toEqual([true, {}, null])
    expect(jar.written).toMatchObject([
      { name: '__Host-Http-crossdomain', value: '', maxAge: 0 },
      { name: '__Host-Http-crossdomain-link', value: '', maxAge: 0 },
    ])
    await expect(session.set('cart', ['b'])).rejects.toMatchObject({ code: 'CDS206' })
    hasConsent = true
    beginRequest({ host: shop, cookies })
    expect((await kit.getSession()).data).toEqual({})
  })
  test('removes the row while a page renders, and records no visit', async () => {
    const cookies = await saved({ cart: ['a'] })
    const sent = { get: (name: string) => ({ value: cookies[name] ?? '' }) }
    const { config } = new Deployment(store)
    const place = placeOf(config, await config.domains(), parseOrigin(primary))
    const name = endedNameOf(await readSessionCookie(config, sent, place))
    expect(name).toHaveLength(10)
    hasConsent = false
    for (let renders = 0; renders < 2; renders++) {
      beginRequest({ host: shop, cookies, isRender: true })
      expect((await kit.getSession()).data).toEqual({})
    }
    expect(calls).toEqual(['read', 'swap', 'read'])
    // A page cannot remove the cookies, so it asks for a script that does.
    expect(preinit.mock.calls).toEqual(
      Array.from({ length: 2 }, () => [`/crossdomain/ended?session=withdrawn-${name}`, { as: 'script' }]),
    )
    beginRequest({ host: shop, isRender: true })
    await kit.getSession()
    expect(preinit).toHaveBeenCalledTimes(2)
  })
  // React loads a script once for each address, as long as the page is there.
  test('is taken back anew on the page that stayed open while it was given again', async () => {
    for (let rounds = 0; rounds < 2; rounds++) {
      hasConsent = true
      const cookies = await saved({ cart: ['a'] })
      hasConsent = false
      beginRequest({ host: shop, cookies, isRender: true })
      await kit.getSession()
    }
    expect(new Set(preinit.mock.calls.map(([url]) => url as string)).size).toBe(2)
  })
  test.each([false, true])(
    'is no reason to refuse the action that takes it back its destroy(), asked before: %s',
    async (isBefore) => {
      const cookies = await saved({ cart: ['a'] })
      const jar = beginRequest({ host: shop, cookies })
      if (isBefore) await kit.getSession()
      hasConsent = false
      await (await kit.getSession()).destroy()
      expect(jar.written.map(({ name, maxAge }) => [name, maxAge]).slice(-2)).toEqual([
        ['__Host-Http-crossdomain', 0],
        ['__Host-Http-crossdomain-link', 0],
      ])
      hasConsent = true
      beginRequest({ host: shop, cookies })
      expect((await kit.getSession()).data).toEqual({})
    },
  )
  test('is told to the application, once', async () => {
    const events: SessionEvent[] = []
    const mayCreateSession = () => hasConsent === true
    const { getSession } = createCrossDomainSession({
      primary,
      domains: [primary],
      secret,
      store: memoryStore(),
      mayCreateSession,
      onEvent: (event) => void events.push(event),
    })
    const jar = beginRequest({ host: shop })
    await (await getSession()).login('ada')
    const { fingerprint } = await getSession()
    events.length = 0
    hasConsent = false
    for (let renders = 0; renders < 2; renders++) {
      beginRequest({
        host: shop,
        cookies: Object.fromEntries(jar.written.map(({ name, value }) => [name, value])),
        isRender: true,
      })
      await getSession()
    }
    expect(events).toEqual([{ type: 'signed-out', domain: primary, fingerprint, userId: 'ada' }])
  })
  test('is not what a page says that another site shows in a frame, which brings no lax cookie', async () => {
    const cookies = await saved({ cart: ['a'] })
    hasConsent = false
    const name = '__Host-Http-crossdomain-link'
    const jar = beginRequest({
      host: shop,
      cookies: { [name]: cookies[name] ?? '' },
      headers: { 'sec-fetch-storage-access': 'active' },
    })
    await kit.getSession()
    expect([calls, jar.written]).toEqual([[], []])
    hasConsent = true
    beginRequest({ host: shop, cookies })
    expect((await kit.getSession()).data).toEqual({ cart: ['a'] })
  })
  test('is told as the end of no session in which somebody signs in at this moment', async () => {
    const events: SessionEvent[] = []
    const cookies = await saved({ cart: ['a'] })
    const tab = new FakeBrowser(new Deployment(store))
    tab.deployment.nowSeconds = Date.now() / 1000
    for (const [name, value] of Object.entries(cookies))
      tab.jar(primary).set(name, { value, sameSite: 'lax', isTransient: false })
    const { swap } = store
    store.swap = async (...given) => {
      store.swap = swap
      await (await tab.session(primary)).login('ada')
      return swap(...given)
    }
    hasConsent = false
    const { getSession } = createCrossDomainSession({
      primary,
      domains: [primary],
      secret,
      store: { ...store, swap: (...given) => store.swap(...given) },
      mayCreateSession: () => hasConsent === true,
      onEvent: (event) => void events.push(event),
    })
    beginRequest({ host: shop, cookies, isRender: true })
    expect((await getSession()).data).toEqual({})
    expect([events, store.swap]).toEqual([[], swap])
    expect(await tab.session(primary)).toMatchObject({ userId: 'ada', data: { cart: ['a'] } })
  })
  test('is not what an error in the hook means', async () => {
    const cookies = await saved({ cart: ['a'] })
    hasConsent = new Error('the consent service is down')
    const jar = beginRequest({ host: shop, cookies })
    expect((await kit.getSession()).data).toEqual({ cart: ['a'] })
    expect(jar.written).toEqual([])
  })
})

describe('a write', () => {
  test.each([
    [new Error('connection refused'), { code: 'CDS301', cause: { message: 'connection refused' } }],
    [new CrossDomainError('CDS304'), { code: 'CDS304' }],
  ])('after a read that failed says why: %s', async (failure, told) => {
    const cookies = await saved({ cart: ['a'] })
    const store = { ...memoryStore(), read: async () => Promise.reject(failure) }
    const broken = createCrossDomainSession({ primary, domains: [primary], secret, store, onError: () => {} })
    beginRequest({ host: shop, cookies })
    const session = await broken.getSession()
    expect(session.isAvailable).toBe(false)
    for (const write of [() => session.set('a', 1), () => session.login('ada'), () => session.destroy()])
      await expect(write()).rejects.toMatchObject(told)
  })
  test('on a host that is not listed names it: CDS205', async () => {
    beginRequest({ host: 'localhost:3000' })
    await expect((await kit.getSession()).set('cart', ['a'])).rejects.toThrow(/^CDS205: .*localhost:3000/)
  })
})

describe('a bearer token', () => {
  const ask = (authorization: string, cookies: Record<string, string> = {}, isRender = false) =>
    beginRequest({ host: shop, cookies, headers: { authorization }, isRender })

  test('names its own session, which is written without a cookie', async () => {
    const { token } = await kit.sessions.createApiSession({ userId: 'ada', data: { cart: ['a'] } })
    const jar = ask(`Bearer ${token}`)
    const session = await kit.getSession()
    expect([session.kind, session.userId, session.data]).toEqual(['api', 'ada', { cart: ['a'] }])
    await session.update(({ cart = [] }) => ({ cart: [...cart, 'b'] }))
    await session.local.update(() => ({ currency: 'EUR' }))
    expect([session.data, jar.written]).toEqual([{ cart: ['a', 'b'] }, []])
    await expect(session.login('grace')).rejects.toMatchObject({ code: 'CDS210' })
    await expect(session.logout()).rejects.toMatchObject({ code: 'CDS210' })
    await session.destroy()
    expect(jar.written).toEqual([])
    ask(`Bearer ${token}`)
    expect((await kit.getSession()).isNew).toBe(true)
  })
  test('that is unknown gives an empty session that cannot be written, whatever the cookies say: CDS209', async () => {
    const cookies = await saved({ cart: ['a'] })
    for (const authorization of [
      'Bearer junk',
      `Bearer cds_${'x'.repeat(43)}`,
      'bearer ',
      `Bearer ${cookies['__Host-Http-crossdomain']}`,
    ]) {
      const jar = ask(authorization, cookies)
      const session = await kit.getSession()
      expect([session.kind, session.isNew, session.userId, session.data]).toEqual(['api', true, null, {}])
      await expect(session.set('cart', ['b'])).rejects.toMatchObject({ code: 'CDS209' })
      expect(jar.written).toEqual([])
    }
  })
  test('that has run out is told to the application, and is 401', async () => {
    let now = Date.now()
    const events: SessionEvent[] = []
    const { sessions, route } = createCrossDomainSession({
      primary,
      domains: [primary],
      secret,
      store: memoryStore({ now: () => now }),
      onEvent: (event) => void events.push(event),
    })
    const { token, fingerprint } = await sessions.createApiSession({ userId: 'ada', days: 1 })
    const { GET } = route({ GET: () => new Response('open') })
    const statuses: number[] = []
    for (const days of [0, 2]) {
      now += days * 86_400_000
      ask(`Bearer ${token}`)
      statuses.push(
        (await GET(new Request(`${primary}/`, { headers: { host: shop } }), { params: Promise.resolve({}) }))
          .status,
      )
    }
    expect([statuses, events]).toEqual([
      [200, 401],
      [
        { type: 'created', domain: null, fingerprint, userId: 'ada' },
        { type: 'expired', domain: primary, fingerprint, userId: null },
        { type: 'refused', domain: primary, action: 'route', code: 'CDS209' },
      ],
    ])
  })
  test('opens nothing on a host that is not listed, and is told so: CDS205', async () => {
    const { token } = await kit.sessions.createApiSession({ userId: 'ada' })
    const { GET } = kit.route({ GET: () => new Response('never') })
    beginRequest({ host: 'api.shop.example', headers: { authorization: `Bearer ${token}` } })
    const response = await GET(new Request('https://api.shop.example/'), { params: Promise.resolve({}) })
    expect([response.status, await response.json()]).toEqual([400, { error: 'CDS205' }])
    await expect((await kit.getSession()).set('cart', ['a'])).rejects.toThrow(/^CDS205: .*api\.shop\.example/)
  })
  test('is no other scheme', async () => {
    const cookies = await saved({ cart: ['a'] })
    ask('Basic YTpi', cookies)
    expect(await kit.getSession()).toMatchObject({ kind: 'cookie', data: { cart: ['a'] } })
  })
})

describe('route()', () => {
  const call = async (
    handler: (request: Request, context: { params: Promise<Record<string, string>> }) => Promise<Response>,
    headers: Record<string, string> = {},
  ) => {
    beginRequest({ host: shop, headers })
    return handler(new Request(`${primary}/api`, { headers }), { params: Promise.resolve({ id: '7' }) })
  }

  test('gives the handler the session and the parameters, and keeps its answer', async () => {
    const { GET } = kit.route({
      GET: async (request, session, { params }) =>
        new Response(`${new URL(request.url).pathname} ${session.isNew} ${String((await params)['id'])}`, {
          status: 201,
          headers: { 'x-own': '1', 'cache-control': 'no-cache', 'set-cookie': 'a=1' },
        }),
    })
    const response = await call(GET)
    expect([
      response.status,
      await response.text(),
      response.headers.get('x-own'),
      response.headers.get('cache-control'),
      response.headers.getSetCookie(),
    ]).toEqual([201, '/api true 7', '1', 'no-cache', ['a=1']])
  })
  test('sees that the handler has returned, and refuses what would take a cookie after that: CDS201', async () => {
    const { GET } = kit.route({
      GET: (_, session) => {
        const pull = async (controller: ReadableStreamDefaultController) => {
          controller.enqueue(
            await session.set('cart', ['late']).then(
              () => 'saved',
              (error: CrossDomainError) => error.code,
            ),
          )
          controller.close()
        }
        return new Response(
          new ReadableStream({ pull }, { highWaterMark: 0 }).pipeThrough(new TextEncoderStream()),
        )
      },
    })
    expect(await (await call(GET)).text()).toBe('CDS201')
    expect(calls).toEqual([])
  })
  test('answers an unknown token 401, and what the kit refuses by its code', async () => {
    const { GET } = kit.route({ GET: () => new Response('never') })
    const unknown = await call(GET, { authorization: 'Bearer junk' })
    expect([
      unknown.status,
      await unknown.json(),
      unknown.headers.get('www-authenticate'),
      unknown.headers.get('cache-control'),
    ]).toEqual([401, { error: 'CDS209' }, 'Bearer error="invalid_token"', 'private, no-store'])
    const { PUT } = kit.route({
      PUT: async (_, session) => (
        await session.update(() => ({ cart: ['x'.repeat(70_000)] })),
        new Response('ok')
      ),
    })
    expect((await call(PUT)).status).toBe(413)
  })
  test('lets other errors through, as Next.js throws redirects', async () => {
    const { GET } = kit.route({
      GET: () => {
        throw new Error('NEXT_REDIRECT')
      },
    })
    await expect(call(GET)).rejects.toThrow('NEXT_REDIRECT')
  })
  test('allows other listed domains where told to, and no one else', async () => {
    const [open, closed] = [
      kit.route({ GET: () => new Response('ok') }, { cors: true }),
      kit.route({ GET: () => new Response('ok') }),
    ]
    const allowed = async (handler: typeof open.GET, origin: string) =>
      (await call(handler, { origin })).headers.get('access-control-allow-origin')
    expect([
      await allowed(open.GET, secondary),
      await allowed(open.GET, 'https://evil.example'),
      await allowed(open.GET, 'null'),
      await allowed(closed.GET, secondary),
    ]).toEqual([secondary, null, null, null])
    const preflight = await call(open.OPTIONS, {
      origin: secondary,
      'access-control-request-headers': 'authorization',
    })
    expect([
      preflight.status,
      preflight.headers.get('access-control-allow-methods'),
      preflight.headers.get('access-control-allow-headers'),
    ]).toEqual([204, 'GET, OPTIONS', 'authorization'])
    expect(
      (await call(closed.OPTIONS, { origin: secondary })).headers.get('access-control-allow-methods'),
    ).toBeNull()
  })
  test('answers without CORS, and says so, where the list of domains cannot be loaded', async () => {
    const errors: unknown[] = []
    const domains = async () => Promise.reject(new Error('no table'))
    const lost = createCrossDomainSession({
      primary,
      domains,
      secret,
      store: memoryStore(),
      onError: (error) => errors.push(error),
    })
    let runs = 0
    const { GET, OPTIONS } = lost.route(
      { GET: (_, session) => new Response(`${(runs += 1)} ${session.isAvailable}`) },
      { cors: true },
    )
    for (const handler of [GET, OPTIONS]) {
      errors.length = 0
      const response = await call(handler, { origin: secondary })
      expect([
        response.status < 300,
        response.headers.get('access-control-allow-origin'),
        response.headers.get('access-control-allow-methods'),
      ]).toEqual([true, null, null])
      expect(errors).toContainEqual(expect.objectContaining({ code: 'CDS111' }))
    }
    expect(runs).toBe(1)
  })
  test('refuses a write there: CDS111', async () => {
    const domains = async () => Promise.reject(new Error('no table'))
    const lost = createCrossDomainSession({
      primary,
      domains,
      secret,
      store: memoryStore(),
      onError: () => {},
    })
    const { POST } = lost.route({ POST: async (_, session) => (await session.set('a', 1), new Response()) })
    const response = await call(POST, {})
    expect([response.status, await response.json()]).toEqual([503, { error: 'CDS111' }])
  })
})
