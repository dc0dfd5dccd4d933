import { describe, expect, test } from 'vitest'
import type { ConsentRequest } from '../../src/core/config.js'
import { memoryStore } from '../../src/stores/memory.js'
import { Deployment, FakeBrowser, primary, secondary, type World } from '../support/fakeBrowser.js'

test('without consent there is no cookie, no redirect and no row', async () => {
  const deployment = new Deployment(memoryStore(), { mayCreateSession: () => false })
  const browser = new FakeBrowser(deployment)
  for (const origin of [primary, secondary]) await browser.visit(origin)
  expect([browser.cookies(primary), browser.cookies(secondary)]).toEqual([{}, {}])
  expect((await browser.sync(secondary)).result).toEqual({ result: 'error', code: 'CDS415' })
  expect((await browser.navigate(`${secondary}/crossdomain/start`)).hops.map(({ response }) => response.status)).toEqual([403])
  await expect((await browser.session(secondary)).set('a', 1)).rejects.toMatchObject({ code: 'CDS206' })
  expect(deployment.calls).toEqual([])
})

describe.each(['lax', 'none'] as const)('consent in a cookie of each domain, SameSite=%s', (sameSite) => {
  const mayCreateSession = ({ cookies }: ConsentRequest) => cookies.get('consent')?.value === 'yes'
  const agree = (browser: FakeBrowser, origin: string) => browser.jar(origin).set('consent', { value: 'yes', sameSite, isTransient: false })

  test.each<World>(['allowed', 'inactive', 'blocked', 'partitioned', 'absent', 'withheld', 'itp'])('domains meet where both have it: %s', async (world) => {
    const browser = new FakeBrowser(new Deployment(memoryStore(), { mayCreateSession }), world)
    for (const origin of [primary, secondary]) {
      agree(browser, origin)
      await browser.visit(origin)
    }
    await (await browser.session(primary)).set('p', 1)
    const { result } = await browser.sync(secondary)
    // A fetch need not bring the cookie that says it, so its absence says nothing.
    if ((result as { result: string }).result === 'navigate') {
      expect((await browser.navigate(`${secondary}/crossdomain/start?return_to=/`)).url).toBe(`${secondary}/#crossdomain=replaced`)
    } else expect(result).toEqual({ result: 'replaced' })
    expect((await browser.session(secondary)).data).toEqual({ p: 1 })
  })

  test('the primary sets nothing where only the other domain has it', async () => {
    const browser = new FakeBrowser(new Deployment(memoryStore(), { mayCreateSession }))
    agree(browser, secondary)
    await browser.visit(secondary)
    expect((await browser.sync(secondary)).result).toEqual({ result: 'navigate' })
    expect((await browser.navigate(`${secondary}/crossdomain/start?return_to=/`)).url).toBe(`${secondary}/#crossdomain=CDS415`)
    expect(browser.cookies(primary)).toEqual({})
  })
})

describe('consent that is taken back', () => {
  async function open() {
    let answer: () => boolean = () => true
    const deployment = new Deployment(memoryStore(), { mayCreateSession: () => answer() })
    const browser = new FakeBrowser(deployment)
    for (const origin of [primary, secondary]) await browser.visit(origin)
    const live = async () => (await deployment.store.listUser('ada')).length
    return { deployment, browser, live, set: (next: () => boolean) => (answer = next) }
  }

  test('removes cookies and row by the exchange', async () => {
    const { browser, live, set } = await open()
    await (await browser.session(secondary)).login('ada')
    set(() => false)
    expect((await browser.sync(secondary)).result).toEqual({ result: 'error', code: 'CDS415' })
    expect([browser.cookies(secondary), await live()]).toEqual([{}, 0])
  })

  test('removes the cookies by the middleware, and the render of that page still knows what to end', async () => {
    const { deployment, browser, set } = await open()
    await (await browser.session(primary)).login('ada')
    set(() => false)
    const cookie = browser.cookies(primary)['__Host-crossdomain']
    const response = await browser.visit(primary)
    expect(browser.cookies(primary)).toEqual({})
    // How Next.js hands request headers from middleware to the page.
    expect(response.headers.get('x-middleware-request-cookie')).toContain(`__Host-crossdomain=${cookie}`)
    expect(deployment.errors).toEqual([])
  })

  test('is not what a link from another site says, which brings no strict cookie', async () => {
    const { browser, set } = await open()
    await (await browser.session(primary)).login('ada')
    set(() => false)
    await browser.visit(primary, { 'sec-fetch-site': 'cross-site' })
    set(() => true)
    expect((await browser.session(primary)).userId).toBe('ada')
  })

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
