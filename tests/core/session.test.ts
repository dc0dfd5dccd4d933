import { beforeEach, describe, expect, test } from 'vitest'
import { memoryStore } from '../../src/stores/memory.js'
import { Deployment, FakeBrowser, primary, secondary } from '../support/fakeBrowser.js'

let deployment: Deployment
let browser: FakeBrowser
beforeEach(async () => {
  deployment = new Deployment(memoryStore(), { maxDataBytes: 200 })
  browser = new FakeBrowser(deployment)
  await browser.visit(primary)
  await browser.visit(secondary)
  deployment.calls.length = 0
})

test('is read with one call, and costs none before it is asked for', async () => {
  await browser.session(primary)
  expect(deployment.calls).toEqual(['read'])
})

test('exists from its first write on', async () => {
  const session = await browser.session(primary)
  expect([session.isNew, session.data, session.get('a')]).toEqual([true, {}, undefined])
  await session.set('a', [1])
  expect([session.isNew, session.data, session.get('a')]).toEqual([false, { a: [1] }, [1]])
  expect((await browser.session(primary)).data).toEqual({ a: [1] })
})

test('deletes a key, by name and by undefined', async () => {
  const session = await browser.session(primary)
  await session.update(() => ({ a: 1, b: 2, c: 3 }))
  await session.delete('a')
  await session.set('b', undefined)
  expect((await browser.session(primary)).data).toEqual({ c: 3 })
})

test('keeps concurrent writes of different keys', async () => {
  const sessions = await Promise.all(Array.from({ length: 20 }, () => browser.session(primary)))
  await Promise.all(sessions.map((session, index) => session.set(`k${index}`, index)))
  expect(Object.keys((await browser.session(primary)).data)).toHaveLength(20)
})

test('update loses no update of the same key', async () => {
  const sessions = await Promise.all(Array.from({ length: 15 }, () => browser.session(primary)))
  await Promise.all(
    sessions.map((session) => session.update((data) => ({ ...data, n: Number(data['n'] ?? 0) + 1 }))),
  )
  expect((await browser.session(primary)).get('n')).toBe(15)
})

test('update drops the keys that it leaves out, and keeps what others added meanwhile', async () => {
  const first = await browser.session(primary)
  await first.update(() => ({ a: 1, b: 1 }))
  const late = await browser.session(primary)
  await first.set('c', 1)
  await late.update(({ a: _, ...rest }) => rest)
  expect((await browser.session(primary)).data).toEqual({ b: 1, c: 1 })
})

test('data that was read cannot be changed by accident', async () => {
  const session = await browser.session(primary)
  await session.set('cart', [{ id: 'a' }])
  const cart = session.get('cart') as { id: string }[]
  expect(() => cart.push({ id: 'b' })).toThrow(TypeError)
  expect(() => Object.assign(cart[0] ?? {}, { id: 'c' })).toThrow(TypeError)
})

describe('login', () => {
  test('gives a new key and a new fingerprint, keeps the guest’s data, and makes the old cookie worthless', async () => {
    await (await browser.session(primary)).set('cart', ['a'])
    const before = new Map(browser.jar(primary))
    const session = await browser.session(primary)
    const old = session.fingerprint
    await session.login('ada')
    expect([session.userId, session.data, session.fingerprint === old]).toEqual([
      'ada',
      { cart: ['a'] },
      false,
    ])
    expect(await browser.session(primary)).toMatchObject({ userId: 'ada', data: { cart: ['a'] } })
    const attacker = new FakeBrowser(deployment)
    for (const [name, cookie] of before) attacker.jar(primary).set(name, cookie)
    expect(await attacker.session(primary)).toMatchObject({ userId: null, data: {}, isNew: true })
  })
  test("takes nothing over from another user's session", async () => {
    const session = await browser.session(primary)
    await session.login('ada')
    await session.set('private', 1)
    await session.login('grace')
    expect(await browser.session(primary)).toMatchObject({ userId: 'grace', data: {} })
  })
  test.each(['', 'x'.repeat(256), null, 7, 'a\0b', '\ud800', 'a\udc00'])(
    'refuses the user id %j before the store is asked: CDS204',
    async (userId) => {
      await expect((await browser.session(primary)).login(userId as string)).rejects.toMatchObject({
        code: 'CDS204',
      })
      expect(deployment.calls).toEqual(['read'])
    },
  )
  test.each(['0', ' ', '💥', 'auth0|1', '\u0001', 'x'.repeat(255)])(
    'takes the user id %j',
    async (userId) => {
      await (await browser.session(primary)).login(userId)
      expect((await browser.session(primary)).userId).toBe(userId)
    },
  )
  test('works without a cookie, and sets one', async () => {
    browser.jar(secondary).clear()
    await (await browser.session(secondary)).login('ada')
    expect((await browser.session(secondary)).userId).toBe('ada')
  })
})

describe('logout', () => {
  test('goes on with an empty session', async () => {
    const session = await browser.session(primary)
    await session.update(() => ({ a: 1 }))
    await session.login('ada')
    await session.logout()
    expect(await browser.session(primary)).toMatchObject({ userId: null, data: {}, isNew: true })
  })
  test('keeps the data where told to', async () => {
    const session = await browser.session(primary)
    await session.set('locale', 'de')
    await session.login('ada')
    await session.logout({ keepData: true })
    expect(await browser.session(primary)).toMatchObject({ userId: null, data: { locale: 'de' } })
  })
  test('a late write does not bring the session back', async () => {
    const late = await browser.session(primary)
    await late.set('a', 1)
    await (await browser.session(primary)).logout()
    await expect(late.set('a', 2)).rejects.toMatchObject({ code: 'CDS302' })
    await expect(late.update(() => ({ a: 3 }))).rejects.toMatchObject({ code: 'CDS302' })
    await expect(late.login('ada')).rejects.toMatchObject({ code: 'CDS302' })
  })
})

test('destroy removes the cookies of this domain', async () => {
  for (const origin of [primary, secondary]) {
    await (await browser.session(origin)).destroy()
    expect(browser.cookies(origin)).toEqual({})
  }
})

describe('refuses', () => {
  test('to write while a page renders: CDS201, and nothing is written', async () => {
    const session = await browser.session(primary, { canSetCookies: false })
    const writes = [
      () => session.set('a', 1),
      () => session.delete('a'),
      () => session.update(() => ({})),
      () => session.login('ada'),
      () => session.logout(),
      () => session.destroy(),
    ]
    for (const write of writes) await expect(write()).rejects.toMatchObject({ code: 'CDS201' })
    expect(deployment.calls).toEqual(['read'])
  })
  test('what takes a cookie once the answer has begun: CDS201, and nothing is written', async () => {
    const isAnswered = () => true
    const unknown = await new FakeBrowser(deployment).session(primary, { isAnswered })
    for (const write of [
      () => unknown.set('a', 1),
      () => unknown.flash('hi'),
      () => unknown.login('ada'),
      () => unknown.logout(),
      () => unknown.destroy(),
    ])
      await expect(write()).rejects.toMatchObject({ code: 'CDS201' })
    const known = await browser.session(primary, { isAnswered })
    for (const write of [() => known.login('ada'), () => known.logout(), () => known.destroy()])
      await expect(write()).rejects.toMatchObject({ code: 'CDS201' })
    expect(deployment.calls).toEqual(['read'])
    await known.set('a', 1)
    expect((await browser.session(primary)).data).toEqual({ a: 1 })
  })
  test('to report a write whose cookie came too late: CDS201', async () => {
    let asked = 0
    const session = await new FakeBrowser(deployment).session(primary, { isAnswered: () => asked++ > 0 })
    await expect(session.set('a', 1)).rejects.toMatchObject({ code: 'CDS201' })
  })
  test('what is no JSON, and what is too large, before the store is asked', async () => {
    const session = await browser.session(primary)
    await expect(session.set('at', new Date())).rejects.toThrow(/^CDS202: .*\(data\.at\)/)
    await expect(session.set('a', 'x'.repeat(200))).rejects.toMatchObject({ code: 'CDS203' })
    await session.set('a', 'x'.repeat(120))
    await expect(session.set('b', 'x'.repeat(120))).rejects.toMatchObject({ code: 'CDS203' })
    expect(deployment.calls).toEqual(['read', 'swap'])
  })
})

describe('a session that is over its limit, as two that met can be', () => {
  const own = { a: 'x'.repeat(150), b: 'x'.repeat(150) }
  beforeEach(async () => {
    for (const [origin, data] of [
      [primary, { a: own.a }],
      [secondary, { b: own.b }],
    ] as const)
      await (await browser.session(origin)).update(() => data)
    await browser.sync(secondary)
    expect((await browser.session(primary)).data).toEqual(own)
  })

  test('takes what makes it no larger', async () => {
    const session = await browser.session(primary)
    await session.set('a', 'y'.repeat(150))
    await session.set('a', 'y'.repeat(149))
    await session.update((data) => ({ ...data, b: 'y'.repeat(140) }))
    await session.set('a', undefined)
    expect((await browser.session(primary)).data).toEqual({ b: 'y'.repeat(140) })
  })
  test('refuses what makes it larger: CDS203', async () => {
    const session = await browser.session(primary)
    await expect(session.set('a', 'x'.repeat(151))).rejects.toMatchObject({ code: 'CDS203' })
    await expect(session.set('c', 1)).rejects.toMatchObject({ code: 'CDS203' })
    await expect(session.update((data) => ({ ...data, c: 1 }))).rejects.toMatchObject({ code: 'CDS203' })
    await session.delete('a')
    await session.set('c', 1)
    await expect(session.set('a', 'x'.repeat(150))).rejects.toMatchObject({ code: 'CDS203' })
  })
})

test('sets cookies after the store has agreed, and none where they say it already', async () => {
  const before = browser.cookies(primary)
  const session = await browser.session(primary)
  await session.set('a', 1)
  expect(browser.cookies(primary)).toEqual(before)
  deployment.isStoreDown = true
  await expect(session.login('ada')).rejects.toMatchObject({ code: 'CDS301' })
  expect(browser.cookies(primary)).toEqual(before)
})
