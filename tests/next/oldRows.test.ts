import { expect, test } from 'vitest'
import { z } from 'zod'
import { memoryStore } from '../../src/stores/memory.js'
import type { Options } from '../../src/core/config.js'
import { Deployment, FakeBrowser, primary, secondary } from '../support/fakeBrowser.js'

const schema = z.object({ cart: z.array(z.string()).default([]) })
const merge = ((kept: { cart?: string[] }, other: { cart?: string[] }) => ({
  cart: [...(kept.cart ?? []), ...(other.cart ?? [])].map((item) => item.trim()),
})) as Options['merge']

test.each([
  [primary, secondary],
  [secondary, primary],
])('a row on %s that no longer fits its schema breaks no exchange with %s', async (old, other) => {
  const store = memoryStore()
  const before = new FakeBrowser(new Deployment(store))
  for (const origin of [primary, secondary]) await before.visit(origin)
  await (await before.session(old)).set('cart', 7)
  const browser = new FakeBrowser(new Deployment(store, { schema, merge }))
  for (const [origin, jar] of before.jars) browser.jars.set(origin, jar)
  await (await browser.session(other)).set('cart', ['tea'])
  expect((await browser.sync(secondary)).result).toEqual({ result: 'replaced' })
  expect((await browser.session(secondary)).data).toEqual({ cart: ['tea'] })
  expect(browser.deployment.errors).toEqual([])
})
