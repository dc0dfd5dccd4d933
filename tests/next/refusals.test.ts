import { beforeEach, describe, expect, test } from 'vitest'
import { issueClaim, type ClaimContent } from '../../src/core/exchange/claim.js'
import { readSessionCookie } from '../../src/core/request/cookies.js'
import { createId, sha256 } from '../../src/core/values/ids.js'
import { issueTicket } from '../../src/core/exchange/ticket.js'
import { placeOf } from '../../src/core/domains/place.js'
import { parseOrigin } from '../../src/core/domains/origin.js'
import { memoryStore } from '../../src/stores/memory.js'
import { Deployment, FakeBrowser, navigation, primary, secondary, third } from '../support/fakeBrowser.js'

const fromPage = (origin: string) => ({
  'sec-fetch-mode': 'cors',
  'sec-fetch-dest': 'empty',
  'sec-fetch-site': 'same-origin',
  origin,
})
const fromOther = (origin: string) => ({
  ...fromPage(origin),
  'sec-fetch-site': 'cross-site',
  'sec-fetch-storage-access': 'active',
})

const throwing = (): never => {
  throw new Error('the logger is down')
}

let deployment: Deployment
let browser: FakeBrowser

beforeEach(async () => {
  deployment = new Deployment(memoryStore())
  browser = new FakeBrowser(deployment)
  await browser.visit(primary)
  await browser.visit(secondary)
  await (await browser.session(primary)).set('p', 1)
})

/** Walks to a hop of the fetch chain and gives its URL. */
async function urlOf(action: 'check' | 'replace', from = secondary): Promise<string> {
  const start = await browser.send(`${from}/crossdomain/start`, { method: 'POST', headers: fromPage(from) })
  const check = start.headers.get('location') ?? ''
  if (action === 'check') return check
  const answer = await browser.send(check, { headers: fromOther(from), jar: 'none-cookies' })
  return answer.headers.get('location') ?? ''
}

/** Sends a request that has to be refused, and makes sure that nothing came of it. */
async function refused(
  url: string,
  options: Parameters<FakeBrowser['send']>[1],
  status: number,
  code: string,
): Promise<void> {
  const written = [...deployment.sessionsWritten]
  const before = JSON.stringify([
    browser.cookies(primary),
    browser.cookies(secondary),
    browser.cookies(third),
  ])
  const response = await browser.send(url, options)
  expect([response.status, response.headers.get('location')]).toEqual([status, null])
  const text = await response.text()
  if (response.headers.get('content-type')?.includes('html')) expect(text).toContain(code)
  // The island tries once more by itself, when the newer cookie may have arrived.
  else expect(JSON.parse(text)).toEqual({ result: 'error', code, ...(code === 'CDS302' && { again: true }) })
  expect(response.headers.getSetCookie()).toEqual([])
  expect(JSON.stringify([browser.cookies(primary), browser.cookies(secondary), browser.cookies(third)])).toBe(
    before,
  )
  expect(deployment.sessionsWritten).toEqual(written)
}

describe('the route', () => {
  test('answers an unknown action with 404', () =>
    refused(`${secondary}/crossdomain/steal`, { headers: fromPage(secondary) }, 404, 'CDS401'))
  test('does not take a name of every object for an action', () =>
    refused(`${secondary}/crossdomain/constructor`, {}, 404, 'CDS401'))
  test.each([
    ['check', 'POST', primary],
    ['replace', 'POST', secondary],
    ['ended', 'POST', secondary],
    ['start', 'HEAD', secondary],
    ['check', 'HEAD', primary],
  ])('answers %s by %s with 405', async (action, method, origin) => {
    await refused(`${origin}/crossdomain/${action}`, { method, headers: fromPage(origin) }, 405, 'CDS402')
  })
  test('answers with a trailing slash as without', () =>
    refused(`${secondary}/crossdomain/replace/?ticket=abc`, { headers: fromPage(secondary) }, 400, 'CDS408'))
  test('says which methods are allowed', async () => {
    const response = await browser.send(`${secondary}/crossdomain/start`, { method: 'HEAD' })
    expect(response.headers.get('allow')).toBe('GET, POST')
  })
  test.each([
    ['check', 'GET', secondary],
    ['replace', 'GET', primary],
    ['start', 'POST', 'https://unlisted.example'],
    ['check', 'GET', 'https://shop.example.evil'],
    ['replace', 'GET', 'https://unlisted.example'],
  ])('answers %s by %s on %s with 400', async (action, method, origin) => {
    await refused(`${origin}/crossdomain/${action}`, { method, headers: fromPage(origin) }, 400, 'CDS403')
  })
})

describe('start', () => {
  test.each([
    undefined,
    primary,
    third,
    'null',
    'http://brand.example',
    'https://brand.example:8443',
    'https://brand.example.evil',
    '',
  ])('refuses the origin %j', async (origin) => {
    const { origin: _, ...headers } = fromPage(secondary)
    await refused(
      `${secondary}/crossdomain/start`,
      { method: 'POST', headers: origin === undefined ? headers : { ...headers, origin } },
      403,
      'CDS404',
    )
  })
  test('refuses a fetch without the session cookie that the sync cookie speaks of', async () => {
    browser.jar(secondary).delete('__Host-Http-crossdomain')
    await refused(
      `${secondary}/crossdomain/start`,
      { method: 'POST', headers: fromPage(secondary) },
      400,
      'CDS412',
    )
  })
  test.each(['junk', "another domain's cookie"])('begins anew in place of %s', async (what) => {
    const value = what === 'junk' ? what : (browser.cookies(primary)['__Host-Http-crossdomain'] ?? '')
    browser.jar(secondary).set('__Host-Http-crossdomain', { value, sameSite: 'lax', isTransient: false })
    const response = await browser.send(`${secondary}/crossdomain/start`, {
      method: 'POST',
      headers: fromPage(secondary),
    })
    expect(response.status).toBe(303)
    expect(await browser.session(secondary)).toMatchObject({ isNew: true, data: {} })
    expect((await browser.session(secondary)).fingerprint).not.toBe(
      (await browser.session(primary)).fingerprint,
    )
  })
  test('removes what is left of the time when the primary was none', async () => {
    browser
      .jar(primary)
      .set('__Host-crossdomain-sync', { value: 'abc%2Fcrossdomain', sameSite: 'lax', isTransient: false })
    const response = await browser.send(`${primary}/crossdomain/start`, {
      method: 'POST',
      headers: fromPage(primary),
    })
    expect(await response.json()).toEqual({ result: 'primary' })
    expect(Object.keys(browser.cookies(primary))).toEqual([
      '__Host-Http-crossdomain',
      '__Host-Http-crossdomain-link',
    ])
  })
  test.each([
    ['a prefetch', { ...navigation, 'sec-purpose': 'prefetch' }],
    ['a prerender', { ...navigation, 'sec-purpose': 'prefetch;prerender' }],
    ['an iframe', { ...navigation, 'sec-fetch-dest': 'iframe' }],
    ['a router prefetch', { ...navigation, 'next-router-prefetch': '1' }],
    ['a fetch', { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }],
    ['a bot', { ...navigation, 'user-agent': 'Mozilla/5.0 (compatible; Googlebot/2.1)' }],
    [
      'a reader that is known by name',
      { ...navigation, 'user-agent': 'Mozilla/5.0 (compatible; Google-InspectionTool/1.0;)' },
    ],
    ['a program with a token', { ...navigation, authorization: 'Bearer junk' }],
    ['a client that does not say what it is', {}],
  ])('redirects no %s', (_, headers) =>
    refused(`${secondary}/crossdomain/start?return_to=/`, { headers }, 403, 'CDS413'),
  )
  test.each([
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    'https://evil.example',
    'evil',
    '',
    '/a\r\nSet-Cookie: x=1',
    '/./\\evil',
  ])('refuses to return to %j', (path) =>
    refused(
      `${secondary}/crossdomain/start?return_to=${encodeURIComponent(path)}`,
      { headers: navigation },
      400,
      'CDS414',
    ),
  )
  test.each([
    '/crossdomain/start?return_to=/',
    '/crossdomain/check',
    '/x/../crossdomain/replace?ticket=a',
    '/cross%64omain/start',
    '/crossdomain',
  ])('refuses %j, which would walk the exchange again', (path) =>
    refused(
      `${secondary}/crossdomain/start?return_to=${encodeURIComponent(path)}`,
      { headers: navigation },
      400,
      'CDS414',
    ),
  )
  test.each([`/${'a'.repeat(3000)}`, `/?q=${'ü'.repeat(1000)}`])(
    'leaves a page whose path is too long to travel where it is',
    async (path) => {
      const response = await browser.send(
        `${secondary}/crossdomain/start?return_to=${encodeURIComponent(path)}`,
        { headers: navigation },
      )
      expect([response.status, response.headers.get('location')]).toEqual([
        303,
        `${encodeURI(path)}#crossdomain=CDS414`,
      ])
    },
  )
  test.each(['/a?q=x\\y', '/a?x=1&y=%2F', '/crossdomainer'])('goes back to %j', async (path) => {
    const { url } = await browser.navigate(
      `${secondary}/crossdomain/start?return_to=${encodeURIComponent(path)}`,
    )
    expect(url).toBe(`${secondary}${path}#crossdomain=replaced`)
  })
  test('a link that names a fragment keeps it', async () => {
    const { url } = await browser.navigate(
      `${secondary}/crossdomain/start?return_to=${encodeURIComponent('/a#b')}`,
    )
    expect(url).toBe(`${secondary}/a#b`)
  })
  test.each(['/.//evil.example', '/a/..//evil.example', '/%2e//evil.example'])(
    'refuses %j, which a parser turns into another host',
    (path) =>
      refused(
        `${secondary}/crossdomain/start?return_to=${encodeURIComponent(path)}`,
        { headers: navigation },
        400,
        'CDS414',
      ),
  )
})

describe('check', () => {
  test.each([
    ['missing', ''],
    ['empty', '?claim='],
    ['malformed', '?claim=abc'],
    ['half a seal', '?claim=Fe26.2*1*abc*def'],
    ['oversized', `?claim=${'a'.repeat(20_000)}`],
    ['given twice', '?claim=a&claim=b'],
  ])('refuses a claim that is %s', (_, query) =>
    refused(`${primary}/crossdomain/check${query}`, { headers: fromOther(secondary) }, 400, 'CDS405'),
  )
  test('refuses a claim that was changed in one character', async () => {
    const url = await urlOf('check')
    const middle = url.length - 100
    await refused(
      url.slice(0, middle) + (url[middle] === 'A' ? 'B' : 'A') + url.slice(middle + 1),
      { headers: fromOther(secondary) },
      400,
      'CDS405',
    )
  })
  test('refuses a ticket or a cookie in place of a claim', async () => {
    const ticket = new URL(await urlOf('replace')).searchParams.get('ticket') ?? ''
    for (const seal of [ticket, browser.cookies(secondary)['__Host-Http-crossdomain'] ?? '']) {
      await refused(
        `${primary}/crossdomain/check?claim=${seal}`,
        { headers: fromOther(secondary) },
        400,
        'CDS405',
      )
    }
  })
  test('refuses a claim after 60 seconds', async () => {
    const url = await urlOf('check')
    deployment.nowSeconds += 60
    await refused(url, { headers: fromOther(secondary) }, 403, 'CDS406')
  })
  test.each([
    undefined,
    'null',
    third,
    primary,
    'https://evil.example',
    'http://brand.example',
    'https://BRAND.example',
  ])('refuses the origin %j', async (origin) => {
    const { origin: _, ...headers } = fromOther(secondary)
    await refused(
      await urlOf('check'),
      { headers: origin === undefined ? headers : { ...headers, origin } },
      403,
      'CDS404',
    )
  })
  test('refuses a claim made in another browser', async () => {
    const url = await urlOf('check')
    browser.userAgent = 'Mozilla/5.0 (another)'
    await refused(url, { headers: fromOther(secondary) }, 403, 'CDS407')
  })
  /** A claim as a secondary seals it, but for what is given. */
  const claimOf = (content: Partial<ClaimContent>) => {
    const made = { aud: primary, origin: secondary, id: createId(), keyHash: sha256('a key') }
    const claim = { ...made, iat: deployment.nowSeconds, ...content }
    return issueClaim(deployment.config, claim, browser.userAgent)
  }
  test('refuses a claim for another primary', async () => {
    const claim = await claimOf({ aud: 'https://other.example' })
    const url = (of: string) => `${primary}/crossdomain/check?claim=${of}`
    await refused(url(claim), { headers: fromOther(secondary) }, 403, 'CDS407')
    expect((await browser.send(url(await claimOf({})), { headers: fromOther(secondary) })).status).toBe(303)
  })
  test.each(['https://taken-off.example', primary])(
    'refuses a claim of %s, which is no secondary',
    async (origin) => {
      const claim = await claimOf({ origin, returnTo: '/' })
      await refused(`${primary}/crossdomain/check?claim=${claim}`, { headers: navigation }, 403, 'CDS407')
    },
  )
  test('takes a claim once, whatever the first answer was', async () => {
    const first: readonly (readonly [string, Record<string, string>, number])[] = [
      ['a ticket', fromOther(secondary), 303],
      [
        'that cookies do not come along',
        { ...fromOther(secondary), 'sec-fetch-storage-access': 'none' },
        200,
      ],
      ['a refusal', { ...fromOther(secondary), origin: third }, 403],
    ]
    for (const [what, headers, status] of first) {
      const url = await urlOf('check')
      const answer = await browser.send(url, { headers, jar: 'none-cookies' })
      expect(answer.status, what).toBe(status)
      for (const again of [
        fromOther(secondary),
        { ...fromOther(secondary), 'sec-fetch-storage-access': 'none' },
      ])
        await refused(url, { headers: again }, 403, 'CDS416')
    }
  })
  test('takes the claim of a navigation once, and leads one that is repeated to its page', async () => {
    const start = await browser.send(`${secondary}/crossdomain/start?return_to=/`, { headers: navigation })
    const url = start.headers.get('location') ?? ''
    expect((await browser.send(url, { headers: navigation })).status).toBe(303)
    const written = deployment.written.length
    const again = await browser.send(url, { headers: navigation })
    expect([again.headers.getSetCookie(), deployment.written.length]).toEqual([[], written])
    expect((await browser.navigate(again.headers.get('location') ?? '')).url).toBe(
      `${secondary}/#crossdomain=CDS416`,
    )
    // Whose claim it is not is told nothing.
    const other = new FakeBrowser(deployment)
    other.userAgent = 'Mozilla/5.0 (Other)'
    expect((await other.send(url, { headers: navigation })).status).toBe(403)
  })
  test('lets no script see the URL of a claim that still works', async () => {
    const inactive = { ...fromOther(secondary), 'sec-fetch-storage-access': 'inactive' }
    const answer = await browser.send(await urlOf('check'), { headers: inactive })
    expect([
      answer.status,
      answer.headers.get('activate-storage-access'),
      answer.headers.get('access-control-allow-origin'),
    ]).toEqual([401, `retry; allowed-origin="${secondary}"`, null])
    deployment.isStoreDown = true
    const { hops, result } = await browser.sync(secondary)
    expect([
      hops.map(({ response }) => response.status),
      new URL(hops.at(-1)?.url ?? '').pathname,
      result,
    ]).toEqual([[303, 303, 503], '/crossdomain/replace', { result: 'error', code: 'CDS301' }])
  })
  test('refuses to navigate with the claim of a fetch', async () =>
    refused(await urlOf('check'), { headers: navigation }, 403, 'CDS407'))
  test('lets only listed origins read its answers', async () => {
    for (const [origin, allowed] of [
      [secondary, secondary],
      ['https://evil.example', null],
      ['null', null],
      [primary, null],
    ] as const) {
      const response = await browser.send(`${primary}/crossdomain/check`, { headers: fromOther(origin) })
      expect(response.headers.get('access-control-allow-origin'), origin).toBe(allowed)
      expect(response.headers.get('vary')).toContain('Origin')
    }
  })
})

describe('replace', () => {
  const fetched = { ...fromOther(secondary), origin: 'null' }

  test.each([
    ['missing', ''],
    ['malformed', '?ticket=abc'],
    ['oversized', `?ticket=${'a'.repeat(20_000)}`],
  ])('refuses a ticket that is %s', (_, query) =>
    refused(`${secondary}/crossdomain/replace${query}`, { headers: fetched }, 400, 'CDS408'),
  )
  test('refuses a claim in place of a ticket', async () => {
    const claim = new URL(await urlOf('check')).searchParams.get('claim') ?? ''
    await refused(`${secondary}/crossdomain/replace?ticket=${claim}`, { headers: fetched }, 400, 'CDS408')
  })
  test('refuses a ticket after 60 seconds', async () => {
    const url = await urlOf('replace')
    deployment.nowSeconds += 60
    await refused(url, { headers: fetched }, 403, 'CDS409')
  })
  test('redeems a ticket once', async () => {
    const url = await urlOf('replace')
    expect(await (await browser.send(url, { headers: fetched })).json()).toMatchObject({ result: 'replaced' })
    await refused(url, { headers: fetched }, 403, 'CDS411')
  })
  test('redeems a ticket for one of twenty that come at once', async () => {
    const url = await urlOf('replace')
    const cookies = new Map(browser.jar(secondary))
    const results = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const copy = new FakeBrowser(deployment)
        for (const [name, cookie] of cookies) copy.jar(secondary).set(name, cookie)
        return (await copy.send(url, { headers: fetched })).status
      }),
    )
    expect(results.filter((status) => status === 200)).toHaveLength(1)
  })
  test('refuses a ticket in another browser, and it is dead then', async () => {
    const url = await urlOf('replace')
    const thief = new FakeBrowser(deployment)
    await thief.visit(secondary)
    const own = thief.cookies(secondary)
    expect(await (await thief.send(url, { headers: fetched })).json()).toEqual({
      result: 'error',
      code: 'CDS410',
    })
    expect(thief.cookies(secondary)).toEqual(own)
    await refused(url, { headers: fetched }, 403, 'CDS411')
  })
  test('asks a browser that holds its `Lax` cookies back, as Firefox does here, to navigate, and the ticket is dead then', async () => {
    const url = await urlOf('replace')
    const answer = await browser.send(url, { headers: fetched, jar: 'none-cookies' })
    expect([answer.status, await answer.json(), answer.headers.getSetCookie()]).toEqual([
      200,
      { result: 'navigate' },
      [],
    ])
    await refused(url, { headers: fetched }, 403, 'CDS411')
  })
  test('refuses a ticket in a browser without cookies, and it is dead then', async () => {
    const url = await urlOf('replace')
    expect(await (await new FakeBrowser(deployment).send(url, { headers: fetched })).json()).toEqual({
      result: 'error',
      code: 'CDS410',
    })
    await refused(url, { headers: fetched }, 403, 'CDS411')
  })
  test('refuses a ticket on another domain, and it is dead then', async () => {
    const url = await urlOf('replace')
    await browser.visit(third)
    await refused(url.replace(secondary, third), { headers: fetched }, 403, 'CDS410')
    await refused(url, { headers: fetched }, 403, 'CDS411')
  })
  test("refuses a ticket for another domain even where the cookie's bind fits", async () => {
    const place = placeOf(deployment.config, await deployment.config.domains(), parseOrigin(secondary))
    const cookie = await readSessionCookie(deployment.config, browser.jar(secondary), place)
    const bind = sha256(cookie?.key ?? '')
    const ticket = (aud: string) =>
      issueTicket(deployment.config, { kind: 'grant', aud, id: createId(), keyHash: sha256('a key'), bind })
    await refused(
      `${secondary}/crossdomain/replace?ticket=${await ticket(third)}`,
      { headers: fetched },
      403,
      'CDS410',
    )
    expect(
      (
        await browser.send(`${secondary}/crossdomain/replace?ticket=${await ticket(secondary)}`, {
          headers: fetched,
        })
      ).status,
    ).toBe(200)
  })
  test.each([
    ['an image', { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }, 'CDS413'],
    ['an iframe', { ...navigation, 'sec-fetch-dest': 'iframe' }, 'CDS413'],
    ['a fetch of an own page', { ...fromPage(secondary) }, 'CDS404'],
    ['a fetch of another page', { ...fromOther('https://evil.example') }, 'CDS404'],
    [
      'a fetch that does not say whose it is',
      { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' },
      'CDS404',
    ],
  ])('refuses a ticket to %s, and it is dead then', async (_, headers, code) => {
    const url = await urlOf('replace')
    await refused(url, { headers: headers as Record<string, string> }, 403, code)
    await refused(url, { headers: fetched }, 403, 'CDS411')
  })
  test.each([
    ['a prefetch', { ...navigation, 'sec-purpose': 'prefetch' }],
    ['a bot', { ...navigation, 'user-agent': 'Mozilla/5.0 (compatible; Googlebot/2.1)' }],
  ])('burns nothing for %s', async (_, headers) => {
    const url = await urlOf('replace')
    await refused(url, { headers }, 403, 'CDS413')
    expect((await browser.send(url, { headers: fetched })).status).toBe(200)
  })
  test('sends a browser that keeps no cookies back to its page, by a link', async () => {
    const nothing = new FakeBrowser(deployment)
    const start = await nothing.send(`${secondary}/crossdomain/start?return_to=/page`, {
      headers: navigation,
    })
    nothing.jars.clear()
    const check = await nothing.send(start.headers.get('location') ?? '', { headers: navigation })
    nothing.jars.clear()
    const back = await nothing.send(check.headers.get('location') ?? '', { headers: navigation })
    expect([back.status, back.headers.get('location'), back.headers.getSetCookie()]).toEqual([
      303,
      '/page#crossdomain=CDS410',
      [],
    ])
  })
  test('refuses a session that ended on the way', async () => {
    const url = await urlOf('replace')
    await (await browser.session(primary)).destroy()
    await refused(url, { headers: fetched }, 409, 'CDS302')
  })
  test('shows a person a page with a way on', async () => {
    const response = await browser.send(`${secondary}/crossdomain/replace?ticket=abc`, {
      headers: navigation,
    })
    expect(response.status).toBe(400)
    expect(await response.text()).toMatch(/<a href="\/">[^]*CDS408/)
  })
  test('follows no return path to another host', async () => {
    const ticket = await issueTicket(deployment.config, {
      kind: 'return',
      aud: secondary,
      result: { result: 'use_current', fingerprint: '0123456789' },
      returnTo: '//evil.example',
    })
    await refused(`${secondary}/crossdomain/replace?ticket=${ticket}`, { headers: navigation }, 400, 'CDS414')
  })
})

describe('a domain taken off the list', () => {
  test('can neither give nor receive', async () => {
    const check = await urlOf('check')
    const replace = await urlOf('replace')
    const smaller = new Deployment(memoryStore(), { domains: [primary, third] })
    const request = (url: string, headers: Record<string, string>) =>
      smaller.handlers.GET(browser.request(url, headers, 'all'))
    expect((await request(check, fromOther(secondary))).status).toBe(403)
    expect((await request(check, navigation)).status).toBe(403)
    expect((await request(replace, { ...fromOther(secondary), origin: 'null' })).status).toBe(400)
    expect(
      (
        await smaller.middleware(browser.request(`${secondary}/`, navigation, 'nothing'))
      ).headers.getSetCookie(),
    ).toEqual([])
  })
})

describe('while the store is down', () => {
  test('a fetch is told so, and no cookie changes', async () => {
    const before = browser.cookies(secondary)
    deployment.isStoreDown = true
    const { hops, result } = await browser.sync(secondary)
    expect([hops.at(-1)?.response.status, result]).toEqual([503, { result: 'error', code: 'CDS301' }])
    expect(browser.cookies(secondary)).toEqual(before)
  })
  test('a navigation comes back to its page', async () => {
    deployment.isStoreDown = true
    const { url } = await browser.navigate(`${secondary}/crossdomain/start?return_to=/page`)
    expect(url).toBe(`${secondary}/page#crossdomain=CDS301`)
  })
  test('a navigation comes back when it goes down on the way', async () => {
    const start = await browser.send(`${secondary}/crossdomain/start?return_to=/page`, {
      headers: navigation,
    })
    const check = await browser.send(start.headers.get('location') ?? '', { headers: navigation })
    deployment.isStoreDown = true
    const { url } = await browser.navigate(check.headers.get('location') ?? '')
    expect(url).toBe(`${secondary}/page#crossdomain=CDS301`)
  })
  test('a page shows a guest, and a write says that it failed', async () => {
    deployment.isStoreDown = true
    const session = await browser.session(primary)
    expect(session).toMatchObject({ isAvailable: false, isNew: true, userId: null, data: {} })
    await expect(session.set('a', 1)).rejects.toMatchObject({ code: 'CDS301' })
    deployment.isStoreDown = false
    expect((await browser.session(primary)).get('p')).toBe(1)
  })
})

test.each([
  ['GET', 'session'],
  ['OPTIONS', 'check'],
  ['OPTIONS', 'start'],
  ['GET', 'ended'],
])('%s %s on a host that is not listed is answered with 400', async (method, action) => {
  await refused(
    `https://unlisted.example/crossdomain/${action}`,
    { method, headers: fromPage('https://unlisted.example') },
    400,
    'CDS403',
  )
})

test('an error handler that throws does not reach the visitor', async () => {
  const broken = new Deployment(memoryStore(), { onError: throwing })
  broken.isStoreDown = true
  const visitor = new FakeBrowser(broken)
  for (const origin of [primary, secondary]) await visitor.visit(origin)
  expect((await visitor.sync(secondary)).result).toEqual({ result: 'error', code: 'CDS301' })
})

test('a preflight is answered for check and listed origins alone', async () => {
  const preflight = (url: string, origin: string) =>
    browser.send(url, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'traceparent, baggage',
      },
    })
  const allowed = await preflight(`${primary}/crossdomain/check`, secondary)
  expect([
    allowed.status,
    allowed.headers.get('access-control-allow-origin'),
    allowed.headers.get('access-control-allow-headers'),
  ]).toEqual([204, secondary, 'traceparent, baggage'])
  for (const [url, origin] of [
    [`${primary}/crossdomain/check`, 'https://evil.example'],
    [`${secondary}/crossdomain/start`, third],
    [`${secondary}/crossdomain/check`, 'null'],
    [`${secondary}/crossdomain/replace`, 'null'],
  ] as const) {
    expect((await preflight(url, origin)).headers.get('access-control-allow-origin'), url).toBeNull()
  }
})
