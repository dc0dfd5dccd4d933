// A visitor leaves a page while the answers of its exchange are on the way, so the browser never gets their cookies.
import { expect, test } from 'vitest'
import { primary, secondary } from '../support/fakeBrowser.js'
import { asItIs } from '../support/guestMeetsUser.js'
import { open } from '../support/visitor.js'

/** Longer than the store remembers a session in which nothing was ever saved. */
const forgottenSeconds = 11 * 60

test('who leaves the first page of a secondary too soon has the cart there, also later', async () => {
  const { browser, later, store } = await open()
  await (await browser.session(primary)).set('cart', ['a'])
  await asItIs(browser).browser.sync(secondary)
  later(1)
  expect((await browser.sync(secondary)).outcome).toMatchObject({ result: 'use_current' })
  later(forgottenSeconds)
  await store.sweep(100)
  expect((await browser.session(secondary)).data).toEqual({ cart: ['a'] })
})

test('who leaves a page too soon after a sign-out has one session on both domains, also later', async () => {
  const { browser, later, store } = await open()
  await (await browser.session(primary)).login('ada')
  await browser.sync(secondary)
  later(11)
  await (await browser.session(secondary)).logout()
  await asItIs(browser).browser.sync(secondary)
  later(1)
  await browser.sync(secondary)
  await browser.visit(primary)
  const fingerprints = async () => [
    (await browser.session(primary)).fingerprint,
    (await browser.session(secondary)).fingerprint,
  ]
  const [ours, theirs] = await fingerprints()
  expect(theirs).toBe(ours)
  later(forgottenSeconds)
  await store.sweep(100)
  await (await browser.session(secondary)).set('cart', ['a'])
  expect((await browser.session(primary)).data).toEqual({ cart: ['a'] })
})

test('who leaves page after page too soon has a row that does not grow', async () => {
  const { browser, deployment, later } = await open()
  await (await browser.session(primary)).set('cart', ['a'])
  for (let page = 0; page < 40; page++) {
    later(1)
    await asItIs(browser).browser.sync(secondary)
  }
  for (const { value } of deployment.written) expect([value['keys'] ?? []].flat().length).toBeLessThan(12)
})
