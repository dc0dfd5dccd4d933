import { describe, expect, test } from 'vitest'
import type { SessionEvent } from '../../src/core/events.js'
import { createSessions } from '../../src/core/session/sessions.js'
import { memoryStore } from '../../src/stores/memory.js'
import { Deployment, FakeBrowser, primary, secondary } from '../support/fakeBrowser.js'
import { jarsOf, restore } from '../support/guestMeetsUser.js'
import { secretsOf } from '../support/secretsOf.js'

async function open(
  onEvent: (event: SessionEvent) => void | Promise<void>,
  now: () => number = Date.now,
): Promise<FakeBrowser> {
  const browser = new FakeBrowser(new Deployment(memoryStore({ now }), { onEvent }))
  await browser.visit(primary)
  await browser.visit(secondary)
  return browser
}

/** A listener, and what it was told: type, domain and user of each event. */
function record(): {
  readonly events: SessionEvent[]
  readonly listen: (event: SessionEvent) => void
  readonly told: () => unknown[]
} {
  const events: SessionEvent[] = []
  const told = () =>
    events
      .splice(0)
      .map((event) => (event.type === 'refused' ? event : [event.type, event.domain, event.userId]))
  return { events, listen: (event) => void events.push(event), told }
}

test('tells the life of a session in order, and no id, hash, seal or data', async () => {
  const { events, listen, told } = record()
  let nowMs = 1_800_000_000_000
  const browser = await open(listen, () => nowMs)
  const secrets: string[] = []
  const sync = async () => {
    // All answers have arrived by then.
    nowMs += 11_000
    secrets.push(
      ...(await secretsOf(browser)),
      ...(await secretsOf(browser, (await browser.sync(secondary)).hops)),
    )
  }
  await (await browser.session(primary)).set('a', 'what the visitor wrote')
  await (await browser.session(primary)).set('a', 2)
  await (await browser.session(secondary)).set('b', 1)
  await sync()
  await (await browser.session(secondary)).login('ada')
  await sync()
  await (await browser.session(primary)).logout()
  await sync()
  await (await browser.session(secondary)).set('c', 1)
  secrets.push(...(await secretsOf(browser)))
  await (await browser.session(secondary)).destroy()
  const text = JSON.stringify(events)
  expect(told()).toEqual([
    ['created', primary, null],
    ['created', secondary, null],
    ['merged', secondary, null],
    ['signed-in', secondary, 'ada'],
    ['signed-out', primary, 'ada'],
    ['created', secondary, null],
    ['ended', secondary, null],
  ])
  expect(secrets.length).toBeGreaterThan(50)
  for (const secret of [...secrets, 'what the visitor wrote']) expect(text).not.toContain(secret)
})

test('tells of a first visit that begins with a sign-in, that it is created and signed in', async () => {
  const { listen, told } = record()
  const browser = await open(listen)
  await (await browser.session(primary)).login('ada')
  browser.jar(secondary).clear()
  await (await browser.session(secondary)).login('grace')
  expect(told()).toEqual([
    ['created', primary, 'ada'],
    ['signed-in', primary, 'ada'],
    ['created', secondary, 'grace'],
    ['signed-in', secondary, 'grace'],
  ])
  await (await browser.session(primary)).logout({ keepData: true })
  await (await browser.session(primary)).logout({ keepData: true })
  expect(told()).toEqual([['signed-out', primary, 'ada']])
})

test('tells of no second session if the same user signs in again after a lost answer', async () => {
  const { listen, told } = record()
  let nowMs = 1_800_000_000_000
  const browser = await open(listen, () => nowMs)
  const jars = jarsOf(browser)
  await (await browser.session(primary)).login('ada')
  restore(browser, jars)
  nowMs += 11_000
  await (await browser.session(primary)).login('ada')
  expect(told()).toEqual([
    ['created', primary, 'ada'],
    ['signed-in', primary, 'ada'],
    ['signed-in', primary, 'ada'],
  ])
})

test('tells of no end where nothing was saved, or another tab has ended it before', async () => {
  const { listen, told } = record()
  const browser = await open(listen)
  await (await browser.session(primary)).logout()
  await (await browser.session(secondary)).destroy()
  expect(told()).toEqual([])
  await (await browser.session(primary)).login('ada')
  const jar = new Map(browser.jar(primary))
  await (await browser.session(primary)).logout()
  for (const [name, cookie] of jar) browser.jar(primary).set(name, cookie)
  await (await browser.session(primary)).logout()
  expect(told()).toEqual([
    ['created', primary, 'ada'],
    ['signed-in', primary, 'ada'],
    ['signed-out', primary, 'ada'],
  ])
})

test('tells of a domain that was given the session of the primary, that it is replaced', async () => {
  const { events, listen, told } = record()
  const browser = await open(listen)
  await (await browser.session(primary)).login('ada')
  events.length = 0
  await browser.sync(secondary)
  const { fingerprint } = await browser.session(secondary)
  expect(events).toEqual([{ type: 'replaced', domain: secondary, fingerprint, userId: 'ada' }])
  told()
  await browser.sync(secondary)
  expect(told()).toEqual([])
})

test('tells of a session that moved to the id of a blank primary, although the page shows it already', async () => {
  const { events, listen } = record()
  const browser = await open(listen)
  await (await browser.session(secondary)).set('a', 1)
  events.length = 0
  expect((await browser.sync(secondary)).result).toMatchObject({ result: 'use_current' })
  const { fingerprint } = await browser.session(secondary)
  expect(events).toEqual([{ type: 'merged', domain: secondary, fingerprint, userId: null }])
})

test('tells of a user whose session ended for that of another one', async () => {
  const { events, listen } = record()
  const browser = await open(listen)
  await (await browser.session(primary)).login('ada')
  const ada = await browser.session(primary)
  events.length = 0
  await (await browser.session(primary)).login('bob')
  const bob = await browser.session(primary)
  expect(events).toEqual([
    { type: 'signed-out', domain: primary, fingerprint: ada.fingerprint, userId: 'ada' },
    { type: 'signed-in', domain: primary, fingerprint: bob.fingerprint, userId: 'bob' },
  ])
  await (await browser.session(secondary)).login('grace')
  const grace = await browser.session(secondary)
  events.length = 0
  await browser.sync(secondary)
  expect(events).toEqual([
    { type: 'signed-out', domain: secondary, fingerprint: grace.fingerprint, userId: 'grace' },
    { type: 'replaced', domain: secondary, fingerprint: bob.fingerprint, userId: 'bob' },
  ])
})

test('tells why a request of the exchange was refused', async () => {
  const { events, listen } = record()
  const browser = await open(listen)
  await browser.send(`${primary}/crossdomain/check?claim=junk`, {
    headers: { origin: secondary, 'sec-fetch-mode': 'cors' },
  })
  expect(events).toEqual([{ type: 'refused', domain: primary, action: 'check', code: 'CDS405' }])
})

test('tells of a refusal also where the method is wrong, or no list of domains is known', async () => {
  const { events, listen } = record()
  const browser = await open(listen)
  await browser.send(`${primary}/crossdomain/check`, { method: 'POST' })
  const lost = new FakeBrowser(
    new Deployment(memoryStore(), { onEvent: listen, domains: () => Promise.reject(new Error('no table')) }),
  )
  await lost.send(`${primary}/crossdomain/check?claim=junk`)
  expect(events).toEqual([
    { type: 'refused', domain: primary, action: 'check', code: 'CDS402' },
    { type: 'refused', domain: null, action: 'check', code: 'CDS111' },
  ])
})

describe('what is done to other sessions than that of the request', () => {
  test('is told too, of no domain, one by one', async () => {
    const { events, listen, told } = record()
    const browser = await open(listen)
    const sessions = createSessions(() => browser.deployment.config, browser.deployment.store)
    const phone = new FakeBrowser(browser.deployment)
    for (const device of [browser, phone]) await (await device.session(primary)).login('ada')
    events.length = 0
    const api = await sessions.createApiSession({ userId: 'ada' })
    expect(events).toEqual([{ type: 'created', domain: null, fingerprint: api.fingerprint, userId: 'ada' }])
    told()
    const [own, other] = [await browser.session(primary), await phone.session(primary)]
    await (await sessions.list('ada')).find(({ kind }) => kind === 'api')?.destroy()
    expect(told()).toEqual([['ended', null, 'ada']])
    await sessions.destroyAll('ada', { except: own.fingerprint })
    expect(events).toEqual([
      { type: 'signed-out', domain: null, fingerprint: other.fingerprint, userId: 'ada' },
    ])
    told()
    await sessions.destroyAll('ada')
    await sessions.destroyAll('ada')
    expect(told()).toEqual([['signed-out', null, 'ada']])
  })
})

describe('a listener', () => {
  test('that answers with a promise is waited for, and its error changes nothing', async () => {
    let isDone = false
    const browser = await open(async () => {
      await new Promise((resolve) => setTimeout(resolve, 20))
      isDone = true
      throw new Error('the audit log is full')
    })
    const session = await browser.session(primary)
    await session.set('a', 1)
    expect([isDone, session.data]).toEqual([true, { a: 1 }])
    expect(browser.deployment.errors).toMatchObject([{ message: 'the audit log is full' }])
  })
  test('that answers nothing delays nothing, whatever it began', async () => {
    let isDone = false
    let finish = () => {}
    const began = new Promise<void>((resolve) => (finish = resolve)).then(() => (isDone = true))
    const browser = await open(() => void began)
    const session = await browser.session(primary)
    await session.set('a', 1)
    expect([isDone, session.data]).toEqual([false, { a: 1 }])
    finish()
    await began
    expect(isDone).toBe(true)
  })
  test('that throws at once changes nothing', async () => {
    const browser = await open(() => {
      throw new Error('no audit log')
    })
    await (await browser.session(primary)).set('a', 1)
    expect(browser.deployment.errors).toMatchObject([{ message: 'no audit log' }])
  })
})
