import { expect, test } from 'vitest'
import type { SessionEvent } from '../../src/core/events.js'
import { memoryStore } from '../../src/stores/memory.js'
import { Deployment, FakeBrowser, primary, secondary } from '../support/fakeBrowser.js'

async function open(onEvent: (event: SessionEvent) => void | Promise<void>): Promise<FakeBrowser> {
  const browser = new FakeBrowser(new Deployment(memoryStore(), { onEvent }))
  await browser.visit(primary)
  await browser.visit(secondary)
  return browser
}

test('tells the life of a session in order, and never its id', async () => {
  const events: SessionEvent[] = []
  const browser = await open((event) => void events.push(event))
  await (await browser.session(primary)).set('a', 1)
  await (await browser.session(primary)).set('a', 2)
  await (await browser.session(secondary)).set('b', 1)
  await browser.sync(secondary)
  await (await browser.session(secondary)).login('ada')
  await browser.sync(secondary)
  await (await browser.session(primary)).logout()
  await browser.sync(secondary)
  await (await browser.session(secondary)).set('c', 1)
  await (await browser.session(secondary)).destroy()
  expect(events.map((event) => (event.type === 'refused' ? event : [event.type, event.domain, event.userId]))).toEqual([
    ['created', primary, null],
    ['created', secondary, null],
    ['merged', secondary, null],
    ['signed-in', secondary, 'ada'],
    ['signed-out', primary, 'ada'],
    ['created', secondary, null],
    ['ended', secondary, null],
  ])
  const text = JSON.stringify(events)
  for (const jar of browser.jars.values()) for (const { value } of jar.values()) expect(text).not.toContain(value)
})

test('tells why a request of the exchange was refused', async () => {
  const events: SessionEvent[] = []
  const browser = await open((event) => void events.push(event))
  await browser.send(`${primary}/crossdomain/check?claim=junk`, { headers: { origin: secondary, 'sec-fetch-mode': 'cors' } })
  expect(events).toEqual([{ type: 'refused', domain: primary, action: 'check', code: 'CDS405' }])
})

test('a promise is waited for, and an error changes nothing', async () => {
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
