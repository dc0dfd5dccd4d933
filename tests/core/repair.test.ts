import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { memoryStore } from '../../src/stores/memory.js'
import type { Options } from '../../src/core/config.js'
import type { JsonObject } from '../../src/core/values/json.js'
import type { Session } from '../../src/core/session/session.js'
import { Deployment, FakeBrowser, primary, secondary } from '../support/fakeBrowser.js'

/** A visitor whose data, of both scopes, was stored before there was a schema. */
async function after(stored: Record<string, unknown>, options: Options): Promise<FakeBrowser> {
  const store = memoryStore()
  const before = new FakeBrowser(new Deployment(store))
  await before.visit(primary)
  const session = await before.session(primary)
  await session.update(() => stored)
  await session.local.update(() => stored)
  return new FakeBrowser(new Deployment(store, options), 'allowed', before.jars)
}

/** Cents instead of euros: what is repaired twice is wrong. */
const inCents = {
  schema: z
    .object({
      v: z.literal(2).default(2),
      total: z.number().optional(),
      tip: z.number().optional(),
      note: z.string().optional(),
    })
    .catchall(z.number()),
  repairData: (data: JsonObject) => ({ ...data, v: 2, total: Number(data['total']) * 100 }),
} satisfies Options
const both = { ...inCents, localSchema: inCents.schema }

/** The basket has become a cart. */
const renamed = z.strictObject({ cart: z.array(z.string()).default([]), note: z.string().optional() })
const asCart = ({ basket, ...rest }: JsonObject): JsonObject => ({ ...rest, cart: String(basket).split(',') })

describe.each<['shared' | 'local', (session: Session) => Session['local']]>([
  ['shared', (session) => session],
  ['local', (session) => session.local],
])('repaired %s data', (_, of) => {
  const scope = async (browser: FakeBrowser) => of(await browser.session(primary))

  test('is written as it was read, with what is set', async () => {
    const browser = await after({ v: 1, total: 5 }, both)
    const open = await scope(browser)
    expect(open.data).toEqual({ v: 2, total: 500 })
    await open.set('total', 700)
    expect([open.get('total'), (await scope(browser)).data]).toEqual([700, { v: 2, total: 700 }])
    await (await scope(browser)).set('tip', 9)
    expect((await scope(browser)).data).toEqual({ v: 2, total: 700, tip: 9 })
  })
  test('keeps what is not written', async () => {
    const browser = await after({ v: 1, total: 5 }, both)
    await (await scope(browser)).set('tip', 9)
    expect((await scope(browser)).data).toEqual({ v: 2, total: 500, tip: 9 })
  })
  test('is written without what is deleted', async () => {
    const browser = await after({ v: 1, total: 5, tip: 1 }, both)
    await (await scope(browser)).delete('total')
    expect((await scope(browser)).data).toEqual({ v: 2, tip: 1 })
    const other = await after({ v: 1, total: 5, tip: 1 }, both)
    await (await scope(other)).set('tip', undefined)
    expect((await scope(other)).data).toEqual({ v: 2, total: 500 })
  })
  test('loses what it was made of', async () => {
    const options = { schema: renamed, localSchema: renamed, repairData: asCart }
    const browser = await after({ basket: 'a,b' }, options)
    await (await scope(browser)).delete('cart')
    expect((await scope(browser)).data).toEqual({ cart: [] })
    await (await scope(browser)).set('cart', ['x'])
    expect((await scope(browser)).data).toEqual({ cart: ['x'] })
  })
  test('whose repair came to nothing is not repaired with what is set', async () => {
    const browser = await after({ v: 1, tip: 3 }, both)
    expect((await scope(browser)).data).toEqual({ v: 2, tip: 3 })
    await (await scope(browser)).set('total', 700)
    expect((await scope(browser)).data).toEqual({ v: 2, total: 700, tip: 3 })
  })
  test.each([
    ['throws', () => JSON.parse('{')],
    ['leaves it as it is', (data: JsonObject) => data],
  ])(
    'stays as it is stored, but for what is set, where the repair %s',
    async (_, repairData: (data: JsonObject) => JsonObject) => {
      const schema = z.object({
        note: z.string().optional(),
        tip: z.number().optional(),
        total: z.string().optional(),
      })
      const browser = await after(
        { total: 5, note: 'hi', unknown: [1] },
        { schema, localSchema: schema, repairData, onError: () => {} },
      )
      await (await scope(browser)).set('tip', 1)
      await (await scope(browser)).delete('note')
      const plain = new FakeBrowser(new Deployment(browser.deployment.store), 'allowed', browser.jars)
      expect((await scope(plain)).data).toEqual({ total: 5, tip: 1, unknown: [1] })
    },
  )
  test('keeps every key that is written at the same moment', async () => {
    const browser = await after({ v: 1, total: 5, gone: 1 }, both)
    const opened = await Promise.all(Array.from({ length: 30 }, () => scope(browser)))
    await Promise.all([
      ...opened.map((each, index) => each.set(`k${index}`, index)),
      opened[0]?.set('tip', 4),
      opened[1]?.delete('gone'),
    ])
    const keys = Object.fromEntries(opened.map((_, index) => [`k${index}`, index]))
    expect((await scope(browser)).data).toEqual({ v: 2, total: 500, tip: 4, ...keys })
  })
  test('that fits is written by key alone, and another version keeps its keys', async () => {
    const browser = await after({ v: 2, total: 5 }, both)
    const newer = new FakeBrowser(new Deployment(browser.deployment.store), 'allowed', browser.jars)
    const open = await scope(browser)
    await (await scope(newer)).set('note', 'meanwhile')
    browser.deployment.calls.length = 0
    await open.set('total', 7)
    // The other version was faster, so the first try changes nothing, and the second one begins with what it wrote.
    expect(browser.deployment.calls).toEqual(['swap', 'swap'])
    expect((await scope(newer)).data).toEqual({ v: 2, total: 7, note: 'meanwhile' })
  })
  test('has the size limit when it is written: CDS203', async () => {
    const options = {
      schema: renamed,
      localSchema: renamed,
      repairData: () => ({ cart: ['x'.repeat(150)] }),
      maxDataBytes: 200,
    }
    const browser = await after({ basket: '' }, options)
    await expect((await scope(browser)).set('note', 'x'.repeat(100))).rejects.toMatchObject({
      code: 'CDS203',
    })
    await expect((await scope(browser)).set('note', 7)).rejects.toMatchObject({ code: 'CDS208' })
    expect((await scope(browser)).data).toEqual({ cart: ['x'.repeat(150)] })
  })
})

test('messages beside repaired data stay, and change nothing about it', async () => {
  const browser = await after({ v: 1, total: 5 }, inCents)
  const session = await browser.session(primary)
  await session.flash('first')
  await session.set('tip', 9)
  await session.flash('second')
  expect(session.data).toEqual({ v: 2, total: 500, tip: 9 })
  const other = await browser.session(primary)
  expect(await other.takeFlash()).toEqual(['first', 'second'])
  expect([other.data, (await browser.session(primary)).data]).toEqual([session.data, session.data])

  const reader = await after({ v: 1, total: 5 }, inCents)
  await (await reader.session(primary)).flash('first')
  const taking = await reader.session(primary)
  expect([await taking.takeFlash(), taking.data]).toEqual([['first'], { v: 2, total: 500 }])
  await taking.set('total', 700)
  expect((await reader.session(primary)).data).toEqual({ v: 2, total: 700 })
})

test('both scopes are written at the same moment, each as it was read', async () => {
  const browser = await after({ v: 1, total: 5 }, both)
  const session = await browser.session(primary)
  await Promise.all([
    session.set('total', 700),
    session.local.set('total', 800),
    session.set('tip', 9),
    session.local.set('tip', 8),
  ])
  const found = await browser.session(primary)
  expect([found.data, found.local.data]).toEqual([
    { v: 2, total: 700, tip: 9 },
    { v: 2, total: 800, tip: 8 },
  ])
})

test('a default that is set where data was repaired is stored, so that it counts in a merge', async () => {
  const browser = await after({ basket: 'a,b' }, { schema: renamed, repairData: asCart })
  await browser.visit(secondary)
  await (await browser.session(secondary)).set('cart', ['other'])
  await (await browser.session(primary)).set('cart', [])
  await browser.sync(secondary)
  expect((await browser.session(primary)).data).toEqual({ cart: [] })
})
