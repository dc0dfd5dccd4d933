import { expect } from 'vitest'
import type { Options } from '../../src/core/config.js'
import type { Store } from '../../src/core/store/store.js'
import { memoryStore } from '../../src/stores/memory.js'
import { Deployment, FakeBrowser, navigation, primary, secondary, third } from './fakeBrowser.js'

/** Primary and third share a guest's cart; the secondary is signed in. */
export async function openAsGuest(
  change: (store: Store) => Partial<Store> = () => ({}),
  options: Options = {},
) {
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

export const jarsOf = (browser: FakeBrowser) =>
  new Map([...browser.jars].map(([origin, jar]) => [origin, new Map(jar)]))
export const restore = (browser: FakeBrowser, jars: ReturnType<typeof jarsOf>) => {
  for (const [origin, jar] of jars) browser.jars.set(origin, new Map(jar))
}

/** What is sent now takes the cookies of now along; what comes back changes those that the answer sets, whatever they are by then. */
export function asItIs(sender: FakeBrowser): { readonly browser: FakeBrowser; readonly receive: () => void } {
  const [browser, before] = [new FakeBrowser(sender.deployment), jarsOf(sender)]
  restore(browser, before)
  const receive = () => {
    for (const [origin, jar] of browser.jars) {
      const sent = before.get(origin)
      for (const [name, cookie] of jar) if (sent?.get(name) !== cookie) sender.jar(origin).set(name, cookie)
      for (const name of sent?.keys() ?? []) if (!jar.has(name)) sender.jar(origin).delete(name)
    }
  }
  return { browser, receive }
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
