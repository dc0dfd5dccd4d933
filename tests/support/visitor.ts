import { expect } from 'vitest'
import { memoryStore } from '../../src/stores/memory.js'
import { Deployment, FakeBrowser, navigation, primary, secondary } from './fakeBrowser.js'

/** A visitor of some domains, with a clock that moves store and servers. */
export async function open(visits: readonly string[] = [primary, secondary]) {
  let nowMs = 1_800_000_000_000
  const store = memoryStore({ now: () => nowMs })
  const deployment = new Deployment(store)
  const browser = new FakeBrowser(deployment)
  const later = (seconds: number) => {
    nowMs += seconds * 1000
    deployment.nowSeconds += seconds
  }
  for (const origin of visits) await browser.visit(origin)
  return { deployment, browser, later, store }
}

/** One hop of a navigation. @returns Where it leads. */
export async function hop(browser: FakeBrowser, url: string): Promise<string> {
  const answer = await browser.send(url, { headers: navigation })
  expect(answer.status).toBe(303)
  return answer.headers.get('location') ?? ''
}

/** What the island and `hrefTo` begin an exchange with, as a navigation. */
export const start = `${secondary}/crossdomain/start?return_to=/`

export const cors = { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }
