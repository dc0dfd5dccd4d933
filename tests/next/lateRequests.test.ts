// A request may read before somebody signs in elsewhere, and write afterwards.
import { describe, expect, test, vi } from 'vitest'
import { syncCookieName } from '../../src/shared/wire.js'
import type { Session } from '../../src/core/session/session.js'
import { memoryStore } from '../../src/stores/memory.js'
import { Deployment, FakeBrowser, navigation, primary, secondary, third } from '../support/fakeBrowser.js'
import { asItIs, jarsOf, losingTheAnswer, openAsGuest as open, restore } from '../support/guestMeetsUser.js'

const syncCookie = `__Host-${syncCookieName}`

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

  test.each(Object.keys(later))(
    'gains and changes nothing where it ends afterwards, with %s',
    async (what) => {
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
      const before = await browser.deployment.store.listUser('ada')
      const refused = later[what]?.(late)
      if (what.startsWith('the message')) expect(await refused).toEqual([])
      else await expect(refused).rejects.toMatchObject({ code: 'CDS302' })
      expect(await browser.deployment.store.listUser('ada')).toEqual(before)
      expect([late.userId, late.data]).toEqual([null, { cart: ['a'] }])
      expect((await thief.session(primary)).userId).toBeNull()
      const session = await browser.session(primary)
      expect(session).toMatchObject({ userId: 'ada', data: { cart: ['a'], secret: 'of ada' } })
      expect(await session.takeFlash()).toEqual(['for the guest'])
    },
  )

  // A newer cookie may be on its way to whoever has the old one.
  const refusedBefore = ['a sign-in', 'a sign-out that keeps the data']

  test.each(Object.keys(later))(
    'keeps the user away where it ends before, with %s, until the next exchange at most',
    async (what) => {
      const { browser, later: pass } = await open()
      await (await browser.session(primary)).flash('for the guest')
      const url = await losingTheAnswer(browser)
      const thief = new FakeBrowser(browser.deployment)
      restore(thief, jarsOf(browser))
      const done = later[what]?.(await thief.session(primary))
      if (refusedBefore.includes(what)) await expect(done).rejects.toMatchObject({ code: 'CDS302' })
      else await done
      await browser.navigate(url)
      expect((await thief.session(primary)).userId).not.toBe('ada')
      for (let round = 0; round < 3; round++) {
        pass(11)
        await browser.sync(secondary)
        await browser.visit(primary)
      }
      expect((await browser.session(primary)).userId).toBe('ada')
      expect((await thief.session(primary)).userId).not.toBe('ada')
    },
  )
})

test.each([{ keepData: false }, { keepData: true }])(
  'a write that was meant for a user does not go to the guest who is there after a sign-out with %o',
  async (options) => {
    const browser = new FakeBrowser(new Deployment(memoryStore()))
    await browser.visit(primary)
    await (await browser.session(primary)).login('ada')
    const late = [await browser.session(primary), await browser.session(primary)] as const
    await (await browser.session(primary)).logout(options)
    await (await browser.session(primary)).set('cart', ['of the guest'])
    for (const write of [
      late[0].set('address', 'of ada'),
      late[1].update((data) => ({ ...data, address: 'of ada' })),
    ])
      await expect(write).rejects.toMatchObject({ code: 'CDS302' })
    expect(await browser.session(primary)).toMatchObject({ userId: null, data: { cart: ['of the guest'] } })
    expect((await browser.session(primary)).get('address')).toBeUndefined()
  },
)

test.each(['blank', 'saved'])(
  'a write that begins while the answer of an exchange is on its way is kept, with a session on the primary that is %s',
  async (onPrimary) => {
    const browser = new FakeBrowser(new Deployment(memoryStore()))
    for (const origin of [primary, secondary]) await browser.visit(origin)
    if (onPrimary === 'saved') await (await browser.session(primary)).set('cart', ['a'])
    const exchange = asItIs(browser)
    await exchange.browser.sync(secondary)
    await (await browser.session(secondary)).set('late', 1)
    exchange.receive()
    for (const origin of [primary, secondary])
      expect((await browser.session(origin)).get('late'), origin).toBe(1)
  },
)

// Its cookie could arrive before that of the exchange, which would then take the sign-in away without a word.
test.each(['blank', 'saved'])(
  'a sign-in that begins while the answer of an exchange is on its way is refused, with a session on the primary that is %s',
  async (onPrimary) => {
    const browser = new FakeBrowser(new Deployment(memoryStore()))
    for (const origin of [primary, secondary]) await browser.visit(origin)
    if (onPrimary === 'saved') await (await browser.session(primary)).set('cart', ['a'])
    const exchange = asItIs(browser)
    await exchange.browser.sync(secondary)
    const session = await browser.session(secondary)
    await expect(session.login('ada')).rejects.toMatchObject({ code: 'CDS302' })
    await session.set('late', 1)
    for (const signed of [session.login('ada'), session.logout({ keepData: true })])
      await expect(signed).rejects.toMatchObject({ code: 'CDS302' })
    exchange.receive()
    await (await browser.session(secondary)).login('ada')
    await browser.sync(secondary)
    for (const origin of [primary, secondary])
      expect(await browser.session(origin), origin).toMatchObject({ userId: 'ada', data: { late: 1 } })
  },
)

// Whatever cookie such a request sets could arrive before that of the exchange.
describe('while the answer of an exchange is on its way, nothing that would be lost is done', () => {
  async function open(begins: 'before' | 'after') {
    let nowMs = 1_800_000_000_000
    const pass = (seconds: number) => void (nowMs += seconds * 1000)
    const browser = new FakeBrowser(new Deployment(memoryStore({ now: () => nowMs })))
    for (const origin of [primary, secondary]) await browser.visit(origin)
    await (await browser.session(secondary)).set('cart', ['a'])
    const early = await browser.session(secondary)
    const exchange = asItIs(browser)
    await exchange.browser.sync(secondary)
    const session = begins === 'before' ? early : await browser.session(secondary)
    return { browser, exchange, session, pass }
  }
  const lost: Readonly<Record<string, (session: Session) => Promise<unknown>>> = {
    'a sign-in': (session) => session.login('ada'),
    'a write': (session) => session.set('late', 1),
  }

  test('by a sign-in after a write that went where the session has gone', async () => {
    const { browser, exchange, session } = await open('before')
    await session.set('late', 1)
    await expect(session.login('ada')).rejects.toMatchObject({ code: 'CDS302' })
    exchange.receive()
    expect((await browser.session(secondary)).data).toEqual({ cart: ['a'], late: 1 })
  })

  describe.each(['before', 'after'] as const)('where the request began %s the exchange ended', (begins) => {
    test.each(['logout', 'destroy'] as const)('after %s()', async (ends) => {
      for (const [what, work] of Object.entries(lost)) {
        const { exchange, session } = await open(begins)
        await session[ends]()
        await expect(work(session), what).rejects.toMatchObject({ code: 'CDS302' })
        exchange.receive()
      }
    })
  })

  test.each(['login', 'logout', 'destroy'] as const)(
    'with the session that took its place ended by %s() on the primary',
    async (how) => {
      for (const [what, work] of Object.entries(lost)) {
        const { browser, exchange, pass } = await open('after')
        const there = await browser.session(primary)
        await (how === 'login' ? there.login('grace') : there[how]())
        const session = await browser.session(secondary)
        await expect(work(session), what).rejects.toMatchObject({ code: 'CDS302' })
        exchange.receive()
        await browser.sync(secondary)
        pass(11)
        await work(await browser.session(secondary))
      }
    },
  )
})

// Nothing may lead from what a guest had to a user: the old id knows no more than that another session took its place here.
describe("while the cookie of a user's session is on its way to a guest's domain", () => {
  async function open(before: 'blank' | 'guest' | 'another user') {
    let nowMs = 1_800_000_000_000
    const deployment = new Deployment(memoryStore({ now: () => nowMs }))
    const browser = new FakeBrowser(deployment)
    for (const origin of [primary, secondary]) await browser.visit(origin)
    await (await browser.session(primary)).login('grace')
    const here = await browser.session(secondary)
    if (before === 'guest') await here.set('cart', ['a'])
    if (before === 'another user') await here.login('ada')
    const early = await browser.session(secondary)
    const exchange = asItIs(browser)
    expect((await exchange.browser.sync(secondary)).result).toMatchObject({ result: 'replaced' })
    const pass = (seconds: number) => {
      nowMs += seconds * 1000
      deployment.nowSeconds += seconds
    }
    return { browser, exchange, early, pass }
  }
  const refused: Readonly<Record<string, (session: Session) => Promise<unknown>>> = {
    'a write': (session) => session.set('late', 1),
    'a message': (session) => session.flash('late'),
    'a sign-in': (session) => session.login('ada'),
    'a sign-out': (session) => session.logout(),
    'a sign-out that keeps the data': (session) => session.logout({ keepData: true }),
    'the end': (session) => session.destroy(),
  }

  describe.each(['blank', 'guest', 'another user'] as const)('with a session here that was %s', (before) => {
    test.each(Object.keys(refused))('%s is refused, and what the visitor then has is whole', async (what) => {
      const { browser, exchange, early } = await open(before)
      const late = await browser.session(secondary)
      expect(late).toMatchObject({ userId: null, isNew: true, data: {} })
      for (const session of [late, early])
        await expect(refused[what]?.(session)).rejects.toMatchObject({ code: 'CDS302' })
      exchange.receive()
      const session = await browser.session(secondary)
      expect(session).toMatchObject({ userId: 'grace', data: before === 'guest' ? { cart: ['a'] } : {} })
      await refused[what]?.(session)
    })

    test('an exchange that comes again, because its answer was lost, succeeds at once', async () => {
      const { browser } = await open(before)
      expect((await browser.sync(secondary)).result).toMatchObject({ result: 'replaced' })
      expect((await browser.session(secondary)).userId).toBe('grace')
    })

    test('nothing is refused once the answer can no longer arrive', async () => {
      const { browser, pass } = await open(before)
      pass(11)
      await (await browser.session(secondary)).set('late', 1)
      expect((await browser.session(secondary)).data).toEqual({ late: 1 })
    })
  })

  test('a domain that has the same old cookie, and no answer to wait for, is not refused', async () => {
    const browser = new FakeBrowser(new Deployment(memoryStore()))
    for (const origin of [primary, secondary, third]) await browser.visit(origin)
    await (await browser.session(primary)).set('cart', ['a'])
    for (const origin of [secondary, third]) await browser.sync(origin)
    browser.jars.delete(primary)
    await browser.visit(primary)
    await (await browser.session(primary)).login('grace')
    await browser.sync(secondary)
    await (await browser.session(third)).set('late', 1)
    expect((await browser.session(third)).data).toEqual({ late: 1 })
  })
})

// The usual case after a sign-in on the primary: what this domain has is over, and its page shows a guest until the exchange is done.
describe('while an exchange replaces the cookie of an id that has ended', () => {
  async function open(ended: 'rotated' | 'destroyed' | 'expired') {
    let nowMs = 1_800_000_000_000
    const store = memoryStore({ now: () => nowMs })
    const deployment = new Deployment(store)
    const browser = new FakeBrowser(deployment)
    const pass = (seconds: number) => {
      nowMs += seconds * 1000
      deployment.nowSeconds += seconds
    }
    for (const origin of [primary, secondary, third]) await browser.visit(origin)
    await (await browser.session(primary)).set('cart', ['a'])
    for (const origin of [secondary, third]) await browser.sync(origin)
    if (ended === 'destroyed') await (await browser.session(primary)).logout()
    if (ended === 'expired') pass(deployment.config.lifetime.idleSeconds + 1)
    await (await browser.session(primary)).login('ada')
    return { browser, pass, store }
  }
  const begins: Readonly<Record<string, (session: Session) => Promise<unknown>>> = {
    'a write': (session) => session.set('late', 1),
    'an update': (session) => session.update((data) => ({ ...data, late: 1 })),
    'a message': (session) => session.flash('late'),
    'a sign-in': (session) => session.login('bob'),
    'a sign-out': (session) => session.logout(),
    'the end, and a write': async (session) => {
      await session.destroy()
      await session.set('late', 1)
    },
  }

  describe.each(['rotated', 'destroyed', 'expired'] as const)('where it was %s', (ended) => {
    test.each(Object.keys(begins))('%s is refused where the exchange was first', async (what) => {
      const { browser, pass } = await open(ended)
      const late = await browser.session(secondary)
      const exchange = asItIs(browser)
      expect((await exchange.browser.sync(secondary)).result).toMatchObject({ result: 'replaced' })
      for (const session of [late, await browser.session(secondary)])
        await expect(begins[what]?.(session)).rejects.toMatchObject({ code: 'CDS302' })
      exchange.receive()
      pass(11)
      const session = await browser.session(secondary)
      expect(session.userId).toBe('ada')
      await begins[what]?.(session)
    })

    // A sign-out is refused where the session goes on elsewhere: otherwise the visitor would think they are signed out.
    if (ended === 'rotated')
      test.each(Object.keys(begins).filter((what) => /out|end/.test(what)))(
        '%s is refused before the exchange as well',
        async (what) => {
          const { browser } = await open(ended)
          const session = await browser.session(secondary)
          await expect(begins[what]?.(session)).rejects.toMatchObject({ code: 'CDS302' })
        },
      )
    else
      test('a sign-out that finds nothing to end sets no cookie, and keeps no exchange away', async () => {
        const { browser } = await open(ended)
        const before = browser.cookies(secondary)
        await (await browser.session(secondary)).logout()
        const { [syncCookie]: _, ...after } = browser.cookies(secondary)
        expect(before).toMatchObject(after)
        expect((await browser.sync(secondary)).result).toMatchObject({ result: 'replaced' })
        expect((await browser.session(secondary)).userId).toBe('ada')
      })

    test.each(
      Object.keys(begins).filter(
        (what) => what !== 'a sign-out' && (ended !== 'rotated' || !/end/.test(what)),
      ),
    )('the exchange is refused where %s was first, and the next one goes on with it', async (what) => {
      const { browser } = await open(ended)
      const exchange = asItIs(browser)
      const write = asItIs(browser)
      await begins[what]?.(await write.browser.session(secondary))
      expect((await exchange.browser.sync(secondary)).result).toEqual({ result: 'error', code: 'CDS302' })
      write.receive()
      exchange.receive()
      const session = await browser.session(secondary)
      expect(session.userId).toBe(what === 'a sign-in' ? 'bob' : null)
      if (/write|update/.test(what)) expect(session.get('late')).toBe(1)
      expect((await browser.sync(secondary)).result).toMatchObject({ result: 'replaced' })
      const after = await browser.session(secondary)
      expect(after.userId).toBe('ada')
      if (/write|update/.test(what)) expect(after.get('late')).toBe(1)
    })
  })
  describe('where the request itself has ended it', () => {
    async function begin(ends: 'logout' | 'destroy') {
      const browser = new FakeBrowser(new Deployment(memoryStore()))
      for (const origin of [primary, secondary]) await browser.visit(origin)
      await (await browser.session(primary)).login('ada')
      const exchange = asItIs(browser)
      const write = asItIs(browser)
      const session = await write.browser.session(secondary)
      await session.set('cart', ['a'])
      await session[ends]()
      return { browser, exchange, write, session }
    }

    // The exchange begins with a cookie whose id was blank, and has ended by then.
    test('a write after destroy() is refused where the exchange was first', async () => {
      const { browser, exchange, session } = await begin('destroy')
      expect((await exchange.browser.sync(secondary)).result).toMatchObject({ result: 'replaced' })
      await expect(session.set('late', 1)).rejects.toMatchObject({ code: 'CDS302' })
      exchange.receive()
      expect((await browser.session(secondary)).userId).toBe('ada')
    })

    test('the exchange is refused where logout() was first, and a write after it is kept', async () => {
      const { browser, exchange, write, session } = await begin('logout')
      expect((await exchange.browser.sync(secondary)).result).toEqual({ result: 'error', code: 'CDS302' })
      await session.set('late', 1)
      exchange.receive()
      write.receive()
      expect((await browser.session(secondary)).data).toEqual({ late: 1 })
    })

    test.each(['logout', 'destroy'] as const)(
      'the exchange is refused where a write after %s() was first',
      async (ends) => {
        const { browser, exchange, write, session } = await begin(ends)
        await session.set('late', 1)
        expect((await exchange.browser.sync(secondary)).result).toEqual({ result: 'error', code: 'CDS302' })
        write.receive()
        exchange.receive()
        expect((await browser.session(secondary)).data).toEqual({ late: 1 })
      },
    )
  })

  test('an exchange that comes again, because its answer was lost, succeeds at once', async () => {
    const { browser } = await open('rotated')
    await asItIs(browser).browser.sync(secondary)
    expect((await browser.sync(secondary)).result).toMatchObject({ result: 'replaced' })
    expect((await browser.session(secondary)).userId).toBe('ada')
  })

  test('nothing is refused once the answer can no longer arrive', async () => {
    for (const first of ['exchange', 'write'] as const) {
      const { browser, pass } = await open('rotated')
      const lost = asItIs(browser).browser
      await (first === 'exchange' ? lost.sync(secondary) : (await lost.session(secondary)).set('late', 1))
      pass(11)
      if (first === 'exchange') await (await browser.session(secondary)).set('late', 1)
      else expect((await browser.sync(secondary)).result).toMatchObject({ result: 'replaced' })
    }
  })

  test('another domain with the same old cookie, and the second of two writes, are not refused', async () => {
    const { browser } = await open('rotated')
    await asItIs(browser).browser.sync(secondary)
    for (const sender of [asItIs(browser).browser, browser])
      await (await sender.session(third)).set('late', 1)
    expect((await browser.session(third)).data).toEqual({ late: 1 })
  })

  test.each(['exchange', 'write'] as const)(
    'a store that fails when the %s lists where the cookie goes sets nothing',
    async (who) => {
      const { browser, store } = await open('rotated')
      const session = await browser.session(secondary)
      const { swap } = store
      let refused = 0
      const failing = vi.spyOn(store, 'swap').mockImplementation((changes, thenRead) => {
        if (changes.every(({ id }) => /^(claim|ticket):/.test(id))) return swap(changes, thenRead)
        refused += 1
        return Promise.reject(new Error('connection refused'))
      })
      const before = browser.cookies(secondary)
      if (who === 'exchange')
        expect((await browser.sync(secondary)).result).toEqual({ result: 'error', code: 'CDS301' })
      else await expect(session.set('late', 1)).rejects.toMatchObject({ code: 'CDS301' })
      failing.mockRestore()
      expect(refused).toBe(1)
      expect(browser.cookies(secondary)).toEqual(before)
    },
  )
})
