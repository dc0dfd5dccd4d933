// A guest's id on the primary is renewed when a user comes. Whatever gets lost on the way, the cart does not.
import { describe, expect, test } from 'vitest'
import type { Session } from '../../src/core/session.js'
import type { Store } from '../../src/core/store.js'
import { memoryStore } from '../../src/stores/memory.js'
import { Deployment, FakeBrowser, navigation, primary, secondary, third } from '../support/fakeBrowser.js'

/** Primary and third share a guest's cart; the secondary is signed in. */
async function open(change: (store: Store) => Partial<Store> = () => ({})) {
  let nowMs = 1_800_000_000_000
  const inner = memoryStore({ now: () => nowMs })
  const deployment = new Deployment({ ...inner, ...change(inner) })
  const browser = new FakeBrowser(deployment)
  for (const origin of [primary, secondary, third]) await browser.visit(origin)
  await (await browser.session(primary)).set('cart', ['a'])
  await browser.sync(third)
  await (await browser.session(secondary)).login('ada')
  const later = (seconds: number) => {
    nowMs += seconds * 1000
    deployment.nowSeconds += seconds
  }
  return { deployment, browser, later }
}

const jarsOf = (browser: FakeBrowser) => new Map([...browser.jars].map(([origin, jar]) => [origin, new Map(jar)]))
const restore = (browser: FakeBrowser, jars: ReturnType<typeof jarsOf>) => {
  for (const [origin, jar] of jars) browser.jars.set(origin, new Map(jar))
}

/** Walks to the primary's answer and drops it, as when somebody leaves the page. @returns The URL of the last hop. */
async function losingTheAnswer(browser: FakeBrowser): Promise<string> {
  const start = await browser.send(`${secondary}/crossdomain/start?return_to=/`, { headers: navigation })
  const jars = jarsOf(browser)
  const check = await browser.send(start.headers.get('location') ?? '', { headers: navigation })
  expect(check.status).toBe(303)
  restore(browser, jars)
  return check.headers.get('location') ?? ''
}

async function agreesAsAda(browser: FakeBrowser): Promise<void> {
  for (let round = 0; round < 2; round++) await browser.sync(secondary)
  await browser.visit(primary)
  await browser.sync(third)
  for (const origin of [primary, secondary, third]) expect(await browser.session(origin), origin).toMatchObject({ userId: 'ada', data: { cart: ['a'] } })
}

test.each([1, 2])('where the answer of check is lost, %d times, the primary shows the cart all the same, and the next exchange brings it', async (times) => {
  const { browser, later } = await open()
  for (let time = 0; time < times; time++) {
    await losingTheAnswer(browser)
    later(11)
  }
  expect(await browser.session(primary)).toMatchObject({ userId: null, data: { cart: ['a'] } })
  await agreesAsAda(browser)
})

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
    await thief.session(primary).then((session) => session.set('x', 1))
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
    expect([(await browser.session(primary)).userId, (await thief.session(primary)).userId]).toEqual(['ada', null])
  })
})

describe('a request that a copy of the old id began between check and replace', () => {
  const later: Readonly<Record<string, (session: Session) => Promise<unknown>>> = {
    'a write': (session) => session.set('x', 1),
    'an update': (session) => session.update((data) => ({ ...data, x: 1 })),
    'a deletion': (session) => session.delete('cart'),
    'a sign-in': (session) => session.login('eve'),
    'a sign-out that keeps the data': (session) => session.logout({ keepData: true }),
    'a sign-out': (session) => session.logout(),
    'the end': (session) => session.destroy(),
    'the message for the next page': (session) => session.takeFlash(),
  }

  test.each(Object.keys(later))('gains and changes nothing where it ends afterwards, with %s', async (what) => {
    const { browser } = await open()
    await (await browser.session(secondary)).set('secret', 'of ada')
    await (await browser.session(primary)).flash('for the guest')
    const thief = new FakeBrowser(browser.deployment)
    restore(thief, jarsOf(browser))
    thief.jars.delete(secondary)
    const begun = await browser.send(`${secondary}/crossdomain/start?return_to=/`, { headers: navigation })
    const checked = await browser.send(begun.headers.get('location') ?? '', { headers: navigation })
    const late = await thief.session(primary)
    expect(late).toMatchObject({ userId: null, data: { cart: ['a'] } })
    await browser.navigate(checked.headers.get('location') ?? '')
    const refused = later[what]?.(late)
    if (what.startsWith('the message')) expect(await refused).toEqual([])
    else await expect(refused).rejects.toMatchObject({ code: 'CDS302' })
    expect([late.userId, late.data]).toEqual([null, { cart: ['a'] }])
    expect((await thief.session(primary)).userId).toBeNull()
    const session = await browser.session(primary)
    expect(session).toMatchObject({ userId: 'ada', data: { cart: ['a'], secret: 'of ada' } })
    expect(await session.takeFlash()).toEqual(['for the guest'])
  })

  test.each(Object.keys(later))('keeps the user away where it ends before, with %s, until the next exchange', async (what) => {
    const { browser, later: pass } = await open()
    await (await browser.session(primary)).flash('for the guest')
    const url = await losingTheAnswer(browser)
    const thief = new FakeBrowser(browser.deployment)
    restore(thief, jarsOf(browser))
    await later[what]?.(await thief.session(primary))
    await browser.navigate(url)
    expect((await thief.session(primary)).userId).not.toBe('ada')
    for (let round = 0; round < 3; round++) {
      pass(11)
      await browser.sync(secondary)
      await browser.visit(primary)
    }
    expect((await browser.session(primary)).userId).toBe('ada')
    expect((await thief.session(primary)).userId).not.toBe('ada')
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
  for (const origin of [primary, secondary]) expect(await browser.session(origin), origin).toMatchObject({ userId: 'ada', data: { cart: ['x'] } })
})

test('a signal that comes late is put right by the next exchange', async () => {
  const { browser } = await open()
  await browser.sync(secondary)
  const { fingerprint } = await browser.session(secondary)
  browser.jar(secondary).set('__Host-crossdomain-sync', { value: 'ended-0123456789/crossdomain', sameSite: 'lax', isTransient: false })
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
  const rows = Object.keys(states).flatMap((here) => Object.keys(states).flatMap((there) => (there === 'a lost renewal' ? [] : [[here, there] as const])))

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
    expect(result).toMatchObject({ result: expect.stringMatching(/^(use_current|replaced|error)$/) as unknown })
    const [check, ...replace] = deployment.calls
    expect([undefined, 'redeem']).toContain(check)
    expect([[], ['redeem'], ['redeem', 'settle']]).toContainEqual(replace)
  })
})
