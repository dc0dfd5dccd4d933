import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { createCrossDomainSession, type CrossDomainError, type Session, type Store } from '../../src/index.js'
import { memoryStore } from '../../src/stores/memory.js'
import { primary, secondary, secret } from '../support/fakeBrowser.js'

const { host } = new URL(primary)

function setUp() {
  const calls: string[] = []
  const store = new Proxy(memoryStore(), {
    get: (target, name: keyof Store) => {
      calls.push(name)
      return target[name]
    },
  })
  const kit = createCrossDomainSession<{ cart: string[] }>({
    primary,
    domains: [primary, secondary],
    secret,
    store,
    onError: () => {},
  })
  return { ...kit, calls }
}

type Kit = ReturnType<typeof setUp>

/** The cookies that lines of `Set-Cookie` leave in a browser. */
function cookieOf(lines: readonly string[]): string {
  return lines.map((line) => line.slice(0, line.indexOf(';'))).join('; ')
}

/** A visitor with a cart, made by a plain `Request`. */
async function visitor({ getSessionOf }: Kit): Promise<string> {
  const headers = new Headers()
  await (await getSessionOf(new Request(primary, { headers: { host } }), headers)).set('cart', ['tea'])
  return cookieOf(headers.getSetCookie())
}

async function serve(handle: (req: IncomingMessage, res: ServerResponse) => Promise<void>) {
  const server = createServer((req, res) => void handle(req, res).finally(() => res.end()))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { server, port: (server.address() as AddressInfo).port }
}

function ask(port: number, method: string, cookie = ''): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { host, cookie, 'sec-fetch-site': 'same-origin' }
    const sent = request({ port, host: '127.0.0.1', method, headers }, (answer) => resolve(answer.resume()))
    sent.once('error', reject).end()
  })
}

describe("a server of Node's own", () => {
  test('reads the session of a request, and its answer sets the cookies of what it writes', async () => {
    const kit = setUp()
    const shown: unknown[] = []
    const { port } = await serve(async (req, res) => {
      const session = await kit.getSession(req, res)
      if (req.method === 'POST') await session.set('cart', ['tea'])
      if (req.method === 'PUT') await session.login('ada')
      shown.push([session.userId, session.data])
    })
    const first = await ask(port, 'POST')
    const cookie = cookieOf(first.headers['set-cookie'] ?? [])
    expect(cookie).toMatch(/^__Host-.*; __Host-.*-link=/)
    expect(first.headers['cache-control']).toBe('private, no-store')
    const second = await ask(port, 'GET', cookie)
    expect(second.headers).toMatchObject({ 'cache-control': 'private, no-store', vary: 'Cookie' })
    expect(second.headers['set-cookie']).toBeUndefined()
    const signedIn = await ask(port, 'PUT', cookie)
    await ask(port, 'GET', cookieOf(signedIn.headers['set-cookie'] ?? []))
    // The cookie of before the sign-in is worth nothing now.
    await ask(port, 'GET', cookie)
    const cart = { cart: ['tea'] }
    expect(shown).toEqual([
      [null, cart],
      [null, cart],
      ['ada', cart],
      ['ada', cart],
      [null, {}],
    ])
  })

  test('keeps the cookies that the application has set, and sets each of its own once', async () => {
    const kit = setUp()
    const { port } = await serve(async (req, res) => {
      res.setHeader('Set-Cookie', 'theme=dark')
      const session = await kit.getSession(req, res)
      await session.set('cart', ['tea'])
      await session.login('ada')
    })
    const names = ((await ask(port, 'POST')).headers['set-cookie'] ?? []).map((line) => line.split('=')[0])
    expect(names).toHaveLength(3)
    expect(new Set(names).size).toBe(3)
    expect(names[0]).toBe('theme')
  })

  test('is refused a write that takes a cookie once its answer has begun', async () => {
    const kit = setUp()
    const codes: unknown[] = []
    const { port } = await serve(async (req, res) => {
      const session = await kit.getSession(req, res)
      res.write('begun')
      await session.set('cart', []).catch((error: CrossDomainError) => codes.push(error.code))
    })
    await ask(port, 'POST')
    expect(codes).toEqual(['CDS201'])
    await ask(port, 'POST', await visitor(kit))
    expect(codes).toEqual(['CDS201'])
  })

  test('asks the store once for each request, however often it asks for the session', async () => {
    const kit = setUp()
    const cookie = await visitor(kit)
    const { port } = await serve(async (req, res) => {
      expect(await kit.getSessionOf(req)).toBe(await kit.getSession(req, res))
      await (await kit.getSessionOf(req)).set('cart', [])
    })
    kit.calls.length = 0
    await ask(port, 'POST', cookie)
    expect(kit.calls).toEqual(['read', 'swap'])
  })
})

describe('a WebSocket', () => {
  async function connect(kit: Kit, headers: Record<string, string>, use: (session: Session) => unknown) {
    const { server, port } = await serve(async () => {})
    const sockets = new WebSocketServer({ noServer: true })
    const results: unknown[] = []
    server.on('upgrade', (req, socket, head) => {
      kit
        .getSessionOf(req)
        .then(use as (session: object) => unknown)
        .then(
          (result) => results.push(result),
          (error: CrossDomainError) => results.push(error.code),
        )
        .finally(() => sockets.handleUpgrade(req, socket, head, (client) => client.close(1000)))
    })
    const client = new WebSocket(`ws://127.0.0.1:${port}`, { headers: { host, ...headers } })
    await once(client, 'close')
    return results[0]
  }

  test('has the session of the request that opens it, and writes to it what needs no cookie', async () => {
    const kit = setUp()
    const headers = { cookie: await visitor(kit), origin: primary, 'sec-fetch-site': 'same-origin' }
    const written = connect(kit, headers, async (session) => {
      await session.set('cart', ['tea', 'cup'])
      return session.data
    })
    expect(await written).toEqual({ cart: ['tea', 'cup'] })
    expect(await connect(kit, headers, (session) => session.data)).toEqual({ cart: ['tea', 'cup'] })
  })

  test('cannot sign in, because no answer could bring the cookie', async () => {
    const kit = setUp()
    const headers = { cookie: await visitor(kit), origin: primary, 'sec-fetch-site': 'same-origin' }
    expect(await connect(kit, headers, (session) => session.login('ada'))).toBe('CDS201')
    expect(await connect(kit, { origin: primary }, (session) => session.set('cart', []))).toBe('CDS201')
  })

  test("gets nobody's session if a page of another origin opens it", async () => {
    const kit = setUp()
    const cookie = await visitor(kit)
    const show = (session: Session) => session.data
    for (const origin of ['https://blog.shop.example', secondary, 'null'])
      expect(await connect(kit, { cookie, origin }, show)).toBe('CDS404')
    // No browser is without an `Origin` here.
    expect(await connect(kit, { cookie }, show)).toEqual({ cart: ['tea'] })
  })
})

describe('a Request', () => {
  test('has a session, whose cookies go into the headers of the answer', async () => {
    const kit = setUp()
    const cookie = await visitor(kit)
    const answer = new Headers({ vary: 'Accept' })
    const session = await kit.getSessionOf(new Request(primary, { headers: { host, cookie } }), answer)
    expect(session.data).toEqual({ cart: ['tea'] })
    expect(answer.get('cache-control')).toBe('private, no-store')
    expect(answer.get('vary')).toBe('Accept, Cookie')
    await session.login('ada')
    await session.login('grace')
    expect(answer.getSetCookie()).toHaveLength(2)
    const next = new Request(primary, { headers: { host, cookie: cookieOf(answer.getSetCookie()) } })
    expect((await kit.getSessionOf(next)).userId).toBe('grace')
  })

  test('that first asked without an answer has a private answer as soon as one is given', async () => {
    const kit = setUp()
    const request = new Request(primary, { headers: { host } })
    await kit.getSessionOf(request)
    const answer = new Headers()
    await (await kit.getSessionOf(request, answer)).set('cart', [])
    await kit.getSessionOf(request, answer)
    expect(answer.getSetCookie()).toHaveLength(2)
    expect([answer.get('cache-control'), answer.get('vary')]).toEqual(['private, no-store', 'Cookie'])
  })

  test('takes the cookies of all its writes in the answer that it was given last', async () => {
    const kit = setUp()
    for (const when of ['before', 'after'] as const) {
      const request = new Request(primary, { headers: { host } })
      const [one, two] = [new Headers(), new Headers()]
      const session = await kit.getSessionOf(request, one)
      if (when === 'before') await session.login('ada')
      await kit.getSessionOf(request, two)
      if (when === 'after') await session.login('ada')
      expect([two.get('cache-control'), two.get('vary')]).toEqual(['private, no-store', 'Cookie'])
      const next = new Request(primary, { headers: { host, cookie: cookieOf(two.getSetCookie()) } })
      expect((await kit.getSessionOf(next)).userId, when).toBe('ada')
    }
  })

  test('is found with a bearer token', async () => {
    const kit = setUp()
    const { token } = await kit.sessions.createApiSession({ userId: 'ada' })
    const headers = { host, authorization: `Bearer ${token}` }
    expect((await kit.getSessionOf(new Request(primary, { headers }))).userId).toBe('ada')
  })

  test('over HTTP/2 has its host in `:authority`', async () => {
    const kit = setUp()
    const headers = { ':authority': host, cookie: [await visitor(kit)] }
    expect((await kit.getSessionOf({ headers })).domain).toBe(primary)
  })
})

test('getSession() outside a request of the App Router says what to call in its place', async () => {
  await expect(setUp().getSession()).rejects.toMatchObject({ code: 'CDS214', cause: expect.any(Error) })
  await expect(setUp().getSession()).rejects.toThrow('getSession(req, res)')
})
