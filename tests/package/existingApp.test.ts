import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { planApp, type AppRequest } from '../support/builtApp.js'

// An application with both routers, as Next.js builds and starts it.
let app: Awaited<ReturnType<typeof planApp>>
let server: Awaited<ReturnType<typeof app.start>>
beforeAll(async () => {
  app = await planApp('tests/apps/existing')
  app.build()
  server = await app.start()
}, 240_000)
afterAll(() => server.stop(), 30_000)

const navigation = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', 'sec-fetch-site': 'none' }

/** A browser that keeps the cookies of the primary. */
class Visitor {
  readonly jar = new Map<string, string>()

  async send(path: string, request: AppRequest = {}) {
    const headers = {
      'sec-fetch-site': 'same-origin',
      origin: app.originOf('primary'),
      ...request.headers,
      cookie: [...this.jar].map((pair) => pair.join('=')).join('; '),
    }
    const answer = await app.ask(path, { ...request, headers })
    for (const line of answer.cookies) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      this.jar.set(name, value)
    }
    return answer
  }

  async shown(path: string): Promise<unknown> {
    const { status, body } = await app.ask(path, {
      headers: { ...navigation, cookie: [...this.jar].map((pair) => pair.join('=')).join('; ') },
    })
    expect(status, body).toBe(200)
    return JSON.parse(/data-testid="shown">([^<]*)</.exec(body)?.[1]?.replaceAll('&quot;', '"') ?? body)
  }
}

describe('the Pages Router', () => {
  test('reads and writes the session in API routes and getServerSideProps', async () => {
    const visitor = new Visitor()
    const added = await visitor.send('/api/cart?item=tea', { method: 'POST' })
    expect(added).toMatchObject({ status: 200, body: '{"userId":null,"cart":["tea"]}' })
    expect(added.cookies).toHaveLength(2)
    expect(await visitor.shown('/cart')).toEqual({ userId: null, cart: ['tea'] })
    await visitor.send('/api/cart', { method: 'PUT' })
    expect(await visitor.shown('/cart')).toEqual({ userId: 'ada', cart: ['tea'] })
  })

  test('without the request, getSession() says what is missing', async () => {
    expect((await new Visitor().send('/api/bare')).body).toMatch(/CDS214.*getSession\(req, res\)/)
  })
})

describe('the App Router', () => {
  test('after() sees the sign-in of its handler, and writes what needs no cookie', async () => {
    const visitor = new Visitor()
    await visitor.send('/after', { method: 'POST' })
    await expect
      .poll(async () => JSON.parse((await visitor.send('/after')).body))
      .toMatchObject({
        seen: { userId: 'ada', cart: ['from after()'], signIn: expect.stringContaining('CDS201') },
      })
    expect(await visitor.shown('/cart')).toEqual({ userId: 'ada', cart: ['from after()'] })
  })

  test('`use cache: private` may read the session, and the log says why `use cache` may not', async () => {
    const visitor = new Visitor()
    await visitor.send('/api/cart?item=tea', { method: 'POST' })
    expect(await visitor.shown('/private')).toEqual(['tea'])
    await visitor.send('/cached')
    expect(server.output.join('')).toContain('CDS214')
  })
})
