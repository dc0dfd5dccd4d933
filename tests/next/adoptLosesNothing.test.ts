import { describe, expect, test } from 'vitest'
import type { Adopted } from '../../src/core/adoption.js'
import type { ConsentRequest } from '../../src/core/consent.js'
import type { Options } from '../../src/core/config.js'
import { memoryStore } from '../../src/stores/memory.js'
import { Deployment, FakeBrowser, primary, secondary } from '../support/fakeBrowser.js'

// What can go wrong on the day of the switch, and must lose nothing.

const page = { canSetCookies: false }
function open(options: Options = {}) {
  let isFailing = false
  const adopt = async (request: ConsentRequest): Promise<Adopted | null> => {
    if (isFailing) throw new Error('connection reset')
    const old = request.cookies.get('old')
    return old === undefined ? null : (JSON.parse(old.value) as Adopted)
  }
  const now = (): number => deployment.nowSeconds * 1000
  const deployment: Deployment = new Deployment(memoryStore({ now }), { adopt, ...options })
  const browser = new FakeBrowser(deployment)
  return { deployment, browser, fail: (is: boolean) => void (isFailing = is) }
}
function bring(browser: FakeBrowser, origin: string, old: unknown): void {
  browser.jar(origin).set('old', { value: JSON.stringify(old), sameSite: 'lax', isTransient: false })
}
async function shown(browser: FakeBrowser, origin: string) {
  await browser.visit(origin)
  const { userId, data } = await browser.session(origin, page)
  return { userId, data }
}
describe('a first request that is no page', () => {
  test('an action of a page that was open on the day of the switch keeps user and cart', async () => {
    const { browser } = open()
    bring(browser, primary, { userId: 'ada', data: { cart: ['boots'] } })
    await (await browser.session(primary)).set('seen', true)
    expect(await shown(browser, primary)).toEqual({ userId: 'ada', data: { cart: ['boots'], seen: true } })
  })
  test('the same for a guest', async () => {
    const { browser } = open()
    bring(browser, primary, { data: { cart: ['boots'] } })
    await (await browser.session(primary)).set('seen', true)
    expect(await shown(browser, primary)).toEqual({ userId: null, data: { cart: ['boots'], seen: true } })
  })
})

test('one failure of adopt in a request that writes does not lose the old session', async () => {
  const { browser, fail } = open()
  bring(browser, primary, { userId: 'ada', data: { cart: ['boots'] } })
  await browser.visit(primary)
  fail(true)
  await (await browser.session(primary)).set('seen', true)
  fail(false)
  expect(await shown(browser, primary)).toEqual({ userId: 'ada', data: { cart: ['boots'], seen: true } })
})

test('a lost answer to the adoption of a user loses nothing', async () => {
  const { browser, deployment } = open()
  bring(browser, primary, { userId: 'ada', data: { cart: ['boots'] } })
  await browser.visit(primary)
  const before = [...browser.jar(primary)]
  await browser.session(primary)
  browser.jar(primary).clear()
  for (const [name, cookie] of before) browser.jar(primary).set(name, cookie)
  deployment.nowSeconds += 60
  expect(await shown(browser, primary)).toEqual({ userId: 'ada', data: { cart: ['boots'] } })
  await (await browser.session(primary)).set('a', 1)
  expect((await shown(browser, primary)).userId).toBe('ada')
})

test('a lost answer of `start` loses nothing', async () => {
  const { browser, deployment } = open()
  bring(browser, secondary, { userId: 'ada', data: { cart: ['boots'] } })
  await browser.visit(secondary)
  const before = [...browser.jar(secondary)]
  await browser.send(`${secondary}/crossdomain/start?new`, {
    headers: { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty', 'sec-fetch-site': 'same-origin' },
  })
  browser.jar(secondary).clear()
  for (const [name, cookie] of before) browser.jar(secondary).set(name, cookie)
  deployment.nowSeconds += 60
  expect(await shown(browser, secondary)).toEqual({ userId: 'ada', data: { cart: ['boots'] } })
})

test.each<[string, unknown]>([
  ['an empty object', {}],
  ['a guest without data', { userId: null, data: {} }],
])('%s is no old session, and nothing is written (rule 11)', async (_, old) => {
  const { browser, deployment } = open()
  bring(browser, primary, old)
  await shown(browser, primary)
  expect(deployment.sessionsWritten).toEqual([])
})

test('what is left out because it is too large is told', async () => {
  const { browser } = open({ maxMergedBytes: 100 })
  await browser.visit(primary)
  // The session existed before `adopt` counted here: another domain has begun it.
  await browser.visit(secondary)
  await (await browser.session(secondary)).set('a', 'x'.repeat(90))
  bring(browser, secondary, { data: { b: 'y'.repeat(90) } })
  await shown(browser, secondary)
  await browser.sync(secondary)
  bring(browser, primary, { data: { c: 'z'.repeat(90) } })
  browser.jar(secondary).delete('old')
  const { data } = await shown(browser, primary)
  const types = browser.events.map(({ type }) => type)
  expect([Object.keys(data), types.includes('left-out')]).toEqual([Object.keys(data), !('c' in data)])
})

test('of two users nothing is merged, and no event says so', async () => {
  const { browser } = open()
  bring(browser, secondary, { userId: 'ada', data: {} })
  await shown(browser, secondary)
  await browser.sync(secondary)
  await browser.visit(primary)
  browser.events.length = 0
  bring(browser, primary, { userId: 'bob', data: { x: 1 } })
  expect(await shown(browser, primary)).toMatchObject({ userId: 'ada', data: {} })
  expect(browser.events.map(({ type }) => type)).toEqual([])
})

test('an exchange over the limit takes nothing over', async () => {
  const { browser, deployment } = open({ mayExchange: () => false })
  bring(browser, secondary, { data: { a: 1 } })
  await browser.visit(secondary)
  await browser.sync(secondary)
  expect(deployment.written).toEqual([])
})

test('a user whose old cookie goes with the browser is not remembered for 400 days', async () => {
  const { browser } = open()
  bring(browser, primary, { userId: 'ada', remember: false })
  await browser.visit(primary)
  await browser.session(primary)
  browser.jar(primary).delete('old')
  browser.restart()
  expect((await shown(browser, primary)).userId).toBe(null)
})

test('a service worker that passes a navigation on writes nothing', async () => {
  const { browser, deployment } = open()
  bring(browser, secondary, { userId: 'ada', data: { a: 1 } })
  await browser.visit(secondary)
  const response = await browser.send(`${secondary}/crossdomain/start?return_to=/`, {
    headers: { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'empty', 'sec-fetch-site': 'same-origin' },
  })
  expect([response.status, deployment.written.length, response.headers.getSetCookie().length]).toEqual([
    303, 0, 0,
  ])
})

test.each<[string, unknown]>([
  ['a number as the user', { userId: 7 }],
  ['a list', ['boots']],
  ['a text', 'ada'],
  ['data that is nested 5,000 times', { data: { a: JSON.parse('['.repeat(5000) + ']'.repeat(5000)) } }],
  ['a key of a message', { data: { '~flash:x': { at: 1, message: 'you won' } } }],
])('%s is told, and taken over by nobody: CDS120', async (_, old) => {
  const { browser, deployment } = open({ adopt: () => old as Adopted })
  expect(await shown(browser, primary)).toEqual({ userId: null, data: {} })
  expect(deployment.errors).toMatchObject([{ code: 'CDS120' }])
})
