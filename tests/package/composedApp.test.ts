import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AppBrowser, shownIn } from '../support/appBrowser.js'
import { planApp } from '../support/builtApp.js'

// An application whose proxy.ts also runs next-intl, Auth.js and code of its own, as Next.js builds and starts it.
let app: Awaited<ReturnType<typeof planApp>>
let server: Awaited<ReturnType<typeof app.start>>
const env = { AUTH_SECRET: 'a-secret-for-the-tests-of-built-applications' }
beforeAll(async () => {
  app = await planApp('tests/apps/composed', { hostname: null })
  app.build(env)
  server = await app.start(env)
}, 400_000)
afterAll(() => server.stop(), 30_000)

const kitCookies = (lines: readonly string[]) => lines.filter((line) => line.startsWith('__Host-'))
const someFingerprint = expect.stringMatching(/^[\da-f]{10}$/)

describe('compose(), with next-intl', () => {
  test('a new visitor gets a session on a page that next-intl rewrites, on each domain', async () => {
    for (const [domain, locale] of [
      ['primary', 'en'],
      ['secondary', 'de'],
    ] as const) {
      const answer = await new AppBrowser(app).visit('/', domain)
      expect(answer.status, answer.body).toBe(200)
      expect(kitCookies(answer.cookies)).toHaveLength(2)
      expect(shownIn(answer)).toMatchObject({ locale, fingerprint: someFingerprint })
    }
  })

  test('a new visitor gets the cookies with a redirect of next-intl', async () => {
    const browser = new AppBrowser(app)
    const answer = await browser.visit('/en')
    expect(answer.status).toBe(307)
    expect(kitCookies(answer.cookies)).toHaveLength(2)
    const names = [...browser.jars.primary.keys()]
    expect(await browser.shown('/')).toMatchObject({ locale: 'en', fingerprint: someFingerprint })
    expect([...browser.jars.primary.keys()]).toEqual(names)
  })

  test('next-intl runs for a visitor who comes again', async () => {
    const browser = new AppBrowser(app)
    const first = await browser.shown('/')
    const again = await browser.visit('/')
    expect(again.status).toBe(200)
    expect(kitCookies(again.cookies)).toEqual([])
    expect(shownIn(again)).toEqual(first)
  })

  test('next-intl leaves the exchange alone', async () => {
    const browser = new AppBrowser(app)
    await browser.shown('/')
    await browser.send('/api/cart', { method: 'POST' })
    await browser.shown('/', 'secondary')
    expect(await browser.shown('/crossdomain/start?return_to=%2F', 'secondary')).toMatchObject({
      locale: 'de',
      cart: ['tea'],
    })
  })
})

describe('compose(), with Auth.js', () => {
  test('a redirect of Auth.js brings the cookies of the kit along', async () => {
    const answer = await new AppBrowser(app).visit('/members')
    expect([answer.status, answer.location]).toEqual([302, expect.stringMatching(/\/sign-in$/)])
    expect(kitCookies(answer.cookies)).toHaveLength(2)
  })

  test('a page gets the cookies of both', async () => {
    const browser = new AppBrowser(app)
    const { csrfToken } = shownIn(await browser.send('/api/auth/csrf')) as { csrfToken: string }
    const form = new URLSearchParams({ csrfToken, callbackUrl: `${app.originOf('primary')}/` })
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      origin: app.originOf('primary'),
      'sec-fetch-site': 'same-origin',
    }
    await browser.send('/api/auth/callback/credentials', { method: 'POST', headers, body: String(form) })
    const answer = await browser.visit('/members')
    expect(kitCookies(answer.cookies).filter((line) => line.includes('crossdomain'))).toHaveLength(2)
    expect(answer.cookies.some((line) => line.startsWith('authjs.session-token='))).toBe(true)
    expect(shownIn(answer)).toMatchObject({ member: 'Ada', fingerprint: someFingerprint })
  })
})

describe('compose(), with a middleware of your own', () => {
  test.each(['/shop', '/show'])('what it rewrites to sees the cookie of a new visitor: %s', async (path) => {
    const browser = new AppBrowser(app)
    const answer = await browser.visit(path)
    expect(answer.status, answer.body).toBe(200)
    expect(kitCookies(answer.cookies)).toHaveLength(2)
    expect(shownIn(answer)).toMatchObject({ fingerprint: someFingerprint })
    expect(shownIn(await browser.visit(path))).toEqual(shownIn(answer))
  })

  test('it can read the session, of a new visitor too', async () => {
    const browser = new AppBrowser(app)
    const refused = await browser.visit('/account')
    const { fingerprint } = await browser.shown('/')
    expect(refused.location).toMatch(new RegExp(`/\\?${String(fingerprint)}$`))
    await browser.send('/api/cart', { method: 'PUT' })
    expect(await browser.shown('/account')).toMatchObject({ user: 'ada', userId: 'ada' })
  })
})
