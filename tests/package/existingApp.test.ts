import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AppBrowser } from '../support/appBrowser.js'
import { planApp } from '../support/builtApp.js'

// An application with both routers, as Next.js builds and starts it.
let app: Awaited<ReturnType<typeof planApp>>
let server: Awaited<ReturnType<typeof app.start>>
beforeAll(async () => {
  app = await planApp('tests/apps/existing')
  app.build()
  server = await app.start()
}, 400_000)
afterAll(() => server.stop(), 30_000)

describe('the Pages Router', () => {
  test('reads and writes the session in API routes and getServerSideProps', async () => {
    const visitor = new AppBrowser(app)
    const added = await visitor.send('/api/cart?item=tea', { method: 'POST' })
    expect(added).toMatchObject({ status: 200, body: '{"userId":null,"cart":["tea"]}' })
    expect(added.cookies).toHaveLength(2)
    expect(await visitor.shown('/cart')).toEqual({ userId: null, cart: ['tea'] })
    await visitor.send('/api/cart', { method: 'PUT' })
    expect(await visitor.shown('/cart')).toEqual({ userId: 'ada', cart: ['tea'] })
  })

  test('without the request, getSession() says what is missing', async () => {
    expect((await new AppBrowser(app).send('/api/bare')).body).toMatch(/CDS214.*getSession\(req, res\)/)
  })
})

describe('the App Router', () => {
  test('after() sees the sign-in of its handler, and writes what needs no cookie', async () => {
    const visitor = new AppBrowser(app)
    await visitor.send('/after', { method: 'POST' })
    await expect
      .poll(async () => JSON.parse((await visitor.send('/after')).body))
      .toMatchObject({
        seen: { userId: 'ada', cart: ['from after()'], signIn: expect.stringContaining('CDS201') },
      })
    expect(await visitor.shown('/cart')).toEqual({ userId: 'ada', cart: ['from after()'] })
  })

  test('`use cache: private` may read the session, and the log says why `use cache` may not', async () => {
    const visitor = new AppBrowser(app)
    await visitor.send('/api/cart?item=tea', { method: 'POST' })
    expect(await visitor.shown('/private')).toEqual(['tea'])
    await visitor.send('/cached')
    expect(server.output.join('')).toContain('CDS214')
  })
})
