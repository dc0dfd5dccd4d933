import { beforeEach, describe, expect, test } from 'vitest'
import { parseOrigin } from '../../src/core/domains/origin.js'
import { placeOf } from '../../src/core/domains/place.js'
import { cookieNames, readSessionCookie } from '../../src/core/request/cookies.js'
import { seal } from '../../src/core/values/seal.js'
import { memoryStore } from '../../src/stores/memory.js'
import { Deployment, FakeBrowser, primary, secondary, type World } from '../support/fakeBrowser.js'

const formerNames = { session: '__Host-crossdomain', link: '__Host-crossdomain-link' }

let deployment: Deployment
let browser: FakeBrowser
beforeEach(() => open('allowed'))
function open(world: World): void {
  deployment = new Deployment(memoryStore({ now: () => deployment.nowSeconds * 1000 }))
  browser = new FakeBrowser(deployment, world)
}

/** Leaves the browser with the cookies that a server set before they had their present names. */
async function beforeTheUpgrade(): Promise<void> {
  const { config } = deployment
  for (const origin of [primary, secondary]) {
    const jar = browser.jar(origin)
    const place = placeOf(config, await config.domains(), parseOrigin(origin))
    for (const which of ['session', 'link'] as const) {
      const name = cookieNames(place)[which]
      const stored = jar.get(name)
      const cookie = await readSessionCookie(config, jar, place, which)
      if (stored === undefined || cookie === null) continue
      const { isOutdated: _, ...payload } = cookie
      const value = await seal(config, which === 'session' ? 'cookie' : 'link', payload, 86_400)
      jar.delete(name)
      jar.set(formerNames[which], { ...stored, value })
    }
  }
}

const namesOf = (origin: string) => Object.keys(browser.cookies(origin)).sort()

describe('a visitor whose cookies have their former names', () => {
  async function ada(): Promise<void> {
    for (const origin of [primary, secondary]) await browser.visit(origin)
    await (await browser.session(primary)).login('ada')
    await meet()
    await beforeTheUpgrade()
  }
  async function meet(): Promise<void> {
    const { outcome } = await browser.sync(secondary)
    if (outcome.result === 'navigate') await browser.navigate(`${secondary}/crossdomain/start?return_to=/`)
  }

  test('stays signed in, and a page changes no cookie', async () => {
    await ada()
    const before = [primary, secondary].map(namesOf)
    expect(before).toEqual([
      ['__Host-crossdomain', '__Host-crossdomain-link'],
      ['__Host-crossdomain', '__Host-crossdomain-sync'],
    ])
    for (const origin of [primary, secondary]) {
      await browser.visit(origin)
      expect((await browser.session(origin)).userId).toBe('ada')
    }
    expect([primary, secondary].map(namesOf)).toEqual(before)
  })
  test('has them under their present names after a write', async () => {
    await ada()
    for (const origin of [primary, secondary]) await (await browser.session(origin)).set(origin, 1)
    expect([primary, secondary].map(namesOf)).toEqual([
      ['__Host-Http-crossdomain', '__Host-Http-crossdomain-link'],
      ['__Host-Http-crossdomain', '__Host-crossdomain-sync'],
    ])
    for (const origin of [primary, secondary])
      expect(await browser.session(origin)).toMatchObject({
        userId: 'ada',
        data: { [primary]: 1, [secondary]: 1 },
      })
  })
  test.each<World>(['allowed', 'inactive', 'blocked', 'partitioned', 'absent', 'withheld', 'itp'])(
    'has them under their present names after an exchange, in a browser of the kind %s',
    async (world) => {
      open(world)
      await ada()
      await meet()
      expect(namesOf(secondary)).toEqual(['__Host-Http-crossdomain', '__Host-crossdomain-sync'])
      for (const origin of [primary, secondary])
        expect((await browser.session(origin)).userId, origin).toBe('ada')
    },
  )
  test('is signed out by a sign-out, and keeps nothing that opens the session', async () => {
    await ada()
    const copy = new FakeBrowser(
      deployment,
      'allowed',
      new Map([...browser.jars].map(([o, jar]) => [o, new Map(jar)])),
    )
    await (await browser.session(secondary)).destroy()
    expect(namesOf(secondary)).toEqual([])
    for (const visitor of [browser, copy])
      for (const origin of [primary, secondary]) expect((await visitor.session(origin)).userId).toBeNull()
  })
})

test('a cookie of today is worth nothing under its former name, which script can set', async () => {
  const attacker = new FakeBrowser(deployment)
  await attacker.visit(secondary)
  await (await attacker.session(secondary)).login('grace')
  const value = attacker.cookies(secondary)['__Host-Http-crossdomain'] ?? ''
  await browser.visit(primary)
  await (await browser.session(primary)).set('cart', ['boots'])
  browser.jar(secondary).set('__Host-crossdomain', { value, sameSite: 'lax', isTransient: false })

  expect((await browser.session(secondary)).userId).toBeNull()
  await browser.navigate(`${secondary}/crossdomain/start?return_to=/`)
  for (const origin of [primary, secondary])
    expect(await browser.session(origin), origin).toMatchObject({ userId: null, data: { cart: ['boots'] } })
})
