// Which pages may write by a handler of `route()`. The session cookie is `Lax`, so it comes along from the same site.
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { createCrossDomainSession, type SessionEvent } from '../../src/index.js'
import { memoryStore } from '../../src/stores/memory.js'
import { primary, secondary, secret } from '../support/fakeBrowser.js'
import { beginRequest } from '../support/nextHeaders.js'

vi.mock('next/headers.js', () => import('../support/nextHeaders.js'))
vi.mock('next/server.js', async (original) => ({
  ...(await original<object>()),
  ...(await import('../support/nextHeaders.js')).server,
}))

let events: SessionEvent[]
let ran: string[]
function setUp(cors: boolean, domains = async () => [primary, secondary]) {
  const options = { primary, secret, store: memoryStore(), onError: () => {} }
  const kit = createCrossDomainSession({ ...options, domains, onEvent: (event) => void events.push(event) })
  const run = (request: Request) => (ran.push(request.method), new Response('ran'))
  const { GET, POST, PUT, PATCH, DELETE } = kit.route(
    { GET: run, POST: run, PUT: run, PATCH: run, DELETE: run },
    { cors },
  )
  return { kit, handlers: { GET, POST, PUT, PATCH, DELETE } }
}
beforeEach(() => {
  events = []
  ran = []
})

type Kit = ReturnType<typeof setUp>

async function send(
  { handlers }: Kit,
  method: keyof Kit['handlers'],
  headers: Record<string, string>,
  host = new URL(primary).host,
): Promise<[number, string]> {
  beginRequest({ host, headers })
  const request = new Request(`${primary}/api`, { method, headers: { host, ...headers } })
  const response = await handlers[method](request, { params: Promise.resolve({}) })
  return [response.status, await response.text()]
}

const ok = [200, 'ran']
const refused = [403, '{"error":"CDS404"}']
const writing = ['POST', 'PUT', 'PATCH', 'DELETE'] as const

const strangers: Readonly<Record<string, Record<string, string>>> = {
  'a page of another site': { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
  'a page of a subdomain': { origin: 'https://blog.shop.example', 'sec-fetch-site': 'same-site' },
  'a page of another port': { origin: `${primary}:8443`, 'sec-fetch-site': 'same-site' },
  'a page of plain http': { origin: 'http://shop.example', 'sec-fetch-site': 'cross-site' },
  'a page of plain http, in a browser that calls it the same site': {
    origin: 'http://shop.example',
    'sec-fetch-site': 'same-site',
  },
  'a page of a subdomain, in a browser without Sec-Fetch-Site': { origin: 'https://blog.shop.example' },
  'a sandboxed frame': { origin: 'null', 'sec-fetch-site': 'cross-site' },
  'a page without an origin': { origin: 'null' },
  'a browser that hides the page of the same site': { 'sec-fetch-site': 'same-site' },
  'a browser that hides the page of another site': { 'sec-fetch-site': 'cross-site' },
  'an origin in capitals': { origin: 'HTTPS://SHOP.EXAMPLE' },
  'an origin with a slash': { origin: `${primary}/` },
  'two origins in one header': { origin: `${primary}, https://evil.example` },
  'an empty origin': { origin: '' },
  'a stranger that claims to be the same origin': {
    origin: 'https://evil.example',
    'sec-fetch-site': 'same-origin',
  },
  'another scheme of authorization': { origin: 'https://blog.shop.example', authorization: 'Basic YTpi' },
}

describe('a handler of route() for a method that writes', () => {
  test.each(Object.keys(strangers))('does not run for %s', async (who) => {
    for (const cors of [false, true]) {
      const kit = setUp(cors)
      for (const method of writing) expect(await send(kit, method, strangers[who] ?? {})).toEqual(refused)
    }
    expect(ran).toEqual([])
    expect(events[0]).toEqual({ type: 'refused', domain: primary, action: 'route', code: 'CDS404' })
  })

  test('runs for pages of another listed domain only with `cors`', async () => {
    const page = { origin: secondary, 'sec-fetch-site': 'cross-site' }
    for (const method of writing) {
      expect(await send(setUp(false), method, page)).toEqual(refused)
      expect(await send(setUp(true), method, page)).toEqual(ok)
    }
  })

  test.each<[string, Record<string, string>]>([
    ['a page of the own domain', { origin: primary, 'sec-fetch-site': 'same-origin' }],
    ['a page of the own domain, behind a proxy that drops Sec-Fetch-Site', { origin: primary }],
    ['a form of an own page that sends no referrer', { origin: 'null', 'sec-fetch-site': 'same-origin' }],
    ['a program without cookies', {}],
  ])('runs for %s', async (_, headers) => {
    for (const method of writing) expect(await send(setUp(false), method, headers)).toEqual(ok)
  })

  test('runs for a bearer token from wherever, because no browser adds one by itself', async () => {
    const kit = setUp(false)
    const { token } = await kit.kit.sessions.createApiSession({ userId: 'ada' })
    for (const origin of [{}, { origin: 'app://desktop' }])
      expect(await send(kit, 'POST', { authorization: `Bearer ${token}`, ...origin })).toEqual(ok)
  })

  test('runs on a host that is not listed, where nobody has a session', async () => {
    const host = 'preview.example'
    expect(await send(setUp(false), 'POST', { origin: `https://${host}` }, host)).toEqual(ok)
  })

  test('does not run if nobody knows which domains are listed: CDS111', async () => {
    const lost = setUp(false, async () => Promise.reject(new Error('no table')))
    expect(await send(lost, 'POST', { origin: 'https://blog.shop.example' })).toEqual([
      503,
      '{"error":"CDS111"}',
    ])
    expect(ran).toEqual([])
  })
})

test('a handler of route() for GET runs for any page, and only CORS decides who may read it', async () => {
  for (const headers of Object.values(strangers)) expect(await send(setUp(false), 'GET', headers)).toEqual(ok)
})
