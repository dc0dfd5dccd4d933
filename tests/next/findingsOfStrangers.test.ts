// What an attack on the kit before 0.1.0 found: what strangers, copies and programs could do. Each fact was false then.
import { describe, expect, test } from 'vitest'
import { FakeBrowser, navigation, primary, secondary, third } from '../support/fakeBrowser.js'
import { asItIs, jarsOf, restore } from '../support/guestMeetsUser.js'
import { cors, hop, open, start } from '../support/visitor.js'

const daySeconds = 86_400

test('three anonymous requests leave four rows, and none of them for longer than ten minutes', async () => {
  const { browser, deployment, later, store } = await open([])
  await hop(browser, await hop(browser, await hop(browser, start)))
  const rows = new Map(deployment.written.map((row) => [row.id.split(':')[0], row]))
  expect([rows.size, deployment.written.length]).toEqual([4, 4])
  expect([rows.get('claim')?.livesMs, rows.get('ticket')?.livesMs]).toEqual([120_000, 120_000])
  for (const { livesMs } of deployment.written) expect(livesMs).toBeLessThanOrEqual(600_000)
  later(599)
  expect(await store.sweep(100)).toBe(2)
  later(1)
  expect(await store.sweep(100)).toBe(2)
})

test('anonymous requests with a forged cookie leave only a used claim, for two minutes', async () => {
  const { browser, deployment } = await open([])
  const headers = { ...cors, origin: secondary, cookie: '__Host-Http-crossdomain=junk' }
  const began = await browser.send(`${secondary}/crossdomain/start`, {
    method: 'POST',
    headers,
    jar: 'nothing',
  })
  await browser.send(began.headers.get('location') ?? '', {
    headers: { ...cors, origin: secondary, 'sec-fetch-storage-access': 'active' },
    jar: 'nothing',
  })
  expect(deployment.written).toMatchObject([
    { id: expect.stringMatching(/^claim:/) as unknown, livesMs: 120_000 },
  ])
})

test('nothing is written to an expired id, before or after the store has swept it', async () => {
  for (const days of [0, 8, 30]) {
    const { browser, later, store, deployment } = await open()
    await (await browser.session(primary)).login('ada')
    const { fingerprint } = await browser.session(primary)
    const [id] = deployment.sessionsWritten
    later(deployment.config.lifetime.idleSeconds + 1 + days * daySeconds)
    await store.sweep(1000)
    const { rows } = await store.read([id ?? ''])
    expect(rows).toHaveLength(days < 9 ? 1 : 0)
    expect((await browser.session(primary)).userId).toBeNull()
    await (await browser.session(primary)).set('address', 'of the one who came back')
    const after = await browser.session(primary)
    expect(after.fingerprint).not.toBe(fingerprint)
    expect(after.data).toEqual({ address: 'of the one who came back' })
    expect(JSON.stringify((await store.read([id ?? ''])).rows)).not.toContain('came back')
  }
})

test('an id that the store has swept does not come back by the first page of the primary', async () => {
  const { browser, later, store } = await open([secondary])
  // Only the link cookie: the exchange is a fetch.
  await browser.sync(secondary)
  await (await browser.session(secondary)).set('cart', ['old'])
  await browser.sync(secondary)
  const { fingerprint } = await browser.session(secondary)
  await (await browser.session(secondary)).logout()
  later(10 * daySeconds)
  await store.sweep(1000)
  await browser.visit(primary)
  await (await browser.session(primary)).set('cart', ['new'])
  const session = await browser.session(primary)
  expect(session.data).toEqual({ cart: ['new'] })
  expect(session.fingerprint).not.toBe(fingerprint)
})

test.each([2, 30])('nor if the clock that made its cookie was %i days ahead', async (days) => {
  const { browser, deployment, later, store } = await open([])
  deployment.nowSeconds += days * daySeconds
  await browser.visit(primary)
  deployment.nowSeconds -= days * daySeconds
  const thief = new FakeBrowser(deployment)
  restore(thief, jarsOf(browser))
  await (await browser.session(primary)).set('cart', ['old'])
  const { fingerprint } = await browser.session(primary)
  await (await browser.session(primary)).logout()
  later(9.5 * daySeconds)
  await store.sweep(1000)
  await (await thief.session(primary)).set('cart', ['new'])
  expect((await thief.session(primary)).fingerprint).not.toBe(fingerprint)
})

describe('a copy of a guest’s cookies', () => {
  async function meeting() {
    const opened = await open([primary, secondary, third])
    const { browser, deployment } = opened
    await (await browser.session(primary)).set('cart', ['a'])
    await browser.sync(third)
    opened.later(60)
    const copy = () => {
      const thief = new FakeBrowser(deployment)
      restore(thief, jarsOf(browser))
      thief.jars.delete(secondary)
      return thief
    }
    const before = copy()
    await (await browser.session(secondary)).login('ada')
    const claimed = await hop(browser, start)
    // The primary has answered, and its cookie has not arrived yet.
    const slow = asItIs(browser)
    const ticket = await hop(slow.browser, claimed)
    const between = copy()
    slow.receive()
    const handedOut = copy()
    await hop(browser, ticket)
    expect(await browser.session(primary)).toMatchObject({ userId: 'ada', data: { cart: ['a'] } })
    return { ...opened, copies: { before, between, handedOut } }
  }

  test.each(['before', 'between'] as const)(
    'made %s `check` and `replace` never becomes the user’s, whatever the thief does with it',
    async (when) => {
      const { browser, copies, later } = await meeting()
      const thief = copies[when]
      for (const seconds of [0, 11, daySeconds]) {
        later(seconds)
        for (const origin of [primary, third]) {
          const session = await thief.session(origin)
          expect([session.userId, session.get('cart')]).toEqual([null, undefined])
        }
        await thief.sync(third)
        await thief.navigate(`${third}/crossdomain/start?return_to=/`)
        await (await thief.session(primary)).set('stolen', 1).catch(() => null)
        expect(await browser.session(primary)).toMatchObject({ userId: 'ada', data: { cart: ['a'] } })
      }
    },
  )

  test('is the user’s only if it has the cookie that `check` has just handed out for that user', async () => {
    const { copies } = await meeting()
    expect((await copies.handedOut.session(primary)).userId).toBe('ada')
  })
})

test('a copy of a user’s cookie that was signed out between `check` and `replace` opens nothing of a user again', async () => {
  for (const keepData of [false, true]) {
    const { browser, deployment } = await open()
    for (const origin of [primary, secondary]) await (await browser.session(origin)).login('ada')
    const thief = new FakeBrowser(deployment)
    restore(thief, jarsOf(browser))
    thief.jars.delete(secondary)
    const ticket = await hop(browser, await hop(browser, start))
    await (await browser.session(primary)).logout({ keepData })
    const answer = await browser.send(ticket, { headers: navigation })
    expect(answer.headers.get('location')).toContain('CDS302')
    expect((await thief.session(primary)).userId).toBeNull()
    // The secondary is still signed in, in a session of its own, and so is the primary after the next exchange.
    await browser.sync(secondary)
    expect((await browser.session(primary)).userId).toBe('ada')
    expect((await thief.session(primary)).userId).toBeNull()
  }
})

/** A guest of the primary whose browser has followed a stranger's claim; the ticket was refused. */
async function afterClaimOf(stranger: { readonly remember: boolean }) {
  const { browser, deployment } = await open([primary])
  await (await browser.session(primary)).set('cart', ['a year of wishes'])
  const { fingerprint } = await browser.session(primary)
  const cookie = browser.cookies(primary)['__Host-Http-crossdomain']
  const eve = new FakeBrowser(deployment)
  await eve.visit(secondary)
  await (await eve.session(secondary)).login('eve', stranger)
  const answer = await browser.send(await hop(browser, await hop(eve, start)), { headers: navigation })
  expect(answer.headers.get('location')).toContain('CDS410')
  return { browser, cookie, guest: { userId: null, fingerprint, data: { cart: ['a year of wishes'] } } }
}

describe.each([false, true])('a claim of a stranger who signed in with `remember: %s`', (remember) => {
  test('changes neither a guest’s session nor how long the browser keeps it', async () => {
    const { browser, guest } = await afterClaimOf({ remember })
    expect(await browser.session(primary)).toMatchObject(guest)
    browser.restart()
    await browser.visit(primary)
    expect(await browser.session(primary)).toMatchObject(guest)
  })
  test('ends no cart that is begun afterwards with the browser', async () => {
    const { deployment } = await open([])
    const [browser, eve] = [new FakeBrowser(deployment), new FakeBrowser(deployment)]
    await eve.visit(secondary)
    await (await eve.session(secondary)).login('eve', { remember })
    await browser.send(await hop(browser, await hop(eve, start)), { headers: navigation })
    await browser.visit(primary)
    await (await browser.session(primary)).set('cart', ['a'])
    browser.restart()
    await browser.visit(primary)
    expect((await browser.session(primary)).data).toEqual({ cart: ['a'] })
  })
})

test('a claim of a stranger who goes with the browser leaves the guest’s cookie as it is', async () => {
  const { browser, cookie } = await afterClaimOf({ remember: false })
  expect(browser.cookies(primary)['__Host-Http-crossdomain']).toBe(cookie)
})

test('a guest who has followed a stranger’s claim signs in as ever', async () => {
  const { browser, guest } = await afterClaimOf({ remember: true })
  await (await browser.session(primary)).login('ada')
  expect(await browser.session(primary)).toMatchObject({ userId: 'ada', data: guest.data })
})

describe.each([
  ['a bot', { 'user-agent': 'Mozilla/5.0 (compatible; Googlebot/2.1)' }],
  ['a program with a token', { authorization: `Bearer cds_${'x'.repeat(43)}` }],
])('%s gets no cookie, no claim and no row from the exchange', (_, who) => {
  const site = {
    ...cors,
    'sec-fetch-site': 'cross-site',
    origin: secondary,
    'sec-fetch-storage-access': 'active',
  }
  const hops: Readonly<Record<string, readonly [url: string, headers: object, method?: string]>> = {
    'start, by fetch': [
      `${secondary}/crossdomain/start`,
      { ...site, 'sec-fetch-site': 'same-origin' },
      'POST',
    ],
    'start, by navigation': [start, navigation],
    'check, by fetch': ['check', site],
    'check, by navigation': ['check', navigation],
  }
  test.each(Object.keys(hops))('%s', async (name) => {
    const { browser, deployment } = await open()
    const [to, headers, method = 'GET'] = hops[name] ?? ['', {}]
    const began = name.includes('fetch')
      ? await browser.send(`${secondary}/crossdomain/start`, {
          method: 'POST',
          headers: { ...site, 'sec-fetch-site': 'same-origin' },
        })
      : await browser.send(start, { headers: navigation })
    const url = to === 'check' ? (began.headers.get('location') ?? '') : to
    const answer = await browser.send(url, { method, headers: { ...headers, ...who } })
    expect([answer.status, answer.headers.get('location'), answer.headers.getSetCookie()]).toEqual([
      403,
      null,
      [],
    ])
    expect(deployment.written).toEqual([])
  })
})
