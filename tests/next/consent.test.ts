import { describe, expect, test, vi } from 'vitest'
import type { ConsentRequest } from '../../src/core/consent.js'
import { memoryStore } from '../../src/stores/memory.js'
import type { SessionEvent } from '../../src/core/events.js'
import type { Store } from '../../src/core/store/store.js'
import { createCrossDomainSession } from '../../src/index.js'
import {
  Deployment,
  FakeBrowser,
  navigation,
  primary,
  secondary,
  secret,
  type World,
} from '../support/fakeBrowser.js'
import { jarsOf, openAsGuest, restore } from '../support/guestMeetsUser.js'
import { beginRequest } from '../support/nextHeaders.js'

vi.mock('next/headers.js', () => import('../support/nextHeaders.js'))
vi.mock('next/server.js', async (original) => ({
  ...(await original<object>()),
  ...(await import('../support/nextHeaders.js')).server,
}))

test('without consent there is no cookie, no redirect and no row', async () => {
  const deployment = new Deployment(memoryStore(), { mayCreateSession: () => false })
  const browser = new FakeBrowser(deployment)
  for (const origin of [primary, secondary]) await browser.visit(origin)
  expect([browser.cookies(primary), browser.cookies(secondary)]).toEqual([{}, {}])
  expect((await browser.sync(secondary)).result).toEqual({ result: 'error', code: 'CDS415' })
  expect(
    (await browser.navigate(`${secondary}/crossdomain/start`)).hops.map(({ response }) => response.status),
  ).toEqual([403])
  await expect((await browser.session(secondary)).set('a', 1)).rejects.toMatchObject({ code: 'CDS206' })
  expect(deployment.calls).toEqual([])
})

test('a link that leads through the exchange, and is followed after consent was taken back, ends on its page', async () => {
  let hasConsent = true
  const browser = new FakeBrowser(new Deployment(memoryStore(), { mayCreateSession: () => hasConsent }))
  await browser.visit(secondary)
  hasConsent = false
  const answer = await browser.send(`${secondary}/crossdomain/start?return_to=/cart`, {
    headers: { ...navigation, 'sec-fetch-site': 'same-origin' },
  })
  expect([answer.status, answer.headers.get('location')]).toEqual([303, '/cart'])
  expect(browser.cookies(secondary)).toEqual({})
})

describe.each(['lax', 'none'] as const)('consent in a cookie of each domain, SameSite=%s', (sameSite) => {
  const mayCreateSession = ({ cookies }: ConsentRequest) => cookies.get('consent')?.value === 'yes'
  const agree = (browser: FakeBrowser, origin: string) =>
    browser.jar(origin).set('consent', { value: 'yes', sameSite, isTransient: false })

  test.each<World>(['allowed', 'inactive', 'blocked', 'partitioned', 'absent', 'withheld', 'itp'])(
    'domains meet where both have it: %s',
    async (world) => {
      const browser = new FakeBrowser(new Deployment(memoryStore(), { mayCreateSession }), world)
      for (const origin of [primary, secondary]) {
        agree(browser, origin)
        await browser.visit(origin)
      }
      await (await browser.session(primary)).set('p', 1)
      const { result } = await browser.sync(secondary)
      // A fetch need not bring the cookie that says it, so its absence says nothing.
      if ((result as { result: string }).result === 'navigate') {
        expect((await browser.navigate(`${secondary}/crossdomain/start?return_to=/`)).url).toBe(
          `${secondary}/#crossdomain=replaced`,
        )
      } else expect(result).toEqual({ result: 'replaced' })
      expect((await browser.session(secondary)).data).toEqual({ p: 1 })
    },
  )

  test('the primary sets nothing where only the other domain has it', async () => {
    const browser = new FakeBrowser(new Deployment(memoryStore(), { mayCreateSession }))
    agree(browser, secondary)
    await browser.visit(secondary)
    expect((await browser.sync(secondary)).result).toEqual({ result: 'navigate' })
    expect((await browser.navigate(`${secondary}/crossdomain/start?return_to=/`)).url).toBe(
      `${secondary}/#crossdomain=CDS415`,
    )
    expect(browser.cookies(primary)).toEqual({})
  })
})

describe('consent that is taken back', () => {
  async function open() {
    let answer: () => boolean = () => true
    const events: SessionEvent[] = []
    const deployment = new Deployment(memoryStore(), {
      mayCreateSession: () => answer(),
      onEvent: (event) => void events.push(event),
    })
    const browser = new FakeBrowser(deployment)
    for (const origin of [primary, secondary]) await browser.visit(origin)
    const live = async () => (await deployment.store.listUser('ada')).rows.length
    return { deployment, browser, events, live, set: (next: () => boolean) => (answer = next) }
  }

  test('removes cookies and row by the exchange', async () => {
    const { browser, live, set } = await open()
    await (await browser.session(secondary)).login('ada')
    set(() => false)
    expect((await browser.sync(secondary)).result).toEqual({ result: 'error', code: 'CDS415' })
    expect([browser.cookies(secondary), await live()]).toEqual([{}, 0])
  })

  test.each([
    ['ada', 'signed-out'],
    [null, 'ended'],
  ] as const)('is told by the exchange to the application: of %s, %s', async (userId, type) => {
    const { browser, events, set } = await open()
    const session = await browser.session(secondary)
    await (userId === null ? session.set('a', 1) : session.login(userId))
    events.length = 0
    set(() => false)
    await browser.sync(secondary)
    expect(events).toEqual([
      { type, domain: secondary, fingerprint: session.fingerprint, userId },
      { type: 'refused', domain: secondary, action: 'start', code: 'CDS415' },
    ])
  })

  test('removes the cookies by the middleware, and the render of that page still knows what to end', async () => {
    const { deployment, browser, set } = await open()
    await (await browser.session(primary)).login('ada')
    set(() => false)
    const cookie = browser.cookies(primary)['__Host-Http-crossdomain']
    const response = await browser.visit(primary)
    expect(browser.cookies(primary)).toEqual({})
    // How Next.js hands request headers from middleware to the page.
    expect(response.headers.get('x-middleware-request-cookie')).toContain(`__Host-Http-crossdomain=${cookie}`)
    expect(deployment.errors).toEqual([])
  })

  test('removes by the middleware also what a fetch of another domain has left on the primary alone', async () => {
    const { browser, set } = await open()
    browser.jar(primary).clear()
    await browser.sync(secondary)
    expect(Object.keys(browser.cookies(primary))).toEqual(['__Host-Http-crossdomain-link'])
    set(() => false)
    await browser.visit(primary)
    expect(browser.cookies(primary)).toEqual({})
  })

  test.each([primary, secondary])(
    'removes the cookies by a script of a page that renders: %s',
    async (origin) => {
      const { browser, set } = await open()
      await (await browser.session(origin)).login('ada')
      const script = (site = 'same-origin') =>
        browser.send(`${origin}/crossdomain/ended?session=withdrawn-unknown`, {
          headers: { 'sec-fetch-site': site, 'sec-fetch-dest': 'script' },
        })
      const before = browser.cookies(origin)
      await script()
      set(() => false)
      expect((await script('cross-site')).status).toBe(origin === primary ? 400 : 403)
      // Nor does a page that another site shows in a frame, where consent in a `Lax` cookie stays away.
      await browser.send(`${origin}/crossdomain/ended?session=withdrawn`, {
        headers: {
          'sec-fetch-site': 'same-origin',
          'sec-fetch-dest': 'script',
          'sec-fetch-storage-access': 'active',
        },
      })
      expect(browser.cookies(origin)).toEqual(before)
      expect(await (await script()).text()).toContain('dispatchEvent')
      expect(browser.cookies(origin)).toEqual({})
    },
  )

  test('removes also what is left of the other role, where another domain is the primary now', async () => {
    const { browser, deployment, set } = await open()
    const left = browser.cookies(primary)['__Host-Http-crossdomain-link'] ?? ''
    browser
      .jar(secondary)
      .set('__Host-Http-crossdomain-link', { value: left, sameSite: 'none', isTransient: false })
    set(() => false)
    await browser.visit(secondary)
    expect([browser.cookies(secondary), deployment.errors]).toEqual([{}, []])
  })

  test('leaves no row where nothing was saved', async () => {
    const { browser, deployment, set } = await open()
    set(() => false)
    await browser.sync(secondary)
    expect([browser.cookies(secondary), deployment.calls.filter((name) => name !== 'read')]).toEqual([{}, []])
  })

  test('is not what a link from another site says, which brings no strict cookie', async () => {
    const { browser, set } = await open()
    await (await browser.session(primary)).login('ada')
    set(() => false)
    await browser.visit(primary, { 'sec-fetch-site': 'cross-site' })
    set(() => true)
    expect((await browser.session(primary)).userId).toBe('ada')
  })

  test('removes the row by the exchange also where another one has just made it part of the primary’s', async () => {
    const { browser, live, set } = await open()
    await (await browser.session(secondary)).login('ada')
    const jars = jarsOf(browser)
    await browser.sync(secondary)
    restore(browser, jars)
    set(() => false)
    await browser.sync(secondary)
    expect(await live()).toBe(0)
  })

  test.each([false, true])(
    'ends no session of a user by the old cookie of a guest, where the user comes meanwhile: %s',
    async (isMeanwhile) => {
      const { browser, deployment } = await openAsGuest()
      const thief = new FakeBrowser(deployment)
      restore(thief, jarsOf(browser))
      const begun = await browser.send(`${secondary}/crossdomain/start?return_to=/`, { headers: navigation })
      const checked = await browser.send(begun.headers.get('location') ?? '', { headers: navigation })
      let comes: (() => Promise<unknown>) | null = isMeanwhile
        ? () => browser.navigate(checked.headers.get('location') ?? '')
        : null
      const meanwhile = async () => {
        const come = comes
        comes = null
        await come?.()
      }
      const { store } = deployment
      const held: Store = {
        ...memoryStore(),
        read: (...all) => store.read(...all),
        swap: async (...all) => meanwhile().then(() => store.swap(...all)),
      }
      const kit = createCrossDomainSession({
        primary,
        domains: [primary, secondary],
        secret,
        store: held,
        mayCreateSession: () => false,
      })
      // The seals of the deployment above are dated by its own clock.
      vi.useFakeTimers({ now: deployment.nowSeconds * 1000, toFake: ['Date'] })
      beginRequest({ host: new URL(primary).host, cookies: thief.cookies(primary) })
      await kit.getSession()
      vi.useRealTimers()
      expect((await store.listUser('ada')).rows).toHaveLength(1)
      expect((await browser.session(primary)).userId).toBe(isMeanwhile ? 'ada' : null)
      // Where nobody came, what the guest had is gone, as was asked for.
      expect((await browser.session(primary)).data).toEqual(isMeanwhile ? { cart: ['a'] } : {})
    },
  )

  test('is not what a hook says that throws', async () => {
    const { browser, set } = await open()
    await (await browser.session(secondary)).set('s', 1)
    set(() => {
      throw new Error('the consent service is down')
    })
    for (const origin of [primary, secondary]) await browser.visit(origin)
    await browser.sync(secondary)
    expect((await browser.session(secondary)).data).toEqual({ s: 1 })
  })
})
