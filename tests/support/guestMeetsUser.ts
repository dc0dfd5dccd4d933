import { expect } from 'vitest'
import type { Options } from '../../src/core/config.js'
import type { Store } from '../../src/core/store.js'
import { memoryStore } from '../../src/stores/memory.js'
import { Deployment, FakeBrowser, navigation, primary, secondary, third } from './fakeBrowser.js'

/** Primary and third share a guest's cart; the secondary is signed in. */
export async function openAsGuest(change: (store: Store) => Partial<Store> = () => ({}), options: Options = {}) {
  let nowMs = 1_800_000_000_000
  const inner = memoryStore({ now: () => nowMs })
  const deployment = new Deployment({ ...inner, ...change(inner) }, options)
  const browser = new FakeBrowser(deployment)
  for (const origin of [primary, secondary, third]) await browser.visit(origin)
  await (await browser.session(primary)).set('cart', ['a'])
  await browser.sync(third)
  await (await browser.session(secondary)).login('ada')
  const later = (seconds: number) => {
    nowMs += seconds * 1000
    deployment.nowSeconds += seconds
  }
  return { deployment, browser, later }
}

export const jarsOf = (browser: FakeBrowser) => new Map([...browser.jars].map(([origin, jar]) => [origin, new Map(jar)]))
export const restore = (browser: FakeBrowser, jars: ReturnType<typeof jarsOf>) => {
  for (const [origin, jar] of jars) browser.jars.set(origin, new Map(jar))
}

/** Walks to the primary's answer and drops it, as when somebody leaves the page. @returns The URL of the last hop. */
export async function losingTheAnswer(browser: FakeBrowser): Promise<string> {
  const start = await browser.send(`${secondary}/crossdomain/start?return_to=/`, { headers: navigation })
  const jars = jarsOf(browser)
  const check = await browser.send(start.headers.get('location') ?? '', { headers: navigation })
  expect(check.status).toBe(303)
  restore(browser, jars)
  return check.headers.get('location') ?? ''
}
