import { describe, expect, test } from 'vitest'
import { memoryStore } from '../../src/stores/memory.js'
import { Deployment, FakeBrowser, primary, secondary, type World } from '../support/fakeBrowser.js'

async function open(world: World = 'allowed') {
  let nowMs = 1_800_000_000_000
  const deployment = new Deployment(memoryStore({ now: () => nowMs }))
  const browser = new FakeBrowser(deployment, world)
  for (const origin of [primary, secondary]) await browser.visit(origin)
  const days = (count: number) => {
    nowMs += count * 86_400_000
    deployment.nowSeconds += count * 86_400
  }
  const users = async () => [
    (await browser.session(primary)).userId,
    (await browser.session(secondary)).userId,
  ]
  return { browser, days, users }
}

describe.each(['allowed', 'blocked'] as const)('third-party cookies %s', (world) => {
  const meet = async (browser: FakeBrowser) =>
    world === 'allowed'
      ? void (await browser.sync(secondary))
      : void (await browser.navigate(`${secondary}/crossdomain/start?return_to=/`))

  for (const [title, origin] of [
    ['primary', primary],
    ['secondary', secondary],
  ] as const) {
    test(`a sign-in on the ${title} that is not remembered is gone on both when the browser closes`, async () => {
      const { browser, users } = await open(world)
      await (await browser.session(origin)).login('ada', { remember: false })
      await meet(browser)
      expect(await users()).toEqual(['ada', 'ada'])
      browser.restart()
      expect(await users()).toEqual([null, null])
    })
  }
  test('a guest who was on the primary before is forgotten with the sign-in', async () => {
    const { browser, users } = await open(world)
    await (await browser.session(primary)).set('cart', ['a'])
    await (await browser.session(secondary)).login('ada', { remember: false })
    await meet(browser)
    await browser.visit(primary)
    expect(await users()).toEqual(['ada', 'ada'])
    browser.restart()
    for (const origin of [primary, secondary]) await browser.visit(origin)
    expect(await users()).toEqual([null, null])
  })
  test('where the primary was never visited, too', async () => {
    const { browser, users } = await open(world)
    browser.jar(primary).clear()
    await (await browser.session(secondary)).login('ada', { remember: false })
    await meet(browser)
    await browser.visit(primary)
    expect(await users()).toEqual(['ada', 'ada'])
    browser.restart()
    expect(await users()).toEqual([null, null])
  })
})

test('a sign-in that is not remembered stays so if an exchange replaces a lost cookie and meets a guest’s cart', async () => {
  const { browser, users } = await open('blocked')
  await (await browser.session(secondary)).set('cart', ['a'])
  await (await browser.session(primary)).login('ada', { remember: false })
  browser.jar(primary).delete('__Host-Http-crossdomain-link')
  await browser.navigate(`${secondary}/crossdomain/start?return_to=/`)
  expect(await users()).toEqual(['ada', 'ada'])
  browser.restart()
  expect(await users()).toEqual([null, null])
})

test('a sign-in that is remembered survives the browser, as a guest does', async () => {
  const { browser, users } = await open()
  await (await browser.session(primary)).login('ada')
  await browser.sync(secondary)
  browser.restart()
  expect(await users()).toEqual(['ada', 'ada'])
})

test('one that is not remembered ends after a day without a request', async () => {
  const { browser, days, users } = await open()
  await (await browser.session(primary)).login('ada', { remember: false })
  days(0.9)
  expect((await users())[0]).toBe('ada')
  days(1.1)
  expect((await users())[0]).toBeNull()
})

test('so many days, and no longer, on both domains', async () => {
  const { browser, days, users } = await open()
  await (await browser.session(secondary)).login('ada', { remember: { days: 90 } })
  await browser.sync(secondary)
  days(89)
  expect(await users()).toEqual(['ada', 'ada'])
  days(1.1)
  expect(await users()).toEqual([null, null])
})

test.each([0, -1, NaN, 1e9])('refuses %d days: CDS110', async (days) => {
  const { browser } = await open()
  await expect((await browser.session(primary)).login('ada', { remember: { days } })).rejects.toMatchObject({
    code: 'CDS110',
  })
})
