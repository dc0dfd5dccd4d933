// Whoever has a copy of something old gains nothing by it, and whoever signs out is signed out.
import { describe, expect, test } from 'vitest'
import { memoryStore } from '../../src/stores/memory.js'
import { readSessionCookie } from '../../src/core/request/cookies.js'
import { sha256 } from '../../src/core/values/ids.js'
import { placeOf } from '../../src/core/domains/place.js'
import { parseOrigin } from '../../src/core/domains/origin.js'
import type { Store } from '../../src/core/store/store.js'
import { issueTicket } from '../../src/core/exchange/ticket.js'
import { Deployment, FakeBrowser, navigation, primary, secondary, third } from '../support/fakeBrowser.js'

function copyOf(browser: FakeBrowser): FakeBrowser {
  const copy = new FakeBrowser(browser.deployment, browser.world)
  for (const [origin, jar] of browser.jars) copy.jars.set(origin, new Map(jar))
  return copy
}

async function open(world: 'allowed' | 'blocked' | 'absent' = 'allowed', store: Store = memoryStore()) {
  const deployment = new Deployment(store)
  const browser = new FakeBrowser(deployment, world)
  for (const origin of [primary, secondary, third]) await browser.visit(origin)
  const meet = async (origin: string) => {
    const { result } = await browser.sync(origin)
    if ((result as { result: string }).result === 'navigate')
      await browser.navigate(`${origin}/crossdomain/start?return_to=/`)
  }
  return { deployment, browser, meet }
}

const userOn = async (browser: FakeBrowser, origin: string) => (await browser.session(origin)).userId

describe.each(['allowed', 'blocked', 'absent'] as const)(
  'third-party cookies %s: an id known before a sign-in never gains that user',
  (world) => {
    test.each(['blank', 'saved'])(
      'where the primary is a guest, %s, and the visitor signs in elsewhere',
      async (state) => {
        const { browser, meet } = await open(world)
        if (state === 'saved') await (await browser.session(primary)).set('cart', ['a'])
        const thief = copyOf(browser)
        await (await browser.session(secondary)).set('wish', ['b'])
        await (await browser.session(secondary)).login('ada')
        await meet(secondary)
        const known = state === 'saved' ? { cart: ['a'], wish: ['b'] } : { wish: ['b'] }
        expect(await browser.session(secondary)).toMatchObject({ userId: 'ada', data: known })
        await browser.visit(primary)
        expect(await browser.session(primary)).toMatchObject({ userId: 'ada', data: known })
        for (const origin of [primary, secondary, third])
          expect(await userOn(thief, origin), origin).toBeNull()
        await thief.sync(secondary)
        await thief.navigate(`${secondary}/crossdomain/start?return_to=/`)
        for (const origin of [primary, secondary, third])
          expect(await userOn(thief, origin), origin).toBeNull()
      },
    )

    test('where an exchange has just made one of two guests, and a third domain brings the user', async () => {
      const { browser, meet } = await open(world)
      await (await browser.session(primary)).set('p', 1)
      await (await browser.session(secondary)).set('s', 1)
      await (await browser.session(third)).login('ada')
      const thief = copyOf(browser)
      await meet(secondary)
      await meet(third)
      expect(await userOn(browser, third)).toBe('ada')
      const session = await thief.session(secondary)
      expect(session.userId).toBeNull()
      await session.logout({ keepData: true }).catch(() => null)
      expect(await userOn(browser, third)).toBe('ada')
      await meet(secondary)
      expect(await browser.session(secondary)).toMatchObject({ userId: 'ada', data: { p: 1, s: 1 } })
    })
  },
)

test.each([
  ['that its guest’s cookie holds answers 200, and makes that cookie the user’s', 'kept'],
  ['that nobody was given answers 200, and makes no cookie the user’s', 'made up'],
] as const)('a ticket with a key of the primary %s, where only the domain is signed in', async (_, key) => {
  const { browser, deployment } = await open()
  await (await browser.session(primary)).set('p', 1)
  await (await browser.session(secondary)).login('ada')
  const domains = await deployment.config.domains()
  const cookieOf = (domain: string) => {
    const place = placeOf(deployment.config, domains, parseOrigin(domain))
    return readSessionCookie(deployment.config, browser.jar(domain), place)
  }
  const [there, here] = [await cookieOf(primary), await cookieOf(secondary)]
  const ticket = await issueTicket(deployment.config, {
    kind: 'grant',
    aud: secondary,
    id: there?.id ?? '',
    keyHash: sha256(key === 'kept' ? (there?.key ?? '') : 'made up'),
    bind: sha256(here?.key ?? ''),
  })
  const headers = { origin: 'null', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }
  const answer = await browser.send(`${secondary}/crossdomain/replace?ticket=${ticket}`, { headers })
  expect(answer.status).toBe(200)
  expect([await userOn(browser, primary), await userOn(browser, secondary)]).toEqual([
    key === 'kept' ? 'ada' : null,
    'ada',
  ])
})

test('a claim that a script has read cannot be given to a program of somebody else', async () => {
  const { browser } = await open('blocked')
  await (await browser.session(secondary)).login('ada')
  const { hops } = await browser.sync(secondary)
  const claimUrl = hops.at(-1)?.url ?? ''
  expect(claimUrl).toContain('/crossdomain/check?claim=')
  const program = new FakeBrowser(browser.deployment)
  const headers = {
    origin: secondary,
    'sec-fetch-mode': 'cors',
    'sec-fetch-dest': 'empty',
    'sec-fetch-site': 'cross-site',
    'sec-fetch-storage-access': 'active',
  }
  const answer = await program.send(claimUrl, { headers, jar: 'none-cookies' })
  expect([answer.status, answer.headers.get('location'), program.cookies(primary)]).toEqual([403, null, {}])
})

test('the link cookie of a primary that is none any more opens nothing at the new one', async () => {
  const { browser, deployment } = await open()
  await (await browser.session(primary)).login('ada')
  const moved = new Deployment(deployment.store, { primary: third, domains: [third, secondary] })
  const other = new FakeBrowser(moved)
  const link = browser.jar(primary).get('__Host-Http-crossdomain-link')
  if (link) other.jar(third).set('__Host-Http-crossdomain-link', link)
  await other.visit(third)
  expect(await userOn(other, third)).toBeNull()
})

describe('a sign-out', () => {
  test.each(['logout', 'destroy'] as const)(
    'ends also a session in which the user has signed in again since: %s',
    async (signOut) => {
      const { browser, meet } = await open()
      await (await browser.session(primary)).login('ada')
      await meet(secondary)
      await (await browser.session(primary)).login('ada')
      await (await browser.session(secondary))[signOut]()
      for (const origin of [primary, secondary]) expect(await userOn(browser, origin)).toBeNull()
    },
  )

  test('and where the sign-in overtakes it', async () => {
    const { browser, meet } = await open()
    await (await browser.session(primary)).login('ada')
    await meet(secondary)
    const late = await browser.session(secondary)
    await (await browser.session(primary)).login('ada')
    await late.logout()
    for (const origin of [primary, secondary]) expect(await userOn(browser, origin)).toBeNull()
  })

  test('does not believe to be done where this domain’s cookie opens a user’s session no more', async () => {
    const { browser, meet } = await open()
    await (await browser.session(primary)).set('cart', ['a'])
    await meet(secondary)
    const late = await browser.session(secondary)
    await (await browser.session(primary)).login('ada')
    await expect(late.logout()).rejects.toMatchObject({ code: 'CDS302' })
    for (const signOut of ['logout', 'destroy'] as const)
      await expect((await browser.session(secondary))[signOut]()).rejects.toMatchObject({ code: 'CDS302' })
    await meet(secondary)
    await (await browser.session(secondary)).logout()
    for (const origin of [primary, secondary]) expect(await userOn(browser, origin)).toBeNull()
  })

  test('of a page that was opened before somebody signed in is done to the user', async () => {
    const { browser } = await open()
    const before = await browser.session(primary)
    await (await browser.session(secondary)).login('ada')
    const begun = await browser.send(`${secondary}/crossdomain/start?return_to=/`, { headers: navigation })
    const checked = await browser.send(begun.headers.get('location') ?? '', { headers: navigation })
    const late = await browser.session(primary)
    await browser.navigate(checked.headers.get('location') ?? '')
    expect(await userOn(browser, primary)).toBe('ada')
    await expect(before.logout()).rejects.toMatchObject({ code: 'CDS302' })
    await late.logout()
    for (const origin of [primary, secondary]) expect(await userOn(browser, origin)).toBeNull()
  })

  test('twice is one', async () => {
    const { browser } = await open()
    await (await browser.session(primary)).login('ada')
    const twice = await Promise.all([browser.session(primary), browser.session(primary)])
    for (const session of twice) await session.logout()
    expect(await userOn(browser, primary)).toBeNull()
  })
})

describe('a sign-in on the primary while an exchange asks there', () => {
  test('is not undone by the cookies of the exchange', async () => {
    const { browser } = await open('blocked')
    await (await browser.session(primary)).set('cart', ['a'])
    const start = await browser.send(`${secondary}/crossdomain/start?return_to=/`, { headers: navigation })
    const late = copyOf(browser)
    await (await browser.session(primary)).login('ada')
    const { url } = await late.navigate(start.headers.get('location') ?? '')
    expect(url).toBe(`${secondary}/#crossdomain=CDS302`)
    expect(late.cookies(primary)).toEqual(copyOf(late).cookies(primary))
    expect(await userOn(browser, primary)).toBe('ada')
  })
})

test.each(['login', 'logout'] as const)(
  'a %s on a domain is not undone by an exchange that seals its cookies anew',
  async (what) => {
    const [old, fresh] = ['the-old-secret-'.repeat(3), 'the-new-secret-'.repeat(3)]
    const store = memoryStore()
    const before = new FakeBrowser(new Deployment(store, { secret: old }))
    for (const origin of [primary, secondary]) await before.visit(origin)
    await (await before.session(primary)).set('cart', ['a'])
    await before.navigate(`${secondary}/crossdomain/start?return_to=/`)
    const browser = new FakeBrowser(new Deployment(store, { secret: [fresh, old] }))
    for (const [origin, jar] of before.jars) browser.jars.set(origin, new Map(jar))
    const start = await browser.send(`${secondary}/crossdomain/start?return_to=/`, { headers: navigation })
    const checked = await browser.send(start.headers.get('location') ?? '', { headers: navigation })
    const late = copyOf(browser)
    const session = await browser.session(secondary)
    await (what === 'login' ? session.login('ada') : session.logout())
    const { url } = await late.navigate(checked.headers.get('location') ?? '')
    expect(url).toBe(`${secondary}/#crossdomain=CDS302`)
    expect(late.cookies(secondary)).toEqual(before.cookies(secondary))
  },
)

test('a sign-in whose answer was lost on the way loses neither user nor cart', async () => {
  let isLost = false
  const swap: Store['swap'] = async (...given) => {
    const result = await store.swap(...given)
    if (isLost) throw new Error('connection reset')
    return result
  }
  let nowMs = Date.now()
  const store = memoryStore({ now: () => nowMs })
  const { browser } = await open('allowed', { ...store, swap })
  await (await browser.session(primary)).set('cart', ['a'])
  isLost = true
  await expect((await browser.session(primary)).login('ada')).rejects.toMatchObject({ code: 'CDS301' })
  isLost = false
  nowMs += 10_000
  await (await browser.session(primary)).login('ada')
  expect(await browser.session(primary)).toMatchObject({ userId: 'ada', data: { cart: ['a'] } })
})

test('a visitor who only reads outlives a rotation of the secret by exchanging', async () => {
  const [old, fresh] = ['the-old-secret-'.repeat(3), 'the-new-secret-'.repeat(3)]
  const store = memoryStore()
  const browser = new FakeBrowser(new Deployment(store, { secret: old }), 'blocked')
  for (const origin of [primary, secondary]) await browser.visit(origin)
  await (await browser.session(primary)).login('ada')
  await browser.navigate(`${secondary}/crossdomain/start?return_to=/`)
  const under = (secret: string[]) => {
    const next = new FakeBrowser(new Deployment(store, { secret }), 'blocked')
    for (const [origin, jar] of browser.jars) next.jars.set(origin, jar)
    return next
  }
  await under([fresh, old]).navigate(`${secondary}/crossdomain/start?return_to=/`)
  for (const origin of [primary, secondary]) expect(await userOn(under([fresh]), origin), origin).toBe('ada')
})

test('a cookie that no listed secret opens is replaced by the next exchange', async () => {
  const { browser, deployment } = await open()
  await (await browser.session(primary)).set('p', 1)
  await browser.sync(secondary)
  const renewed = new FakeBrowser(new Deployment(deployment.store, { secret: 'another-secret-'.repeat(3) }))
  for (const [origin, jar] of browser.jars) renewed.jars.set(origin, jar)
  expect((await renewed.session(secondary)).fingerprint).toBeNull()
  expect((await renewed.sync(secondary)).result).toMatchObject({ result: 'use_current' })
  expect((await renewed.session(secondary)).fingerprint).not.toBeNull()
})

test('a visitor signs in, out and in again as fast as the answers come, on every domain', async () => {
  const browser = new FakeBrowser(new Deployment(memoryStore()))
  for (const origin of [primary, secondary]) await browser.visit(origin)
  for (const user of ['ada', 'grace', 'ada']) {
    for (const origin of [secondary, primary]) {
      await (await browser.session(origin)).login(user)
      await browser.navigate(`${secondary}/crossdomain/start?return_to=/`)
      const session = await browser.session(origin)
      expect(session.userId).toBe(user)
      await session.set('cart', [user])
      await session.logout()
    }
  }
})

test('a second sign-out of one visitor ends nothing that a guest began after the first one', async () => {
  const browser = new FakeBrowser(new Deployment(memoryStore()))
  await browser.visit(primary)
  await (await browser.session(primary)).login('ada')
  const [first, second] = [await browser.session(primary), await browser.session(primary)]
  await first.logout()
  await (await browser.session(primary)).set('cart', ['boots'])
  await second.logout()
  expect((await browser.session(primary)).data).toEqual({ cart: ['boots'] })
})
