import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { Options } from '../../src/core/config.js'
import type { Json, JsonObject } from '../../src/core/values/json.js'
import { createSessions } from '../../src/core/session/sessions.js'
import type { Store } from '../../src/core/store/store.js'
import { memoryStore } from '../../src/stores/memory.js'
import { Deployment, FakeBrowser, primary, secondary } from '../support/fakeBrowser.js'

async function open(options: Options = {}): Promise<FakeBrowser> {
  const browser = new FakeBrowser(new Deployment(memoryStore(), options))
  await browser.visit(primary)
  await browser.visit(secondary)
  return browser
}

/** The same visitor after a deployment with other options. */
function deployed(before: FakeBrowser, options: Options): FakeBrowser {
  const browser = new FakeBrowser(new Deployment(before.deployment.store, options))
  for (const [origin, jar] of before.jars) browser.jars.set(origin, jar)
  return browser
}

test('a message is shown once, while a page renders, and is no data', async () => {
  const browser = await open()
  const session = await browser.session(primary)
  await session.set('a', 1)
  await session.flash('Saved.')
  await session.flash({ text: 'Twice.' })
  const page = await browser.session(primary, { canSetCookies: false })
  expect(page.data).toEqual({ a: 1 })
  expect(await page.takeFlash()).toEqual(['Saved.', { text: 'Twice.' }])
  expect(await page.takeFlash()).toEqual([])
  expect(await (await browser.session(primary)).takeFlash()).toEqual([])
})

test('a message on one domain is shown on another, whichever of the two sessions it was in', async () => {
  for (const from of [primary, secondary]) {
    // A rule of the application that knows its own keys alone loses no message.
    const browser = await open({ merge: () => ({ merged: true }) })
    for (const origin of [primary, secondary]) await (await browser.session(origin)).set('a', 1)
    await (await browser.session(from)).flash('Welcome.')
    await browser.sync(secondary)
    expect(await (await browser.session(secondary)).takeFlash()).toEqual(['Welcome.'])
    expect(await (await browser.session(primary)).takeFlash()).toEqual([])
    expect((await browser.session(primary)).data).toEqual({ merged: true })
  }
})

test('a message survives an update that replaces all data, and a sign-in', async () => {
  const browser = await open()
  const session = await browser.session(primary)
  await session.flash('Signed in.')
  await session.update(() => ({ b: 1 }))
  await session.login('ada')
  expect(await (await browser.session(primary)).takeFlash()).toEqual(['Signed in.'])
})

test('a page that is fetched in case somebody wants it takes none', async () => {
  const browser = await open()
  await (await browser.session(primary)).flash('Saved.')
  expect(
    await (await browser.session(primary, { headers: { 'sec-purpose': 'prefetch' } })).takeFlash(),
  ).toEqual([])
  expect(await (await browser.session(primary)).takeFlash()).toEqual(['Saved.'])
})

test('of ten pages at the same moment one shows it', async () => {
  const browser = await open()
  await (await browser.session(primary)).flash('Once.')
  const pages = await Promise.all(
    Array.from({ length: 10 }, () => browser.session(primary, { canSetCookies: false })),
  )
  const taken = await Promise.all(pages.map((page) => page.takeFlash()))
  expect(taken.flat()).toEqual(['Once.'])
})

test('a page is shown where the message cannot be taken, and the message waits', async () => {
  let isReadOnly = true
  const store = memoryStore()
  const browser = new FakeBrowser(
    new Deployment({
      ...store,
      swap: (...args) => (isReadOnly ? Promise.reject(new Error('read-only')) : store.swap(...args)),
    }),
  )
  await browser.visit(primary)
  isReadOnly = false
  await (await browser.session(primary)).flash('Saved.')
  isReadOnly = true
  expect(await (await browser.session(primary, { canSetCookies: false })).takeFlash()).toEqual([])
  expect(browser.deployment.errors).toMatchObject([{ code: 'CDS301' }])
  isReadOnly = false
  expect(await (await browser.session(primary, { canSetCookies: false })).takeFlash()).toEqual(['Saved.'])
})

describe('a redirect to another domain', () => {
  const page = (browser: FakeBrowser, origin: string) => browser.session(origin, { canSetCookies: false })

  test.each([
    [primary, secondary],
    [secondary, primary],
  ])('from %s to %s: the next page shows the message, with no exchange between them', async (from, to) => {
    const browser = await open()
    await (await browser.session(primary)).set('a', 1)
    await browser.sync(secondary)
    await (await browser.session(from)).flash('Thank you.')
    await browser.visit(to)
    expect(await (await page(browser, to)).takeFlash()).toEqual(['Thank you.'])
    await browser.sync(secondary)
    for (const origin of [from, to]) expect(await (await page(browser, origin)).takeFlash()).toEqual([])
  })
  test.each([
    [primary, secondary],
    [secondary, primary],
  ])('from %s to %s, which have not met yet: the message is there after the exchange', async (from, to) => {
    const browser = await open()
    for (const origin of [from, to]) await (await browser.session(origin)).set('a', 1)
    await (await browser.session(from)).flash('Thank you.')
    expect(await (await page(browser, to)).takeFlash()).toEqual([])
    await browser.sync(secondary)
    expect(await (await page(browser, to)).takeFlash()).toEqual(['Thank you.'])
    expect(await (await page(browser, from)).takeFlash()).toEqual([])
  })
  test('with a sign-in before it: the message is there after the exchange', async () => {
    const browser = await open()
    await (await browser.session(primary)).set('a', 1)
    await browser.sync(secondary)
    const session = await browser.session(primary)
    await session.login('ada')
    await session.flash('Welcome.')
    expect(await (await page(browser, secondary)).takeFlash()).toEqual([])
    await browser.sync(secondary)
    expect(await (await page(browser, secondary)).takeFlash()).toEqual(['Welcome.'])
  })
})

describe('the size limit', () => {
  const options = { maxDataBytes: 200 }

  test('of the messages is one of their own: full data takes none of it', async () => {
    const session = await (await open(options)).session(primary)
    await session.set('a', 'x'.repeat(190))
    await session.flash('Saved.')
    expect(await session.takeFlash()).toEqual(['Saved.'])
  })
  test('of the data counts no message', async () => {
    const session = await (await open(options)).session(primary)
    await session.flash('x'.repeat(100))
    await session.set('a', 'x'.repeat(190))
    expect(await session.takeFlash()).toEqual(['x'.repeat(100)])
  })
  test('is on all messages that wait, together: CDS203', async () => {
    const session = await (await open(options)).session(primary)
    await session.flash('x'.repeat(100))
    await expect(session.flash('x'.repeat(100))).rejects.toMatchObject({ code: 'CDS203' })
    await expect(session.flash('x'.repeat(200))).rejects.toMatchObject({ code: 'CDS203' })
    expect(await session.takeFlash()).toEqual(['x'.repeat(100)])
    await session.flash('x'.repeat(100))
  })
})

test('a message that is no JSON is refused: CDS202', async () => {
  const session = await (await open()).session(primary)
  for (const message of [undefined, new Date(), { at: NaN }])
    await expect(session.flash(message as Json)).rejects.toMatchObject({ code: 'CDS202' })
  expect(session.isNew).toBe(true)
})

test('messages of the same second are shown in the order in which they were left, whatever order the store keeps keys in', async () => {
  const store = memoryStore()
  const reversed = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(reversed)
    if (typeof value !== 'object' || value === null) return value
    const turned = Object.entries(value).map(([key, inner]) => [key, reversed(inner)] as const)
    return Object.fromEntries(turned.reverse())
  }
  const disorderly: Store = {
    ...store,
    swap: (changes, thenRead) =>
      store.swap(
        changes.map((change) => ({ ...change, value: reversed(change.value) as JsonObject })),
        thenRead,
      ),
  }
  const browser = new FakeBrowser(new Deployment(disorderly))
  await browser.visit(primary)
  for (const message of ['first', 'second', 'third']) await (await browser.session(primary)).flash(message)
  expect(await (await browser.session(primary)).takeFlash()).toEqual(['first', 'second', 'third'])
})

test('the names of messages are not for data: CDS202', async () => {
  const browser = await open()
  const session = await browser.session(primary)
  await expect(session.set('~flash:a', null)).rejects.toMatchObject({ code: 'CDS202' })
  await expect(session.update((data) => ({ ...data, '~flash:a': null }))).rejects.toMatchObject({
    code: 'CDS202',
  })
  await expect(session.delete('~flash:a')).rejects.toMatchObject({ code: 'CDS202' })
  await expect(
    createSessions(() => browser.deployment.config, browser.deployment.store).createApiSession({
      data: { '~flash:a': null },
    }),
  ).rejects.toMatchObject({ code: 'CDS202' })
  await session.local.set('~flash:a', null)
  expect([await session.takeFlash(), session.local.data]).toEqual([[], { '~flash:a': null }])
})

describe('a schema of the messages', () => {
  const flashSchema = z.object({ text: z.string().trim(), tone: z.enum(['good', 'bad']).default('good') })

  test('refuses what does not fit before the store is asked, and does not repeat it: CDS208', async () => {
    const browser = await open({ flashSchema })
    const session = await browser.session(primary)
    const error = await session
      .flash({ text: 'Saved.', tone: 'secret value' })
      .catch((caught: Error) => caught)
    expect(error).toMatchObject({ code: 'CDS208' })
    expect((error as Error).message).toContain('(tone)')
    expect((error as Error).message).not.toContain('secret value')
    await expect(session.flash('Saved.')).rejects.toMatchObject({ code: 'CDS208' })
    expect(browser.deployment.calls).toEqual(['read'])
  })
  test('says what is stored', async () => {
    const browser = await open({ flashSchema })
    await (await browser.session(primary)).flash({ text: ' Saved. ' })
    expect(await (await deployed(browser, {}).session(primary)).takeFlash()).toEqual([
      { text: 'Saved.', tone: 'good' },
    ])
  })
  test('has to answer JSON: CDS202', async () => {
    const session = await (
      await open({ flashSchema: z.string().transform(() => new Date()) })
    ).session(primary)
    await expect(session.flash('Saved.')).rejects.toMatchObject({ code: 'CDS202' })
  })
  test('leaves out stored messages that no longer fit, for good, and keeps the others', async () => {
    const browser = await open()
    for (const message of ['first', { text: 'second' }, { text: 3 }, { text: 'fourth', tone: 'bad' }])
      await (await browser.session(primary)).flash(message)
    expect(await (await deployed(browser, { flashSchema }).session(primary)).takeFlash()).toEqual([
      { text: 'second', tone: 'good' },
      { text: 'fourth', tone: 'bad' },
    ])
    expect(await (await browser.session(primary)).takeFlash()).toEqual([])
  })
  test('whose validator throws at a stored message shows the page without it, and the error is told', async () => {
    const browser = await open()
    await (await browser.session(primary)).flash('old')
    const fragile = z.unknown().transform(() => {
      throw new Error('no such version')
    })
    const changed = deployed(browser, { flashSchema: fragile })
    expect(await (await changed.session(primary)).takeFlash()).toEqual([])
    expect(changed.deployment.errors).toMatchObject([{ message: 'no such version' }])
  })
})
