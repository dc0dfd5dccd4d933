// What an attack on the kit before 0.1.0 found: what was acknowledged, and lost. Each fact was false then.
import { describe, expect, test } from 'vitest'
import type { Session } from '../../src/core/session/session.js'
import { navigation, primary, secondary } from '../support/fakeBrowser.js'
import { asItIs } from '../support/guestMeetsUser.js'
import { cors, hop, open, start } from '../support/visitor.js'

const daySeconds = 86_400

type Opened = Awaited<ReturnType<typeof open>>

/** What the visitor has on each domain in the end, when no answer can arrive any more. */
async function inTheEnd({ browser, later }: Pick<Opened, 'browser' | 'later'>) {
  for (let round = 0; round < 3; round++) {
    later(20)
    await browser.navigate(`${secondary}/crossdomain/start?return_to=/`)
  }
  const seen: { user: string | null; data: object }[] = []
  for (const origin of [primary, secondary]) {
    const { userId, data } = await browser.session(origin)
    seen.push({ user: userId, data })
  }
  expect(seen[0]).toEqual(seen[1])
  return seen[0]
}

describe('two requests at once after the session is over', () => {
  const ends: Readonly<Record<string, (opened: Opened, origin: string) => Promise<unknown>>> = {
    'signed out on the other domain': async ({ browser, later }, origin) => {
      await (await browser.session(origin === secondary ? primary : secondary)).logout()
      later(60)
    },
    expired: async ({ later }) => later(31 * daySeconds),
  }
  async function over(how: string, origin: string) {
    const opened = await open()
    const { browser, later } = opened
    await (await browser.session(primary)).login('ada')
    for (let round = 0; round < 2; round++) await browser.navigate(start)
    expect((await browser.session(secondary)).userId).toBe('ada')
    later(30)
    await ends[how]?.(opened, origin)
    expect((await browser.session(origin)).userId).toBeNull()
    return { ...opened, one: asItIs(browser), other: asItIs(browser) }
  }

  const cases = Object.keys(ends).flatMap((how) => [
    [how, 'primary', primary] as const,
    [how, 'secondary', secondary] as const,
  ])
  test.each(cases)('both keep their writes: %s, on the %s', async (how, _, origin) => {
    const { browser, one, other } = await over(how, origin)
    await Promise.all([
      one.browser.session(origin).then((session) => session.set('a', 1)),
      other.browser.session(origin).then((session) => session.set('b', 1)),
    ])
    one.receive()
    other.receive()
    expect((await browser.session(origin)).data).toEqual({ a: 1, b: 1 })
  })
  test.each(cases)(
    'do not undo a sign-in, if one is a write that began before it: %s, on the %s',
    async (how, _, origin) => {
      const { browser, one, other } = await over(how, origin)
      const late = await one.browser.session(origin)
      await (await other.browser.session(origin)).login('ada')
      other.receive()
      await expect(late.set('seen', 1)).rejects.toMatchObject({ code: 'CDS302' })
      one.receive()
      expect((await browser.session(origin)).userId).toBe('ada')
    },
  )
})

describe.each([
  ['primary', primary],
  ['secondary', secondary],
])('two requests at once without any cookie, on the %s', (_, origin) => {
  test('make two sessions, and the browser keeps the one whose answer arrives last', async () => {
    const { browser } = await open([])
    const [one, other] = [asItIs(browser), asItIs(browser)]
    await (await one.browser.session(origin)).set('a', 1)
    await (await other.browser.session(origin)).set('b', 1)
    other.receive()
    one.receive()
    expect((await browser.session(origin)).data).toEqual({ a: 1 })
  })
  test('both keep their writes if a page gave the browser a cookie before', async () => {
    const { browser } = await open([origin])
    const [one, other] = [asItIs(browser), asItIs(browser)]
    await Promise.all([
      one.browser.session(origin).then((session) => session.set('a', 1)),
      other.browser.session(origin).then((session) => session.set('b', 1)),
    ])
    other.receive()
    one.receive()
    expect((await browser.session(origin)).data).toEqual({ a: 1, b: 1 })
  })
})

describe('a late answer undoes nothing:', () => {
  const cart = { cart: ['boots'] }
  const signing: Readonly<Record<string, (session: Session) => Promise<unknown>>> = {
    'a sign-in': (session) => session.login('ada'),
    'a sign-out that keeps the data': (session) => session.logout({ keepData: true }),
  }

  // The new cookie of the primary could arrive after that of the sign-in, and would take it away.
  test.each(Object.keys(signing))(
    '`check`, while a guest becomes a user: %s is refused meanwhile, and the cart stays',
    async (what) => {
      const opened = await open()
      const { browser } = opened
      await (await browser.session(primary)).set('cart', cart.cart)
      await (await browser.session(secondary)).login('ada')
      const claimed = await hop(browser, start)
      const slow = asItIs(browser)
      const ticket = await hop(slow.browser, claimed)
      await expect(signing[what]?.(await browser.session(primary))).rejects.toMatchObject({ code: 'CDS302' })
      slow.receive()
      await hop(browser, ticket)
      expect(await inTheEnd(opened)).toEqual({ user: 'ada', data: cart })
    },
  )

  test.each([
    [
      'a first write',
      (session: Session) => session.set('cart', cart.cart),
      { user: null, data: { s: 1, ...cart } },
    ],
    ['a sign-in', (session: Session) => session.login('ada'), { user: 'ada', data: { s: 1 } }],
  ] as const)('`check`, if the browser is new to the primary: %s is kept', async (_, act, expected) => {
    const opened = await open([secondary])
    const { browser } = opened
    await (await browser.session(secondary)).set('s', 1)
    const claimed = await hop(browser, start)
    const slow = asItIs(browser)
    const ticket = await hop(slow.browser, claimed)
    await browser.visit(primary)
    await act(await browser.session(primary))
    slow.receive()
    await hop(browser, ticket)
    expect(await inTheEnd(opened)).toEqual(expected)
  })

  test('`replace`, while two navigations overlap: a sign-in is refused at first, and then kept with the cart', async () => {
    const opened = await open()
    const { browser, later } = opened
    await (await browser.session(primary)).set('cart', cart.cart)
    const ticket = await hop(browser, await hop(browser, start))
    const slow = asItIs(browser)
    await hop(slow.browser, ticket)
    await browser.navigate(start)
    await expect((await browser.session(secondary)).login('ada')).rejects.toMatchObject({ code: 'CDS302' })
    slow.receive()
    later(11)
    await (await browser.session(secondary)).login('ada')
    expect(await browser.session(secondary)).toMatchObject({ userId: 'ada', data: cart })
    expect(await inTheEnd(opened)).toEqual({ user: 'ada', data: cart })
  })

  test.each(['navigation', 'fetch'])(
    '`check` by %s, after a sign-in on the secondary: a write on the primary is refused, and not lost',
    async (by) => {
      const opened = await open()
      const { browser, later, deployment } = opened
      await (await browser.session(primary)).set('cart', cart.cart)
      for (let round = 0; round < 2; round++) await browser.navigate(start)
      later(60)
      await (await browser.session(secondary)).login('ada')
      const site = { ...cors, 'sec-fetch-site': 'cross-site', origin: secondary }
      const began =
        by === 'navigation'
          ? await browser.send(start, { headers: navigation })
          : await browser.send(`${secondary}/crossdomain/start`, {
              method: 'POST',
              headers: { ...site, 'sec-fetch-site': 'same-origin' },
            })
      const slow = asItIs(browser)
      const checked = await slow.browser.send(
        began.headers.get('location') ?? '',
        by === 'navigation'
          ? { headers: navigation }
          : { headers: { ...site, 'sec-fetch-storage-access': 'active' }, jar: 'none-cookies' },
      )
      const before = [...deployment.sessionsWritten]
      const wish = (await browser.session(primary)).set('wish', 'socks')
      await expect(wish).rejects.toMatchObject({ code: 'CDS302' })
      expect(deployment.sessionsWritten).toEqual(before)
      slow.receive()
      await browser.send(checked.headers.get('location') ?? '', {
        headers: by === 'navigation' ? navigation : { ...site, origin: 'null' },
      })
      await (await browser.session(primary)).set('wish', 'socks')
      expect(await inTheEnd(opened)).toEqual({ user: 'ada', data: { ...cart, wish: 'socks' } })
    },
  )
})

describe('a sign-in whose answer was lost', () => {
  async function losing() {
    const opened = await open()
    const { browser } = opened
    await (await browser.session(primary)).set('cart', ['a'])
    await (await asItIs(browser).browser.session(primary)).login('ada')
    expect((await browser.session(primary)).userId).toBeNull()
    return opened
  }

  test('costs no cart: after ten seconds, the same user signs in again and has the session back', async () => {
    const { browser, later, store } = await losing()
    await expect((await browser.session(primary)).login('ada')).rejects.toMatchObject({ code: 'CDS302' })
    later(10)
    await (await browser.session(primary)).login('ada')
    expect(await browser.session(primary)).toMatchObject({ userId: 'ada', data: { cart: ['a'] } })
    expect((await store.listUser('ada')).rows).toHaveLength(1)
  })
  test('gives nothing to another user who signs in with the same cookie', async () => {
    const { browser, later, store } = await losing()
    later(10)
    await (await browser.session(primary)).login('eve')
    expect(await browser.session(primary)).toMatchObject({ userId: 'eve', data: {} })
    expect(JSON.stringify((await store.listUser('ada')).rows)).toContain('cart')
  })
})
