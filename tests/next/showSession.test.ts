// `GET /crossdomain/session`, which `useSession()` asks.
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { createCrossDomainSession, type SessionEvent, type SessionOptions } from '../../src/index.js'
import { memoryStore } from '../../src/stores/memory.js'
import { secret, primary, secondary } from '../support/fakeBrowser.js'
import { beginRequest } from '../support/nextHeaders.js'

vi.mock('next/headers.js', () => import('../support/nextHeaders.js'))
vi.mock('next/server.js', async (original) => ({
  ...(await original<object>()),
  ...(await import('../support/nextHeaders.js')).server,
}))

interface Data {
  cart: string[]
  note: string
}
type Options = Pick<SessionOptions<Partial<Data>, Partial<Record<string, unknown>>>, 'expose' | 'onEvent'>

const host = new URL(primary).host
const expose: Options['expose'] = (session) => ({
  name: session.userId,
  items: session.get('cart')?.length ?? 0,
  isAvailable: session.isAvailable,
})

let isDown: boolean
let cookies: Record<string, string>

function kitWith(options: Partial<Options> = { expose }) {
  const kept = store
  const down = new Proxy(kept, {
    get: (target, name: keyof typeof kept) =>
      isDown ? () => Promise.reject(new Error('connection refused')) : target[name],
  })
  return createCrossDomainSession<Data>({
    primary,
    domains: [primary, secondary],
    secret,
    store: down,
    onError: () => {},
    ...options,
  })
}

let store: ReturnType<typeof memoryStore>
beforeEach(async () => {
  isDown = false
  store = memoryStore()
  const jar = beginRequest({ host })
  const session = await kitWith().getSession()
  await session.login('ada')
  await session.update(() => ({ cart: ['a', 'b'], note: 'nobody has to know' }))
  cookies = Object.fromEntries(jar.written.map(({ name, value }) => [name, value]))
})

/** One request as the browser sends it, with the cookies of a visitor. */
async function ask(
  kit = kitWith(),
  { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> } = {},
): Promise<Response> {
  const all = { host, 'sec-fetch-site': 'same-origin', ...headers }
  beginRequest({ host, cookies, headers: all })
  const cookie = Object.entries(cookies)
    .map(([name, value]) => `${name}=${value}`)
    .join('; ')
  return kit.handlers[method === 'POST' ? 'POST' : method === 'OPTIONS' ? 'OPTIONS' : 'GET'](
    new Request(`${primary}/crossdomain/session`, { method, headers: { ...all, cookie } }),
  )
}

test('shows what the application exposes, and nothing else', async () => {
  const response = await ask()
  expect([response.status, await response.json()]).toEqual([
    200,
    { name: 'ada', items: 2, isAvailable: true },
  ])
})

test('answers an unknown token 401, and tells the application so', async () => {
  const events: SessionEvent[] = []
  const response = await ask(kitWith({ expose, onEvent: (event) => void events.push(event) }), {
    headers: { authorization: 'Bearer junk' },
  })
  expect([
    response.status,
    await response.json(),
    response.headers.get('www-authenticate'),
    response.headers.getSetCookie(),
  ]).toEqual([401, { result: 'error', code: 'CDS209' }, 'Bearer error="invalid_token"', []])
  expect(events).toEqual([{ type: 'refused', domain: primary, action: 'session', code: 'CDS209' }])
})

test('shows nothing where the application exposes nothing', async () => {
  expect(await (await ask(kitWith({}))).text()).toBe('{}')
})

test('waits for what the application looks up first', async () => {
  expect(
    await (
      await ask(
        kitWith({ expose: async ({ userId }) => ({ name: await Promise.resolve(`${userId} lovelace`) }) }),
      )
    ).json(),
  ).toEqual({ name: 'ada lovelace' })
})

test('is for this visitor alone, and sets no cookie', async () => {
  const { headers } = await ask()
  expect([
    headers.get('cache-control'),
    headers.get('vary'),
    headers.get('x-content-type-options'),
    headers.get('content-type'),
  ]).toEqual(['private, no-store', 'Cookie', 'nosniff', 'application/json'])
  expect(headers.getSetCookie()).toEqual([])
})

test('shows a guest to whoever has no cookie', async () => {
  cookies = {}
  expect(await (await ask()).json()).toEqual({ name: null, items: 0, isAvailable: true })
})

test('shows a guest while the store is down', async () => {
  const kit = kitWith()
  isDown = true
  const response = await ask(kit)
  expect([response.status, await response.json()]).toEqual([
    200,
    { name: null, items: 0, isAvailable: false },
  ])
})

describe('refuses', () => {
  test.each([
    ['POST', 405, 'CDS402'],
    ['OPTIONS', 405, 'CDS402'],
    ['HEAD', 405, 'CDS402'],
  ])('%s with %d', async (method, status, code) => {
    const response = await ask(kitWith(), { method })
    expect([
      response.status,
      response.headers.get('allow'),
      response.headers.get('cache-control'),
      await response.json(),
    ]).toEqual([status, 'GET', 'private, no-store', { result: 'error', code }])
  })
  test.each(['cross-site', 'same-site', 'none'])('a request that is %s, with no CORS', async (site) => {
    const response = await ask(kitWith(), { headers: { 'sec-fetch-site': site, origin: secondary } })
    expect([
      response.status,
      await response.json(),
      response.headers.get('access-control-allow-origin'),
    ]).toEqual([403, { result: 'error', code: 'CDS404' }, null])
  })
})
