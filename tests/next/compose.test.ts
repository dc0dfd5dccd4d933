import { NextRequest, NextResponse } from 'next/server.js'
import { expect, test } from 'vitest'
import { compose, createMiddleware } from '../../src/middleware.js'
import { cookieNames } from '../../src/core/request/cookies.js'
import { primary, secondary, secret } from '../support/fakeBrowser.js'

const kit = createMiddleware({ primary, domains: [primary, secondary], secret })
const cookie = cookieNames({ cookieDomain: null }).session

function visit(path = '/', headers: Record<string, string> = {}): NextRequest {
  const own = {
    host: new URL(primary).host,
    'sec-fetch-mode': 'navigate',
    'sec-fetch-dest': 'document',
    'sec-fetch-site': 'none',
  }
  return new NextRequest(primary + path, { headers: { ...own, ...headers } })
}

/** The headers of the request that the page sees, or null if it is the one that came. */
function seen({ headers }: Response): Record<string, string | null> | null {
  const names = headers.get('x-middleware-override-headers')?.split(',')
  return names
    ? Object.fromEntries(names.map((name) => [name, headers.get(`x-middleware-request-${name}`)]))
    : null
}

const answers = {
  'a page': () => NextResponse.next(),
  'a rewrite': () => NextResponse.rewrite(`${primary}/en`),
  'a rewrite with headers for the page': (request: NextRequest) => {
    const headers = new Headers(request.headers)
    headers.set('x-locale', 'en')
    return NextResponse.rewrite(`${primary}/en`, { request: { headers } })
  },
  'headers for the page, and no cookies': () =>
    NextResponse.next({ request: { headers: new Headers({ 'x-locale': 'en' }) } }),
  'a redirect that cannot be changed': () => Response.redirect(`${primary}/en`),
  'an answer of its own': () => new Response('closed', { headers: { 'cache-control': 'public' } }),
  nothing: () => undefined,
}

test.each(Object.entries(answers))('a new visitor gets the cookie with %s', async (name, other) => {
  const answer = await compose(kit, other)(visit(), null)
  const [line = ''] = answer.headers.getSetCookie().filter((set) => set.startsWith(`${cookie}=`))
  expect(line).toContain('HttpOnly')
  expect(answer.headers.get('cache-control')).toBe('private, no-store')
  if (/redirect|own/.test(name)) expect(seen(answer)).toBeNull()
  else expect(seen(answer)?.['cookie']).toContain(line.slice(0, line.indexOf(';')))
  if (/headers/.test(name)) expect(seen(answer)?.['x-locale']).toBe('en')
  else if (!/redirect|own/.test(name)) expect(seen(answer)).toHaveProperty('host')
})

test('the other one sees the cookie of a new visitor in its request', async () => {
  let value: string | undefined
  await compose(kit, (request) => void (value = request.cookies.get(cookie)?.value))(visit(), null)
  expect(value).toMatch(/^Fe26/)
})

test('what the other one sets stays as it is', async () => {
  const other = () => {
    const response = NextResponse.next()
    response.cookies.set('theme', 'dark')
    response.headers.append('Set-Cookie', 'theme=light; Path=/admin')
    return response
  }
  const lines = (await compose(kit, other)(visit(), null)).headers.getSetCookie()
  expect(lines).toHaveLength(4)
  expect(lines.slice(0, 2)).toEqual(['theme=dark; Path=/', 'theme=light; Path=/admin'])
})

test('the other one runs for a visitor who has a cookie, and its answer is left alone', async () => {
  const first = await kit(visit())
  const brought = first.cookies.getAll().map((set) => `${set.name}=${set.value}`)
  const answer = await compose(kit, answers['a rewrite'])(visit('/', { cookie: brought.join('; ') }), null)
  expect([...answer.headers.keys()]).toEqual(['x-middleware-rewrite'])
})

test.each(['/crossdomain/start?return_to=%2F', '/sw.js'])(
  'the other one does not run for %s',
  async (path) => {
    let runs = 0
    const headers = path === '/sw.js' ? { 'service-worker': 'script' } : {}
    const answer = await compose(kit, () => void (runs += 1))(
      visit(path, headers as Record<string, string>),
      null,
    )
    expect(runs).toBe(0)
    expect(answer.status).toBe(path === '/sw.js' ? 403 : 200)
    expect(answer.headers.getSetCookie()).toEqual([])
  },
)
