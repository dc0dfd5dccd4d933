/**
 * What Flask-CrossDomain-Session was seen to do, request by request, and what this kit does there. A title names one request to it and
 * the state before; P is the primary's session, C the secondary's. `differs` says why the kit does something else on purpose.
 */
import { NextRequest } from 'next/server.js'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { readSessionCookie } from '../../src/core/request/cookies.js'
import { parseToken } from '../../src/core/values/ids.js'
import { parseOrigin } from '../../src/core/domains/origin.js'
import { placeOf } from '../../src/core/domains/place.js'
import { createCrossDomainSession } from '../../src/index.js'
import { memoryStore } from '../../src/stores/memory.js'
import {
  Deployment,
  FakeBrowser,
  primary,
  secondary,
  secret,
  third,
  type World,
} from '../support/fakeBrowser.js'
import { beginRequest } from '../support/nextHeaders.js'

vi.mock('next/headers.js', () => import('../support/nextHeaders.js'))
vi.mock('next/server.js', async (original) => ({
  ...(await original<object>()),
  ...(await import('../support/nextHeaders.js')).server,
}))

const asPage = { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty', 'sec-fetch-site': 'same-origin' }
const asOther = { ...asPage, 'sec-fetch-site': 'cross-site', 'sec-fetch-storage-access': 'active' }

let deployment: Deployment
let browser: FakeBrowser
beforeEach(() => {
  deployment = new Deployment(memoryStore())
  browser = new FakeBrowser(deployment)
})

async function save(origin: string, color: string | null, user: string | null): Promise<void> {
  await browser.visit(origin)
  if (color !== null) await (await browser.session(origin)).set('color', color)
  if (user !== null) await (await browser.session(origin)).login(user)
}

async function shown(origin: string) {
  const { data, userId, fingerprint } = await browser.session(origin)
  return { color: data['color'] ?? null, user: userId, fingerprint }
}

interface Meeting {
  readonly id: string
  /** Colour and user; null where there is no session yet, `junk` for a cookie that names none. */
  readonly P: readonly [color: string, user: string | null] | 'junk' | null
  readonly C: readonly [color: string | null, user: string | null] | 'junk'
  /** The third domain shares P. */
  readonly isShared?: true
  readonly world?: World
  readonly result: unknown
  readonly color: string | null
  readonly user?: string
  readonly differs?: string
}

const replaced = { result: 'replaced' }
const current = { result: 'use_current' }
/** The primary's cookie is new: looked at once more, so that two domains which begin at once end on one session. */
const again = { result: 'use_current', again: true }

const meetings: readonly Meeting[] = [
  { id: 'check/primary-new/current-new', P: null, C: [null, null], result: again, color: null },
  { id: 'check/primary-new/current-old', P: null, C: ['blue', null], result: again, color: 'blue' },
  {
    id: 'check/primary-new/current-old-user',
    P: null,
    C: ['blue', 'ada'],
    result: again,
    color: 'blue',
    user: 'ada',
  },
  {
    id: 'check/primary-new/current-unknown',
    P: null,
    C: 'junk',
    result: again,
    color: null,
    differs:
      'its dead token was believed for a week; the middleware gives a new cookie, and both domains agree',
  },
  {
    id: 'check/primary-new/primary-cookie-unknown',
    P: 'junk',
    C: ['blue', null],
    result: again,
    color: 'blue',
  },
  { id: 'check/current-new/users-none', P: ['red', null], C: ['blue', null], result: replaced, color: 'red' },
  {
    id: 'check/current-new/user-primary',
    P: ['red', 'ada'],
    C: ['blue', null],
    result: replaced,
    color: 'red',
    user: 'ada',
  },
  {
    id: 'check/current-new/user-current',
    P: ['red', null],
    C: ['blue', 'ada'],
    result: current,
    color: 'blue',
    user: 'ada',
    differs: 'a sign-in is never lost, however young its session',
  },
  {
    id: 'check/current-new/users-same',
    P: ['red', 'ada'],
    C: ['blue', 'ada'],
    result: replaced,
    color: 'red',
    user: 'ada',
  },
  {
    id: 'check/current-new/users-different',
    P: ['red', 'ada'],
    C: ['blue', 'grace'],
    result: replaced,
    color: 'red',
    user: 'ada',
  },
  { id: 'check/current-unknown', P: ['red', null], C: 'junk', result: replaced, color: 'red' },
  {
    id: 'check/neither-new/users-none',
    P: ['red', null],
    C: ['blue', null],
    isShared: true,
    result: replaced,
    color: 'red',
    differs: 'the primary wins, as its own comment says, and the third domain is not left behind',
  },
  {
    id: 'check/neither-new/user-primary',
    P: ['red', 'ada'],
    C: ['blue', null],
    isShared: true,
    result: replaced,
    color: 'red',
    user: 'ada',
  },
  {
    id: 'check/neither-new/user-current',
    P: ['red', null],
    C: ['blue', 'ada'],
    isShared: true,
    result: current,
    color: 'blue',
    user: 'ada',
    differs: 'all domains that shared P learn of C, not the primary alone',
  },
  {
    id: 'check/neither-new/users-same',
    P: ['red', 'ada'],
    C: ['blue', 'ada'],
    isShared: true,
    result: replaced,
    color: 'red',
    user: 'ada',
  },
  {
    id: 'check/neither-new/users-different',
    P: ['red', 'ada'],
    C: ['blue', 'grace'],
    isShared: true,
    result: replaced,
    color: 'red',
    user: 'ada',
    differs: 'a policy: the primary, unless `onUserConflict` says apart',
  },
]

function junk(origin: string): void {
  for (const name of ['__Host-Http-crossdomain', '__Host-Http-crossdomain-link'])
    browser.jar(origin).set(name, { value: 'e'.repeat(64), sameSite: 'none', isTransient: false })
}

describe('two domains that meet', () => {
  const titled = meetings.map((meeting) => {
    const { id, differs } = meeting
    return [differs === undefined ? id : `${id}: differs, ${differs}`, meeting] as const
  })
  test.each(titled)('%s', async (_, { P, C, isShared, result, color, user = null }) => {
    if (P === 'junk') junk(primary)
    else if (P !== null) await save(primary, ...P)
    if (isShared) {
      await browser.visit(third)
      await browser.sync(third)
    }
    if (C === 'junk') junk(secondary)
    await save(secondary, ...(C === 'junk' ? ([null, null] as const) : C))
    expect((await browser.sync(secondary)).result).toEqual(result)
    await browser.visit(primary)
    if (isShared) await browser.sync(third)
    const agreed = await shown(secondary)
    expect(agreed).toMatchObject({ color, user })
    for (const origin of isShared ? [primary, third] : [primary])
      expect(await shown(origin), origin).toEqual(agreed)
  })

  test('check/equal, check/equal-is_new: use_current, and the client has no say in whether its session is new', async () => {
    await save(primary, 'red', null)
    await browser.visit(secondary)
    await browser.sync(secondary)
    deployment.calls.length = 0
    expect((await browser.sync(secondary)).result).toEqual(current)
    expect(deployment.calls).toEqual(['swap'])
  })
  test('check/primary-new/3pc-blocked: differs, a cookie that cannot be seen is not taken for one that is not there', async () => {
    browser = new FakeBrowser(deployment, 'blocked')
    await save(primary, 'red', 'ada')
    await browser.visit(secondary)
    expect((await browser.sync(secondary)).result).toEqual({ result: 'navigate' })
    await browser.navigate(`${secondary}/crossdomain/start?return_to=/`)
    expect(await shown(secondary)).toMatchObject({ color: 'red', user: 'ada' })
  })
  test('check/after-clear: differs, the id is no part of the data', async () => {
    await save(primary, 'red', null)
    await save(secondary, 'blue', null)
    const { fingerprint } = await shown(secondary)
    await (await browser.session(secondary)).update(() => ({}))
    expect(await shown(secondary)).toEqual({ color: null, user: null, fingerprint })
    expect((await browser.sync(secondary)).result).toEqual(replaced)
  })
})

/** Sends what has to be refused: no cookie, no write, and an answer of the kit. */
async function refused(
  path: string,
  status: number,
  code: string,
  {
    origin = primary,
    method = 'GET',
    headers = {},
  }: { origin?: string; method?: string; headers?: Record<string, string> } = {},
): Promise<Response> {
  deployment.calls.length = 0
  const response = await browser.send(`${origin}/crossdomain/${path}`, {
    method,
    headers: { ...asOther, origin: secondary, ...headers },
  })
  expect([
    response.status,
    await response.clone().json(),
    response.headers.getSetCookie(),
    deployment.calls,
  ]).toEqual([status, { result: 'error', code }, [], []])
  return response
}

describe('a mistake', () => {
  beforeEach(async () => {
    for (const origin of [primary, secondary]) await browser.visit(origin)
  })

  test.each<[string, string, number, string, Parameters<typeof refused>[3]?]>([
    ['error/missing-action', '', 404, 'CDS401'],
    ['error/unknown-action', 'eat', 404, 'CDS401'],
    ['error/action-array', '["check"]', 404, 'CDS401'],
    ['error/check-wrong-host', 'check?claim=x', 400, 'CDS403', { origin: secondary }],
    ['error/check-missing-token', 'check', 400, 'CDS405'],
    ['error/check-empty-token', 'check?claim=', 400, 'CDS405'],
    ['error/check-no-origin', 'check?claim=x', 403, 'CDS404', { headers: { origin: '' } }],
    [
      'error/check-evil-origin',
      'check?claim=x',
      403,
      'CDS404',
      { headers: { origin: 'https://evil.example' } },
    ],
    ['error/check-token-number (differs: no 500)', 'check?claim=123', 400, 'CDS405'],
    ['error/check-token-array (differs: no 500)', 'check?claim=x&claim=y', 400, 'CDS405'],
    ['error/check-token-object (differs: no 500)', 'check?claim={"a":1}', 400, 'CDS405'],
    ['error/check-token-nul (differs: no 500)', 'check?claim=a%00b', 400, 'CDS405'],
    [
      'error/check-token-huge (differs: what is no seal gets no session)',
      `check?claim=${'x'.repeat(20_000)}`,
      400,
      'CDS405',
    ],
    ['error/replace-missing-token', 'replace', 400, 'CDS408', { origin: secondary }],
    [
      'error/replace-token-number (differs: no 500)',
      'replace?ticket=5',
      400,
      'CDS408',
      { origin: secondary },
    ],
  ])('%s', async (_, path, status, code, options) => void (await refused(path, status, code, options)))

  test.each(['error/check-missing-is_new', 'error/check-is_new-string'])(
    '%s: differs, the client has no say in whether its session is new',
    async (id) => {
      await (await browser.session(secondary)).login('ada')
      const start = await browser.send(`${secondary}/crossdomain/start`, {
        method: 'POST',
        headers: { ...asPage, origin: secondary },
      })
      const claimed = `${start.headers.get('location')}${id.endsWith('string') ? '&current_is_new=false' : ''}`
      const check = await browser.send(claimed, {
        headers: { ...asOther, origin: secondary },
        jar: 'none-cookies',
      })
      await browser.send(check.headers.get('location') ?? '', { headers: { ...asOther, origin: 'null' } })
      expect(await shown(secondary)).toMatchObject({ user: 'ada' })
    },
  )

  test.each<[string, string, string?]>([
    ['error/body-null', 'null'],
    ['error/body-array', '[]'],
    ['error/body-string', '"check"'],
    ['error/body-bad', '{'],
    ['error/body-empty', ''],
    ['error/body-number', '7'],
    ['error/content-type-text', '{}', 'text/plain'],
  ])('%s: differs, no action reads a body', async (_, body, type = 'application/json') => {
    const { url, headers } = browser.request(
      `${secondary}/crossdomain/start`,
      { ...asPage, origin: secondary, 'content-type': type },
      'all',
    )
    const response = await deployment.handlers.POST(new NextRequest(url, { method: 'POST', headers, body }))
    expect([response.status, new URL(response.headers.get('location') ?? '').origin]).toEqual([303, primary])
  })

  test('error/no-cookie-bad-request: differs, it makes no row and sets no cookie', async () => {
    browser = new FakeBrowser(deployment)
    await refused('eat', 404, 'CDS401', { method: 'POST' })
  })
  test('error/get-405: differs, it makes no row and sets no cookie', async () => {
    browser = new FakeBrowser(deployment)
    expect((await refused('check', 405, 'CDS402', { method: 'POST' })).headers.get('allow')).toBe('GET')
  })
})

describe('another origin', () => {
  const asked = { 'access-control-request-method': 'GET', 'access-control-request-headers': 'traceparent' }
  const allowed = (response: Response) =>
    ['origin', 'credentials', 'methods'].map((name) => response.headers.get(`access-control-allow-${name}`))
  const kit = () =>
    createCrossDomainSession({ primary, domains: [primary, secondary], secret, store: memoryStore() })
  const call = (
    handler: (request: Request, context: { params: Promise<Record<string, string>> }) => Promise<Response>,
    headers: Record<string, string>,
  ) => {
    beginRequest({ host: new URL(primary).host, headers })
    return handler(new Request(`${primary}/dump`, { headers }), { params: Promise.resolve({}) })
  }

  test('cors/preflight-known: differs, with a time to keep it, Vary, and the one method of the action', async () => {
    const response = await browser.send(`${primary}/crossdomain/check`, {
      method: 'OPTIONS',
      headers: { ...asked, origin: secondary },
    })
    expect([...allowed(response), response.headers.get('access-control-max-age')]).toEqual([
      secondary,
      'true',
      'GET',
      '600',
    ])
    expect(response.headers.get('vary')).toContain('Origin')
  })
  test('cors/preflight-unknown', async () => {
    const response = await browser.send(`${primary}/crossdomain/check`, {
      method: 'OPTIONS',
      headers: { ...asked, origin: 'https://evil.example' },
    })
    expect([response.headers.has('allow'), ...allowed(response)]).toEqual([true, null, null, null])
  })
  test.each([
    ['cors/preflight-any-page', 'OPTIONS', asked],
    ['cors/credentialed-read-any-page', 'GET', {}],
  ] as const)('%s: differs, no CORS but where the application asks for it', async (_, method, headers) => {
    const handlers = kit().route({ GET: () => new Response('a page') })
    expect(allowed(await call(handlers[method], { ...headers, origin: secondary }))).toEqual([
      null,
      null,
      null,
    ])
  })
  test('cors/http-origin: differs, scheme and port count', async () => {
    expect(
      allowed(
        await refused('check?claim=x', 403, 'CDS404', { headers: { origin: 'http://brand.example:1234' } }),
      ),
    ).toEqual([null, null, null])
    const { GET } = kit().route({ GET: () => new Response('a page') }, { cors: true })
    expect(allowed(await call(GET, { origin: 'http://brand.example:1234' }))).toEqual([null, null, null])
  })
  test('cors/null-origin', async () => {
    expect(allowed(await refused('check?claim=x', 403, 'CDS404', { headers: { origin: 'null' } }))).toEqual([
      null,
      null,
      null,
    ])
  })
  test('cors/static: differs, static files are left alone', async () => {
    const response = await deployment.middleware(
      browser.request(
        `${primary}/static/none.css`,
        { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'style', origin: 'https://evil.example' },
        'all',
      ),
    )
    expect([...allowed(response), response.headers.getSetCookie()]).toEqual([null, null, null, []])
  })
})

describe('a bearer', () => {
  const kit = () =>
    createCrossDomainSession<{ foo: string }>({
      primary,
      domains: [primary, secondary],
      secret,
      store: deployment.store,
    })
  async function ask(
    from: ReturnType<typeof kit>,
    headers: Record<string, string>,
    cookies: Record<string, string> = {},
  ) {
    const { GET } = from.route({ GET: (_, session) => Response.json(session.get('foo') ?? null) })
    const jar = beginRequest({ host: new URL(primary).host, headers, cookies })
    const response = await GET(new Request(`${primary}/get/foo`, { headers }), {
      params: Promise.resolve({}),
    })
    return [response.status, await response.json(), jar.written]
  }
  const unknown = [401, { error: 'CDS209' }, []]

  test('bearer/valid-api', async () => {
    const own = kit()
    const { token } = await own.sessions.createApiSession({ data: { foo: 'bar' } })
    expect(await ask(own, { authorization: `Bearer ${token}` })).toEqual([200, 'bar', []])
  })
  test("bearer/cookie-type-token: differs, 401 and no cookie for a browser's id", async () => {
    await browser.visit(primary)
    await (await browser.session(primary)).set('foo', 'bar')
    const place = placeOf(deployment.config, await deployment.config.domains(), parseOrigin(primary))
    const cookie = await readSessionCookie(deployment.config, browser.jar(primary), place)
    // Id and key together are as long as a token: this one is one by its looks.
    const token = `cds_${cookie?.id}${cookie?.key.slice(1)}`
    expect(parseToken(`Bearer ${token}`)).toBe(token)
    for (const of of [token, cookie?.id, cookie?.key])
      expect(await ask(kit(), { authorization: `Bearer ${of}` })).toEqual(unknown)
  })
  test.each([
    ['bearer/unknown', 'Bearer deadbeef'],
    ['bearer/empty', 'Bearer '],
  ])('%s: differs, 401 and no cookie', async (_, authorization) => {
    expect(await ask(kit(), { authorization })).toEqual(unknown)
  })
  test('bearer/api-token-as-cookie: shown as a guest, and no row is made', async () => {
    const own = kit()
    const { token } = await own.sessions.createApiSession({ data: { foo: 'bar' } })
    deployment.calls.length = 0
    expect(await ask(own, {}, { '__Host-Http-crossdomain': token })).toEqual([200, null, []])
    expect(deployment.calls).toEqual([])
  })
})
