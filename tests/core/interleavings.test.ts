// Writes that meet other writes: of the same request, of another tab, of an exchange.
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { Options } from '../../src/core/config.js'
import type { SessionEvent } from '../../src/core/events.js'
import type { Session } from '../../src/core/session/session.js'
import type { Store } from '../../src/core/store/store.js'
import { memoryStore } from '../../src/stores/memory.js'
import { Deployment, FakeBrowser, primary, secondary } from '../support/fakeBrowser.js'
import { losingTheAnswer, openAsGuest } from '../support/guestMeetsUser.js'

async function open(options: Options = {}, store: Store = memoryStore()): Promise<FakeBrowser> {
  const browser = new FakeBrowser(new Deployment(store, options))
  await browser.visit(primary)
  await browser.visit(secondary)
  return browser
}

const increment = (data: Readonly<Record<string, unknown>>) => ({ ...data, n: Number(data['n'] ?? 0) + 1 })

describe('an update loses nothing that another tab wrote before', () => {
  test.each([
    ['a message', (session) => session.flash('Saved.')],
    ['messages taken', (session) => session.takeFlash()],
    ['a write of the other scope', (session) => session.local.set('b', 1)],
  ] satisfies [string, (session: Session) => Promise<unknown>][])('%s', async (_, between) => {
    const browser = await open()
    const first = await browser.session(primary)
    await first.update(increment)
    await first.flash('Welcome.')
    const mine = await browser.session(primary)
    await (await browser.session(primary)).update(increment)
    await between(mine)
    await mine.update(increment)
    expect((await browser.session(primary)).get('n')).toBe(3)
  })
  test('a write of the shared data, before an update of one domain', async () => {
    const browser = await open()
    await (await browser.session(primary)).local.update(increment)
    const mine = await browser.session(primary)
    await (await browser.session(primary)).local.update(increment)
    await mine.set('b', 1)
    await mine.local.update(increment)
    expect((await browser.session(primary)).local.get('n')).toBe(3)
  })
})

test('an update that an exchange overtakes is made of what both sessions had, whatever their versions', async () => {
  for (const writes of [1, 2, 3]) {
    const browser = await open({
      merge: (kept, other) => ({
        ...other,
        ...kept,
        cart: [
          ...((kept['cart'] as string[] | undefined) ?? []),
          ...((other['cart'] as string[] | undefined) ?? []),
        ],
      }),
    })
    await (await browser.session(primary)).set('cart', ['p'])
    for (let write = 0; write < writes; write++) await (await browser.session(secondary)).set('cart', ['s'])
    const late = await browser.session(secondary)
    await browser.sync(secondary)
    await late.update((data) => ({ ...data, cart: [...(data['cart'] as string[]), 'late'] }))
    expect((await browser.session(primary)).get('cart')).toEqual(['p', 's', 'late'])
  }
})

describe('writes of one request at the same time', () => {
  test('all go to one session where there was no cookie, or an ended one', async () => {
    for (const before of ['none', 'ended'] as const) {
      const events: SessionEvent[] = []
      const browser = new FakeBrowser(
        new Deployment(memoryStore(), { onEvent: (event) => void events.push(event) }),
      )
      if (before === 'ended') {
        await browser.visit(primary)
        const jar = new Map(browser.jar(primary))
        await (await browser.session(primary)).destroy()
        for (const [name, cookie] of jar) browser.jar(primary).set(name, cookie)
        events.length = 0
      }
      const session = await browser.session(primary)
      await Promise.all([
        session.set('a', 1),
        session.update(increment),
        session.flash('Saved.'),
        session.local.set('b', 1),
      ])
      const next = await browser.session(primary)
      expect([next.data, next.local.data, await next.takeFlash()], before).toEqual([
        { a: 1, n: 1 },
        { b: 1 },
        ['Saved.'],
      ])
      expect([session.data, session.local.data]).toEqual([{ a: 1, n: 1 }, { b: 1 }])
      expect(events.map(({ type }) => type)).toEqual(['created'])
    }
  })
  test('all go along where one of them signs in, whichever answer is slow', async () => {
    for (const slow of [1, 2, 3]) {
      for (const isNew of [true, false]) {
        const store = memoryStore()
        let swaps = 0
        const browser = new FakeBrowser(
          new Deployment({
            ...store,
            swap: async (...args) => {
              const answer = await store.swap(...args)
              if (++swaps === slow) await new Promise((done) => setTimeout(done, 5))
              return answer
            },
          }),
        )
        if (!isNew) await browser.visit(primary)
        const session = await browser.session(primary)
        await Promise.all([session.set('a', 1), session.login('ada'), session.set('b', 1)])
        const next = await browser.session(primary)
        expect([next.userId, next.data, next.fingerprint], `${slow} ${isNew}`).toEqual([
          'ada',
          { a: 1, b: 1 },
          session.fingerprint,
        ])
      }
    }
  })
  test('leave what was written last, whichever answer comes first', async () => {
    const store = memoryStore()
    let waits = 20
    const browser = await open(
      {},
      {
        ...store,
        swap: async (...args) => {
          const answer = await store.swap(...args)
          await new Promise((done) => setTimeout(done, (waits -= 8)))
          return answer
        },
      },
    )
    const session = await browser.session(primary)
    await Promise.all([session.set('a', 1), session.set('b', 1)])
    expect(session.data).toEqual({ a: 1, b: 1 })
  })
  test('survive an update whose schema takes its time', async () => {
    let isSlow = false
    const schema = z.record(z.string(), z.unknown()).refine(async () => {
      if (isSlow) await new Promise((done) => setTimeout(done, 20))
      return true
    })
    const browser = await open({ schema })
    const session = await browser.session(primary)
    await session.set('c', 1)
    const writing = [session.set('a', 1)]
    isSlow = true
    writing.push(session.update(increment))
    await new Promise((done) => setTimeout(done, 5))
    isSlow = false
    await Promise.all(writing)
    expect((await browser.session(primary)).data).toEqual({ a: 1, c: 1, n: 1 })
  })
  test('a listener of events may write too', async () => {
    const sessions: Session[] = []
    const browser = await open({ onEvent: async ({ type }) => sessions[0]?.set(type, true) })
    sessions.push(await browser.session(primary))
    await sessions[0]?.set('a', 1)
    await sessions[0]?.login('ada')
    expect((await browser.session(primary)).data).toEqual({ a: 1, created: true, 'signed-in': true })
  })
})

describe('an old cookie, while the new cookie of a sign-in or sign-out is on its way', () => {
  const writes: readonly ((session: Session) => Promise<unknown>)[] = [
    (session) => session.set('b', 1),
    (session) => session.update(increment),
    (session) => session.flash('Saved.'),
    (session) => session.local.set('b', 1),
  ]
  const signIn = (session: Session) => session.login('ada')

  async function sendingLate(signs: (session: Session) => Promise<void>, user: string | null = null) {
    let nowMs = 1_800_000_000_000
    const browser = await open({}, memoryStore({ now: () => nowMs }))
    await (await browser.session(primary)).set('cart', ['a'])
    if (user !== null) await (await browser.session(primary)).login(user)
    const before = new Map(browser.jar(primary))
    await signs(await browser.session(primary))
    const after = new Map(browser.jar(primary))
    const send = (jar: typeof before) => {
      for (const [name, cookie] of jar) browser.jar(primary).set(name, cookie)
      return browser.session(primary)
    }
    const later = () => void (nowMs += 10_000)
    return { browser, before, after, send, later }
  }

  test('neither writes nor signs in after a sign-in, and does not undo it: CDS302', async () => {
    const { browser, before, after, send, later } = await sendingLate(signIn)
    for (const write of [...writes, signIn, (session: Session) => session.login('grace')])
      await expect(write(await send(before))).rejects.toMatchObject({ code: 'CDS302' })
    expect(new Map(browser.jar(primary))).toEqual(before)
    later()
    await (await send(before)).set('b', 1)
    expect((await browser.session(primary)).data).toEqual({ b: 1 })
    expect(await send(after)).toMatchObject({ userId: 'ada', data: { cart: ['a'] } })
  })
  test('writes after a sign-out that keeps the data, but sets no cookie and does not sign in: CDS302', async () => {
    const { browser, before, after, send, later } = await sendingLate(
      (session) => session.logout({ keepData: true }),
      'ada',
    )
    for (const write of writes) await write(await send(before))
    await expect(signIn(await send(before))).rejects.toMatchObject({ code: 'CDS302' })
    expect(new Map(browser.jar(primary))).toEqual(before)
    const kept = { cart: ['a'], b: 1, n: 1 }
    expect(await send(after)).toMatchObject({ userId: null, data: kept })
    later()
    // The new cookie is lost: this answer brings another one of the same session.
    await (await send(before)).set('c', 1)
    expect(new Map(browser.jar(primary))).not.toEqual(before)
    for (const session of [await browser.session(primary), await send(after)])
      expect(session.data).toEqual({ ...kept, c: 1 })
  })
})

test('if the answer of an exchange was lost, one of two pages shows the message', async () => {
  const { browser } = await openAsGuest()
  await (await browser.session(primary)).flash('Once.')
  await losingTheAnswer(browser)
  const pages = [
    await browser.session(primary, { canSetCookies: false }),
    await browser.session(primary, { canSetCookies: false }),
  ]
  const taken = []
  for (const page of pages) taken.push(await page.takeFlash())
  expect(taken.flat()).toEqual(['Once.'])
})
