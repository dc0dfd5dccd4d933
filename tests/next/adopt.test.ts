// The day on which an application moves in: its visitors bring the cookies that it used before.
import { describe, expect, test } from 'vitest'
import type { Adopted } from '../../src/core/adoption.js'
import type { ConsentRequest } from '../../src/core/consent.js'
import type { Options } from '../../src/core/config.js'
import { mergeByKey } from '../../src/core/data/merge.js'
import { newRecord } from '../../src/core/session/changes.js'
import { decide } from '../../src/core/session/decide.js'
import { memoryStore } from '../../src/stores/memory.js'
import { Deployment, FakeBrowser, primary, secondary, type World } from '../support/fakeBrowser.js'

const page = { canSetCookies: false }

function open(options: Options = {}, world: World = 'allowed') {
  const asked: ConsentRequest[] = []
  const adopt = async (request: ConsentRequest): Promise<Adopted | null> => {
    asked.push(request)
    const old = request.cookies.get('old')
    return old === undefined ? null : (JSON.parse(old.value) as Adopted)
  }
  // One clock for the servers and the store.
  const now = (): number => deployment.nowSeconds * 1000
  const deployment: Deployment = new Deployment(memoryStore({ now }), { adopt, ...options })
  const browser = new FakeBrowser(deployment, world)
  return { deployment, browser, asked }
}

function bring(browser: FakeBrowser, origin: string, old: Adopted): void {
  browser.jar(origin).set('old', { value: JSON.stringify(old), sameSite: 'lax', isTransient: false })
}

/** Opens a page and says what it shows. */
async function shown(browser: FakeBrowser, origin: string) {
  await browser.visit(origin)
  const { userId, data } = await browser.session(origin, page)
  return { userId, data }
}

const nobody = { userId: null, data: {} }

describe('a guest with an old cookie', () => {
  test('finds the old cart on the first page, and it is stored', async () => {
    const { browser, deployment } = open()
    bring(browser, primary, { data: { cart: ['boots'] } })
    expect(await shown(browser, primary)).toEqual({ userId: null, data: { cart: ['boots'] } })
    browser.jar(primary).delete('old')
    expect(await shown(browser, primary)).toEqual({ userId: null, data: { cart: ['boots'] } })
    expect(deployment.sessionsWritten).toHaveLength(1)
    expect(browser.events).toMatchObject([{ type: 'created', domain: primary }])
  })

  test('brings it once: what is taken out later stays out', async () => {
    const { browser } = open()
    bring(browser, primary, { data: { cart: ['boots'] } })
    await shown(browser, primary)
    await (await browser.session(primary)).delete('cart')
    expect(await shown(browser, primary)).toEqual(nobody)
  })

  test('brings it once even if many requests come at the same moment', async () => {
    const { browser, deployment } = open({
      merge: (kept, other) => ({ ...other, ...kept, merged: true }),
    })
    bring(browser, primary, { data: { cart: ['boots'] } })
    await browser.visit(primary)
    const pages = await Promise.all(Array.from({ length: 8 }, () => browser.session(primary, page)))
    for (const { data } of pages) expect(data).toEqual({ cart: ['boots'] })
    expect(deployment.sessionsWritten).toHaveLength(1)
    // The visit is recorded anew, and the session remembers that the old cookie is in it.
    deployment.nowSeconds += 7200
    await shown(browser, primary)
    expect((await shown(browser, primary)).data).toEqual({ cart: ['boots'] })
  })

  test.each<World>(['allowed', 'blocked'])('has one cart of two domains (%s)', async (world) => {
    const { browser } = open({}, world)
    bring(browser, primary, { data: { a: 1 } })
    bring(browser, secondary, { data: { b: 2 } })
    await shown(browser, secondary)
    await shown(browser, primary)
    if (world === 'allowed') await browser.sync(secondary)
    else await browser.navigate(`${secondary}/crossdomain/start?return_to=/`)
    for (const origin of [primary, secondary])
      expect((await shown(browser, origin)).data, origin).toEqual({ a: 1, b: 2 })
  })

  test('has it although the exchange came first, from a static page', async () => {
    const { browser } = open()
    bring(browser, secondary, { data: { b: 2 } })
    await browser.visit(secondary)
    await browser.sync(secondary)
    expect((await shown(browser, primary)).data).toEqual({ b: 2 })
    bring(browser, primary, { data: { a: 1 } })
    for (const origin of [primary, secondary])
      expect((await shown(browser, origin)).data, origin).toEqual({ a: 1, b: 2 })
  })

  test('does not find it again after a sign-out on another domain', async () => {
    const { browser, deployment } = open()
    bring(browser, secondary, { data: { b: 2 } })
    await shown(browser, secondary)
    await browser.sync(secondary)
    await browser.visit(primary)
    await (await browser.session(primary)).login('ada')
    deployment.nowSeconds += 60
    await browser.sync(secondary)
    expect(await shown(browser, secondary)).toEqual({ userId: 'ada', data: { b: 2 } })
    await (await browser.session(primary)).logout()
    deployment.nowSeconds += 60
    await browser.sync(secondary)
    deployment.nowSeconds += 60
    for (const origin of [primary, secondary]) expect(await shown(browser, origin), origin).toEqual(nobody)
  })

  test('does not find it again if the answer to a sign-out was lost', async () => {
    const { browser, deployment } = open()
    bring(browser, primary, { data: { a: 1 } })
    await shown(browser, primary)
    const before = [...browser.jar(primary)]
    await (await browser.session(primary)).logout()
    browser.jar(primary).clear()
    for (const [name, cookie] of before) browser.jar(primary).set(name, cookie)
    deployment.nowSeconds += 60
    expect(await shown(browser, primary)).toEqual(nobody)
  })

  test('brings it once even if two sessions that visited one domain become one', () => {
    const record = newRecord(0, null, { idleSeconds: 1, absoluteSeconds: 1 })
    const seen = { data: {}, firstSeenAtMs: 0, lastSeenAtMs: 0 }
    const [fresh, adopted] = [
      { ...record, domains: { [primary]: seen } },
      { ...record, domains: { [primary]: { ...seen, adopted: true as const } } },
    ]
    const how = { onUserConflict: () => 'primary' as const, maxMergedBytes: 1000 }
    for (const [kept, other] of [
      [fresh, adopted],
      [adopted, fresh],
    ] as const)
      expect(decide(kept, other, mergeByKey, how, primary).content?.domains[primary]?.adopted).toBe(true)
  })

  test('keeps what is in the session already, as when two domains meet', async () => {
    const { browser } = open({}, 'blocked')
    await browser.visit(primary)
    await (await browser.session(primary)).set('a', 'new')
    bring(browser, secondary, { data: { a: 'old', b: 2 } })
    await browser.visit(secondary)
    await browser.navigate(`${secondary}/crossdomain/start?return_to=/`)
    expect((await shown(browser, secondary)).data).toEqual({ a: 'new', b: 2 })
  })
})

describe('a user with an old cookie', () => {
  test('is signed in on the first page, and by the first action with a new key', async () => {
    const { browser, deployment } = open()
    bring(browser, primary, { userId: 'ada', data: { cart: ['boots'] } })
    expect(await shown(browser, primary)).toEqual({ userId: 'ada', data: { cart: ['boots'] } })
    expect(deployment.sessionsWritten).toEqual([])
    const before = browser.cookies(primary)
    await (await browser.session(primary)).set('seen', true)
    expect(browser.cookies(primary)).not.toEqual(before)
    browser.jar(primary).delete('old')
    expect(await shown(browser, primary)).toEqual({ userId: 'ada', data: { cart: ['boots'], seen: true } })
    expect(browser.events.map(({ type }) => type)).toEqual(['created', 'signed-in'])
  })

  test('is not whoever put a cookie into the browser before', async () => {
    const { browser, deployment } = open()
    const thief = new FakeBrowser(deployment)
    await thief.visit(primary)
    for (const [name, cookie] of thief.jar(primary)) browser.jar(primary).set(name, cookie)
    bring(browser, primary, { userId: 'ada' })
    expect((await shown(browser, primary)).userId).toBe('ada')
    expect(await shown(thief, primary)).toEqual(nobody)
    await browser.session(primary)
    browser.jar(primary).delete('old')
    expect((await shown(browser, primary)).userId).toBe('ada')
    expect(await shown(thief, primary)).toEqual(nobody)
    deployment.nowSeconds += 60
    expect(await shown(thief, primary)).toEqual(nobody)
  })

  test('is signed in on all domains once the page has begun its exchange', async () => {
    const { browser } = open()
    bring(browser, secondary, { userId: 'ada', data: { b: 2 } })
    await shown(browser, secondary)
    expect((await browser.sync(secondary)).result).toMatchObject({ result: 'use_current' })
    for (const origin of [primary, secondary]) {
      browser.jar(origin).delete('old')
      expect(await shown(browser, origin), origin).toEqual({ userId: 'ada', data: { b: 2 } })
    }
  })

  test('gets the cart of a guest of the same browser', async () => {
    const { browser } = open()
    bring(browser, primary, { data: { a: 1 } })
    bring(browser, secondary, { userId: 'ada', data: { b: 2 } })
    await shown(browser, primary)
    await shown(browser, secondary)
    await browser.sync(secondary)
    for (const origin of [primary, secondary])
      expect(await shown(browser, origin), origin).toEqual({ userId: 'ada', data: { a: 1, b: 2 } })
  })

  test("stays another user's no guest: of two users the primary's counts, and nothing is merged", async () => {
    const { browser } = open()
    bring(browser, primary, { userId: 'ada', data: { a: 1 } })
    bring(browser, secondary, { userId: 'bob', data: { b: 2 } })
    for (const origin of [primary, secondary]) {
      await browser.visit(origin)
      await browser.session(origin)
    }
    expect((await browser.sync(secondary)).result).toMatchObject({ result: 'replaced' })
    for (const origin of [primary, secondary])
      expect(await shown(browser, origin), origin).toEqual({ userId: 'ada', data: { a: 1 } })
  })

  test('can be kept apart by `onUserConflict`', async () => {
    const { browser } = open({ onUserConflict: () => 'apart' })
    bring(browser, primary, { userId: 'ada' })
    bring(browser, secondary, { userId: 'bob' })
    for (const origin of [primary, secondary]) {
      await browser.visit(origin)
      await browser.session(origin)
    }
    await browser.sync(secondary)
    expect((await shown(browser, secondary)).userId).toBe('bob')
  })

  test('stays signed out, on the domain and on the others', async () => {
    const { browser, deployment } = open()
    for (const origin of [primary, secondary]) bring(browser, origin, { userId: 'ada', data: { a: 1 } })
    for (const origin of [primary, secondary]) {
      await browser.visit(origin)
      await browser.session(origin)
    }
    await browser.sync(secondary)
    await (await browser.session(secondary)).logout()
    for (const origin of [secondary, primary, secondary])
      expect(await shown(browser, origin), origin).toEqual(nobody)
    await browser.sync(secondary)
    deployment.nowSeconds += 60
    for (const origin of [primary, secondary]) {
      expect((await shown(browser, origin)).userId, origin).toBe(null)
      await (await browser.session(origin)).set('seen', origin)
      expect((await shown(browser, origin)).userId, origin).toBe(null)
    }
  })

  test('stays signed out on a domain that has only been looked at', async () => {
    const { browser, deployment } = open()
    bring(browser, secondary, { userId: 'ada' })
    await browser.visit(secondary)
    await browser.session(secondary)
    await browser.sync(secondary)
    bring(browser, primary, { userId: 'ada' })
    expect((await shown(browser, primary)).userId).toBe('ada')
    deployment.nowSeconds += 60
    await (await browser.session(secondary)).logout()
    expect((await shown(browser, primary)).userId).toBe(null)
    deployment.nowSeconds += 60
    await browser.sync(secondary)
    deployment.nowSeconds += 60
    for (const origin of [primary, secondary])
      expect((await shown(browser, origin)).userId, origin).toBe(null)
  })
})

describe('nothing is taken over', () => {
  const old = { userId: 'ada', data: { a: 1 } }
  test.each<[string, Record<string, string>]>([
    ['by a bot', { 'user-agent': 'Googlebot/2.1' }],
    ['by a prefetch', { 'sec-purpose': 'prefetch' }],
    ['by a fetch of another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
    [
      'by a frame of another site',
      { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe', 'sec-fetch-site': 'cross-site' },
    ],
    [
      'by a form of another site',
      {
        'sec-fetch-mode': 'navigate',
        'sec-fetch-dest': 'document',
        'sec-fetch-site': 'cross-site',
        origin: 'https://evil.example',
      },
    ],
    ['by a bearer token', { authorization: 'Bearer cds_x' }],
  ])('%s', async (_, headers) => {
    const { browser, deployment, asked } = open()
    await browser.visit(primary)
    bring(browser, primary, old)
    const session = await browser.session(primary, { headers })
    expect([session.userId, session.data, asked.length]).toEqual([null, {}, 0])
    expect(deployment.written).toEqual([])
  })

  test('without consent', async () => {
    const { browser, deployment, asked } = open({
      mayCreateSession: ({ cookies }) => cookies.get('yes') !== undefined,
    })
    bring(browser, primary, old)
    expect(await shown(browser, primary)).toEqual(nobody)
    expect([asked, deployment.written]).toEqual([[], []])
    browser.jar(primary).set('yes', { value: '1', sameSite: 'lax', isTransient: false })
    expect(await shown(browser, primary)).toEqual(old)
  })

  test('of a visitor without an old cookie, and nothing is stored', async () => {
    const { browser, deployment, asked } = open()
    expect(await shown(browser, primary)).toEqual(nobody)
    expect([asked.length, deployment.written]).toEqual([1, []])
    await (await browser.session(primary)).set('a', 1)
    await shown(browser, primary)
    expect(asked).toHaveLength(2)
  })

  test('while the store is down, and all of it later', async () => {
    const { browser, deployment } = open()
    bring(browser, primary, { data: { a: 1 } })
    deployment.isStoreDown = true
    expect(await shown(browser, primary)).toEqual(nobody)
    deployment.isStoreDown = false
    expect((await shown(browser, primary)).data).toEqual({ a: 1 })
  })
})

describe('an `adopt` that', () => {
  test.each<[string, Options['adopt']]>([
    ['rejects', () => Promise.reject(new Error('bad cookie'))],
    [
      'throws',
      () => {
        throw new Error('bad cookie')
      },
    ],
    ['names no user', () => ({ userId: '' })],
    ['brings what is no JSON', () => ({ data: { at: new Date() } })],
    ['brings too much', () => ({ data: { a: 'x'.repeat(70_000) } })],
    [
      'brings what is deeper than 100 levels',
      () => ({ data: { deep: JSON.parse('['.repeat(100) + ']'.repeat(100)) as never } }),
    ],
    ['never answers', () => new Promise(() => {})],
  ])('%s lets the visitor begin without, and is told: CDS120', async (_, adopt) => {
    const { browser, deployment } = open({ adopt })
    expect(await shown(browser, primary)).toEqual(nobody)
    expect(deployment.errors).toMatchObject([{ code: 'CDS120' }])
    await (await browser.session(primary)).set('a', 1)
    expect((await shown(browser, primary)).data).toEqual({ a: 1 })
  })
})
