// A guest's id on the primary is renewed when a user comes. Whatever gets lost on the way, the cart does not.
import { describe, expect, test } from 'vitest'
import { memoryStore } from '../../src/stores/memory.js'
import { Deployment, FakeBrowser, navigation, primary, secondary, third } from '../support/fakeBrowser.js'
import { jarsOf, losingTheAnswer, openAsGuest as open, restore } from '../support/guestMeetsUser.js'

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

test('within ten seconds the next exchange waits for the one that may still be on its way', async () => {
  const { browser } = await open()
  await losingTheAnswer(browser)
  expect((await browser.sync(secondary)).result).toEqual({ result: 'error', code: 'CDS302' })
})

test('where the store did the work and its answer was lost, the next exchange brings the cart', async () => {
  let isLost = true
  const { browser, later } = await open((store) => ({
    redeem: async (...asked) => {
      const result = await store.redeem(...asked)
      if (isLost && result.renewed !== null) throw new Error('no answer from the database within 2000 ms')
      return result
    },
  }))
  expect((await browser.sync(secondary)).result).toEqual({ result: 'error', code: 'CDS301' })
  isLost = false
  later(11)
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

describe('a claim that changes nothing renews nothing', () => {
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
    const start = await browser.send(`${secondary}/crossdomain/start?return_to=/`, { headers: navigation })
    await askedWith[what]?.(browser, start.headers.get('location') ?? '', (value) => (may = value))
    may = true
    expect(await browser.session(primary)).toMatchObject({ fingerprint, data: { cart: ['a'] } })
  })
})

test('where somebody was faster and nothing was renewed, the old id gains no user', async () => {
  let isLate = true
  const { browser } = await open((store) => ({
    redeem: (ticketId, seconds, hashes, renewal) =>
      store.redeem(ticketId, seconds, hashes, isLate ? undefined : renewal),
  }))
  expect((await browser.sync(secondary)).result).toEqual({ result: 'error', code: 'CDS302' })
  expect((await browser.navigate(`${secondary}/crossdomain/start?return_to=/`)).url).toBe(
    `${secondary}/#crossdomain=CDS302`,
  )
  expect((await browser.session(primary)).userId).toBeNull()
  isLate = false
  await agreesAsAda(browser)
})

test('what is renewed for a session that goes with the browser goes with it too', async () => {
  const asked: unknown[] = []
  const { browser } = await open((store) => ({
    redeem: (...all) => {
      asked.push(all[3]?.remembered)
      return store.redeem(...all)
    },
  }))
  await (await browser.session(secondary)).login('ada', { remember: false })
  asked.length = 0
  await browser.sync(secondary)
  expect(asked).toEqual([false, undefined])
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

describe('the store is asked once by check and twice at most by replace', () => {
  type Make = (browser: FakeBrowser, origin: string, later: (seconds: number) => void) => Promise<unknown>
  const states: Readonly<Record<string, Make>> = {
    'no session': async (browser, origin) => browser.jar(origin).clear(),
    'a blank one': (browser, origin) => browser.visit(origin),
    'a guest': async (browser, origin) => (await browser.session(origin)).set(new URL(origin).hostname, 1),
    'a user': async (browser, origin) => (await browser.session(origin)).login(`user of ${origin}`),
    'an ended one': async (browser, origin) => {
      const jars = jarsOf(browser)
      await (await browser.session(origin)).destroy()
      restore(browser, jars)
    },
    'a lost renewal': async (browser, origin, later) => {
      await (await browser.session(origin)).set('cart', ['a'])
      await (await browser.session(secondary)).login('ada')
      await losingTheAnswer(browser)
      browser.jar(secondary).clear()
      await browser.visit(secondary)
      later(11)
    },
  }
  const rows = Object.keys(states).flatMap((here) =>
    Object.keys(states).flatMap((there) => (there === 'a lost renewal' ? [] : [[here, there] as const])),
  )

  test.each(rows)('with %s on the primary and %s here', async (here, there) => {
    let nowMs = 1_800_000_000_000
    const deployment = new Deployment(memoryStore({ now: () => nowMs }))
    const browser = new FakeBrowser(deployment)
    const later = (seconds: number) => {
      nowMs += seconds * 1000
      deployment.nowSeconds += seconds
    }
    for (const origin of [primary, secondary]) await browser.visit(origin)
    await states[here]?.(browser, primary, later)
    await states[there]?.(browser, secondary, later)
    deployment.calls.length = 0
    const { result } = await browser.sync(secondary)
    expect(result).toMatchObject({
      result: expect.stringMatching(/^(use_current|replaced|error)$/) as unknown,
    })
    const [check, ...replace] = deployment.calls
    expect([undefined, 'redeem']).toContain(check)
    // Over what has ended there is nothing to settle, but who was first.
    const last = there === 'an ended one' ? 'write' : 'settle'
    expect([[], ['redeem'], ['redeem', last]]).toContainEqual(replace)
  })
})
