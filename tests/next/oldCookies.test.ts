import { beforeEach, describe, expect, test } from 'vitest'
import type { Options } from '../../src/core/config.js'
import type { Session } from '../../src/core/session/session.js'
import { memoryStore } from '../../src/stores/memory.js'
import { Deployment, FakeBrowser, primary, secondary, type World } from '../support/fakeBrowser.js'
import { asItIs } from '../support/guestMeetsUser.js'

const daySeconds = 86_400
/** Longer than two cookies after each other live. */
const lastDay = 900
const lifetime: Options['lifetime'] = { idleSeconds: 300 * daySeconds, absoluteSeconds: 1000 * daySeconds }

let browser: FakeBrowser
let deployment: Deployment
let day: number
function open(world: World = 'allowed'): void {
  day = 0
  deployment = new Deployment(memoryStore({ now: () => deployment.nowSeconds * 1000 }), { lifetime })
  browser = new FakeBrowser(deployment, world)
}
function goTo(next: number): void {
  deployment.nowSeconds += (next - day) * daySeconds
  day = next
}
beforeEach(() => open())

const userOn = async (origin: string) => (await browser.session(origin)).userId

/** What the island does of a page. */
async function meet(): Promise<void> {
  const { outcome } = await browser.sync(secondary)
  if (outcome.result === 'navigate') await browser.navigate(`${secondary}/crossdomain/start?return_to=/`)
}

describe('a session goes on for longer than a cookie lives', () => {
  test('where the visitor writes', async () => {
    await browser.visit(primary)
    await (await browser.session(primary)).login('ada')
    while (day < lastDay) {
      goTo(day + 7)
      await browser.visit(primary)
      const session = await browser.session(primary)
      expect(session.userId, `on day ${day}`).toBe('ada')
      await session.set('day', day)
    }
  })
  test('where its cookie was old before anything was saved', async () => {
    for (const origin of [primary, secondary]) await browser.visit(origin)
    goTo(390)
    for (const origin of [primary, secondary]) await (await browser.session(origin)).set('cart', ['a'])
    goTo(410)
    for (const origin of [primary, secondary])
      expect((await browser.session(origin)).data, origin).toEqual({ cart: ['a'] })
  })
  test.each<World>(['allowed', 'inactive', 'blocked', 'partitioned', 'absent', 'withheld', 'itp'])(
    'where the visitor only reads a domain that asks the primary every week, in a browser of the kind %s',
    async (world) => {
      open(world)
      for (const origin of [primary, secondary]) await browser.visit(origin)
      await (await browser.session(primary)).login('ada')
      await meet()
      while (day < lastDay) {
        goTo(day + 7)
        await browser.visit(secondary)
        await meet()
        expect(await userOn(secondary), `on day ${day}`).toBe('ada')
      }
    },
  )
})

describe('a cookie', () => {
  const cookies = () => [primary, secondary].map((origin) => browser.cookies(origin))
  /** A signed-in visitor of both domains, who agree. */
  async function agreed(): Promise<void> {
    for (const origin of [primary, secondary]) await browser.visit(origin)
    await (await browser.session(primary)).login('ada')
    await meet()
  }

  test('stays as it is for 200 days, whatever is written and exchanged', async () => {
    await agreed()
    const before = cookies()
    goTo(199)
    await meet()
    for (const origin of [primary, secondary]) await (await browser.session(origin)).set('a', 1)
    expect(cookies()).toEqual(before)
  })
  test('that is older is set anew once, by a write', async () => {
    await agreed()
    goTo(15)
    expect(await userOn(primary)).toBe('ada')
    goTo(201)
    const before = cookies()
    for (const origin of [primary, secondary]) await (await browser.session(origin)).set('a', 1)
    const after = cookies()
    // The sync cookie says the same as before.
    const names = (which: (name: string, index: number) => boolean) =>
      after.map((all, index) => Object.keys(all).filter((name) => which(name, index)))
    expect(names((name, index) => before[index]?.[name] !== after[index]?.[name])).toEqual([
      ['__Host-Http-crossdomain', '__Host-Http-crossdomain-link'],
      ['__Host-Http-crossdomain'],
    ])
    for (const origin of [primary, secondary]) await (await browser.session(origin)).set('a', 2)
    expect(cookies()).toEqual(after)
  })
  test('that is older is left alone by the middleware, and by reading', async () => {
    await agreed()
    const before = cookies()
    goTo(201)
    for (const origin of [primary, secondary]) {
      await browser.visit(origin)
      await (await browser.session(origin)).takeFlash()
    }
    expect(cookies()).toEqual(before)
  })
  test('that is older is set anew once by an exchange, which says that both agree', async () => {
    await agreed()
    goTo(15)
    expect(await userOn(primary)).toBe('ada')
    goTo(201)
    const [[, before], results] = [cookies(), [] as unknown[]]
    results.push((await browser.sync(secondary)).result)
    const [, after] = cookies()
    results.push((await browser.sync(secondary)).result)
    expect(results).toEqual([{ result: 'use_current' }, { result: 'use_current' }])
    expect(after?.['__Host-Http-crossdomain']).not.toBe(before?.['__Host-Http-crossdomain'])
    expect(cookies()[1]).toEqual(after)
  })
  test('that dies with the browser goes on doing so', async () => {
    for (const origin of [primary, secondary]) await browser.visit(origin)
    await (await browser.session(primary)).login('ada', { remember: false })
    await meet()
    const before = cookies()
    while (day < 210) {
      goTo(day + 0.5)
      await userOn(primary)
    }
    await meet()
    for (const origin of [primary, secondary]) await (await browser.session(origin)).set('a', 1)
    expect(cookies()).not.toEqual(before)
    expect([await userOn(primary), await userOn(secondary)]).toEqual(['ada', 'ada'])
    browser.restart()
    expect(cookies()).toEqual([{}, {}])
  })
  test('of a clock that was ahead is read as any other, and set anew', async () => {
    await agreed()
    const before = cookies()
    goTo(-300)
    expect([await userOn(primary), await userOn(secondary)]).toEqual(['ada', 'ada'])
    await meet()
    await (await browser.session(primary)).set('a', 1)
    const after = cookies()
    expect(
      [0, 1].map(
        (index) => after[index]?.['__Host-Http-crossdomain'] === before[index]?.['__Host-Http-crossdomain'],
      ),
    ).toEqual([false, false])
    await (await browser.session(primary)).set('a', 2)
    expect([await userOn(secondary), cookies()]).toEqual(['ada', after])
  })
  test('that is older refuses no write of an answer that has begun', async () => {
    await agreed()
    goTo(15)
    await userOn(primary)
    goTo(201)
    const before = cookies()
    await (await browser.session(primary, { isAnswered: () => true })).set('a', 1)
    expect([(await browser.session(primary)).data, cookies()]).toEqual([{ a: 1 }, before])
  })
  test.each<[string, (session: Session) => Promise<void>]>([
    ['a key', (session) => session.set('late', 1)],
    ['an update', (session) => session.update((data) => ({ ...data, late: 1 }))],
  ])(
    'that is older is not set anew with %s where an exchange has set another one meanwhile',
    async (_, write) => {
      for (const origin of [primary, secondary]) await browser.visit(origin)
      goTo(20)
      for (const origin of [primary, secondary]) await (await browser.session(origin)).set(origin, 1)
      goTo(40)
      const late = await browser.session(secondary)
      expect((await browser.sync(secondary)).result).toEqual({ result: 'replaced' })
      const after = cookies()
      await write(late)
      expect([cookies(), (await browser.session(secondary)).data]).toEqual([
        after,
        { [primary]: 1, [secondary]: 1, late: 1 },
      ])
    },
  )
})

test('an old cookie is not sealed anew while a newer one is on its way, which it could replace', async () => {
  for (const [origin, item] of [
    [primary, 'boots'],
    [secondary, 'tent'],
  ] as const) {
    await browser.visit(origin)
    await (await browser.session(origin)).set('cart', [item])
  }
  goTo(250)
  const exchange = asItIs(browser)
  const writing = asItIs(browser)
  await exchange.browser.navigate(`${secondary}/crossdomain/start?return_to=/`)
  await (await writing.browser.session(secondary)).set('locale', 'de')
  exchange.receive()
  const newest = browser.cookies(secondary)
  writing.receive()
  expect(browser.cookies(secondary)).toEqual(newest)
  expect((await browser.session(secondary)).data).toMatchObject({ locale: 'de' })
})
