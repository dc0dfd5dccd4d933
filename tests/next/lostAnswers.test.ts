// A guest's cookie on the primary is replaced when a user comes. Whatever gets lost on the way, the cart does not.
import { describe, expect, test } from 'vitest'
import type { RowChange } from '../../src/core/store/store.js'
import { memoryStore } from '../../src/stores/memory.js'
import { Deployment, FakeBrowser, navigation, primary, secondary, third } from '../support/fakeBrowser.js'
import { asItIs, jarsOf, losingTheAnswer, openAsGuest as open, restore } from '../support/guestMeetsUser.js'

/** Of a claim or a ticket. */
const isUsedOnce = ({ id }: RowChange): boolean => /^(claim|ticket):/.test(id)

async function agreesAsAda(browser: FakeBrowser): Promise<void> {
  for (let round = 0; round < 2; round++) await browser.sync(secondary)
  await browser.visit(primary)
  await browser.sync(third)
  for (const origin of [primary, secondary, third])
    expect(await browser.session(origin), origin).toMatchObject({ userId: 'ada', data: { cart: ['a'] } })
}

test.each([1, 2])(
  'where the answer of check is lost, %d times, the primary shows the cart all the same, and the next exchange brings it',
  async (times) => {
    const { browser, later } = await open()
    for (let time = 0; time < times; time++) {
      await losingTheAnswer(browser)
      later(11)
    }
    expect(await browser.session(primary)).toMatchObject({ userId: null, data: { cart: ['a'] } })
    await agreesAsAda(browser)
  },
)

test('where it is lost, a write on the primary goes to the cart, and is there afterwards', async () => {
  const { browser, later } = await open()
  await losingTheAnswer(browser)
  await (await browser.session(primary)).set('seen', true)
  later(11)
  await browser.sync(secondary)
  await browser.visit(primary)
  expect(await browser.session(primary)).toMatchObject({ userId: 'ada', data: { cart: ['a'], seen: true } })
})

test('within ten seconds, while it may still arrive, the next exchange brings the cart as well', async () => {
  const { browser } = await open()
  await losingTheAnswer(browser)
  expect((await browser.sync(secondary)).result).toEqual({ result: 'replaced' })
  await agreesAsAda(browser)
})

test('where the store did the work and its answer was lost, the next exchange brings the cart', async () => {
  let isLost = false
  let lost = 0
  const { browser } = await open((store) => ({
    swap: async (changes, thenRead) => {
      const result = await store.swap(changes, thenRead)
      if (!isLost || changes.every(isUsedOnce)) return result
      lost += 1
      throw new Error('no answer within 2000 ms')
    },
  }))
  isLost = true
  expect((await browser.sync(secondary)).result).toEqual({ result: 'error', code: 'CDS301' })
  expect(lost).toBe(1)
  isLost = false
  expect((await browser.session(primary)).data).toEqual({ cart: ['a'] })
  await agreesAsAda(browser)
})

describe('whoever has a copy of the old id', () => {
  test('finds nothing once the session is a user’s', async () => {
    const { browser } = await open()
    const thief = new FakeBrowser(browser.deployment)
    restore(thief, jarsOf(browser))
    await browser.sync(secondary)
    await browser.visit(primary)
    expect((await browser.session(primary)).userId).toBe('ada')
    expect(await thief.session(primary)).toMatchObject({ userId: null, data: {} })
    await expect(thief.session(primary).then((session) => session.set('x', 1))).rejects.toMatchObject({
      code: 'CDS302',
    })
    expect((await browser.session(primary)).data).toEqual({ cart: ['a'] })
  })

  test.each(['a write', 'an exchange'])('gains nothing by %s between check and replace', async (what) => {
    const { browser, later } = await open()
    const thief = new FakeBrowser(browser.deployment)
    restore(thief, jarsOf(browser))
    const start = await browser.send(`${secondary}/crossdomain/start?return_to=/`, { headers: navigation })
    const check = await browser.send(start.headers.get('location') ?? '', { headers: navigation })
    if (what === 'a write') await (await thief.session(primary)).set('x', 1)
    else {
      later(11)
      thief.jar(secondary).clear()
      await thief.visit(secondary)
      await thief.sync(secondary)
      await thief.visit(primary)
    }
    await browser.navigate(check.headers.get('location') ?? '')
    expect((await thief.session(primary)).userId).toBeNull()
    for (let round = 0; round < 3; round++) {
      later(11)
      await browser.sync(secondary)
      await browser.visit(primary)
    }
    expect([(await browser.session(primary)).userId, (await thief.session(primary)).userId]).toEqual([
      'ada',
      null,
    ])
  })
})

test('where the answer of check is lost, the writes of one page and of several at once all go to the cart', async () => {
  const { browser } = await open()
  await losingTheAnswer(browser)
  const jars = jarsOf(browser)
  const [one, other] = [await browser.session(primary), await browser.session(primary)]
  await Promise.all([one.set('x', 1), one.set('y', 2), other.update((data) => ({ ...data, z: 3 }))])
  restore(browser, jars)
  expect((await browser.session(primary)).data).toEqual({ cart: ['a'], x: 1, y: 2, z: 3 })
})

describe('a claim that is refused changes no cookie and no session', () => {
  const askedWith: Readonly<
    Record<string, (browser: FakeBrowser, url: string, mayGo: (may: boolean) => void) => Promise<unknown>>
  > = {
    'in another browser': (browser, url) => {
      browser.userAgent = 'another browser'
      return browser.send(url, { headers: navigation })
    },
    'in a fetch, where a navigation began': (browser, url) =>
      browser.send(url, {
        headers: {
          origin: secondary,
          'sec-fetch-mode': 'cors',
          'sec-fetch-dest': 'empty',
          'sec-fetch-site': 'same-site',
        },
      }),
    'without consent': (browser, url, mayGo) => {
      mayGo(false)
      return browser.send(url, { headers: navigation })
    },
  }

  test.each(Object.keys(askedWith))('%s', async (what) => {
    let may = true
    const { browser } = await open(() => ({}), { mayCreateSession: () => may })
    const { fingerprint } = await browser.session(primary)
    const before = [browser.cookies(primary), [...browser.deployment.sessionsWritten]]
    const start = await browser.send(`${secondary}/crossdomain/start?return_to=/`, { headers: navigation })
    await askedWith[what]?.(browser, start.headers.get('location') ?? '', (value) => (may = value))
    may = true
    expect([browser.cookies(primary), browser.deployment.sessionsWritten]).toEqual(before)
    expect(await browser.session(primary)).toMatchObject({ fingerprint, data: { cart: ['a'] } })
  })
})

test('where somebody is always faster, the exchange gives up, and the old cookie gains no user', async () => {
  let isLate = false
  const { browser } = await open((store) => ({
    swap: async (changes, thenRead) => {
      if (isLate && !changes.every(isUsedOnce))
        for (const { id, version, userId, value } of (await store.read(changes.map((change) => change.id)))
          .rows)
          await store.swap([{ id, version, userId, value, livesMs: 1_000_000 }])
      return store.swap(changes, thenRead)
    },
  }))
  isLate = true
  expect((await browser.sync(secondary)).result).toEqual({ result: 'error', code: 'CDS302' })
  expect((await browser.navigate(`${secondary}/crossdomain/start?return_to=/`)).url).toBe(
    `${secondary}/#crossdomain=CDS302`,
  )
  expect((await browser.session(primary)).userId).toBeNull()
  isLate = false
  await agreesAsAda(browser)
})

test('the cookie that the primary is given for a sign-in that goes with the browser goes with it too', async () => {
  const { browser, later } = await open()
  await (await browser.session(secondary)).login('ada', { remember: false })
  later(11)
  const link = () => browser.jar(primary).get('__Host-Http-crossdomain-link')
  const before = link()
  await browser.sync(secondary)
  expect([before?.isTransient, link()?.isTransient, before?.value === link()?.value]).toEqual([
    false,
    true,
    false,
  ])
  browser.restart()
  for (const origin of [primary, secondary]) expect((await browser.session(origin)).userId, origin).toBeNull()
})

test('a first write on the primary that is under way when a user comes is refused, and the domains agree', async () => {
  const deployment = new Deployment(memoryStore())
  const browser = new FakeBrowser(deployment)
  for (const origin of [primary, secondary]) await browser.visit(origin)
  await (await browser.session(secondary)).login('ada')
  const late = await browser.session(primary)
  await browser.sync(secondary)
  await expect(late.set('cart', ['x'])).rejects.toMatchObject({ code: 'CDS302' })
  await browser.visit(primary)
  await (await browser.session(primary)).set('cart', ['x'])
  await browser.sync(secondary)
  for (const origin of [primary, secondary])
    expect(await browser.session(origin), origin).toMatchObject({ userId: 'ada', data: { cart: ['x'] } })
})

test('a signal that comes late is put right by the next exchange', async () => {
  const { browser } = await open()
  await browser.sync(secondary)
  const { fingerprint } = await browser.session(secondary)
  browser.jar(secondary).set('__Host-crossdomain-sync', {
    value: 'ended-0123456789/crossdomain',
    sameSite: 'lax',
    isTransient: false,
  })
  expect((await browser.sync(secondary)).result).toEqual({ result: 'use_current' })
  expect(browser.cookies(secondary)['__Host-crossdomain-sync']).toBe(`${fingerprint}/crossdomain`)
})

test('where the answer of a write that began a new session is lost, the page tells its island, and the exchange brings the write', async () => {
  const { browser, later } = await open()
  await browser.sync(secondary)
  later(11)
  await (await browser.session(primary)).logout()
  later(11)
  const lost = asItIs(browser).browser
  await (await lost.session(secondary)).set('wish', 'socks')
  await (await browser.session(primary)).login('grace')
  later(60)
  const page = await browser.session(secondary, { canSetCookies: false })
  expect([page.data, browser.ended.length]).toEqual([{ wish: 'socks' }, 1])
  expect((await browser.sync(secondary)).result).toEqual({ result: 'replaced' })
  for (const origin of [primary, secondary])
    expect(await browser.session(origin)).toMatchObject({ userId: 'grace', data: { wish: 'socks' } })
  expect(browser.ended).toHaveLength(1)
})

test('where a blank session is destroyed that another domain has just been given, that domain asks again', async () => {
  const browser = new FakeBrowser(new Deployment(memoryStore()))
  for (const origin of [primary, secondary]) await browser.visit(origin)
  await browser.sync(secondary)
  await browser.session(secondary)
  expect(browser.ended).toEqual([])
  await (await browser.session(primary)).destroy()
  await browser.session(secondary)
  expect(browser.ended).toHaveLength(1)
  for (const { livesMs } of browser.deployment.written) expect(livesMs).toBeLessThanOrEqual(600_000)
})
