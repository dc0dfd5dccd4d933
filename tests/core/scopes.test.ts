import { type } from 'arktype'
import * as v from 'valibot'
import { beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { memoryStore } from '../../src/stores/memory.js'
import type { Options } from '../../src/core/config.js'
import { createSessions } from '../../src/core/session/sessions.js'
import { Deployment, FakeBrowser, primary, secondary } from '../support/fakeBrowser.js'

async function open(options: Options = {}): Promise<{ browser: FakeBrowser; deployment: Deployment }> {
  const deployment = new Deployment(memoryStore(), options)
  const browser = new FakeBrowser(deployment)
  await browser.visit(primary)
  await browser.visit(secondary)
  return { browser, deployment }
}

describe('data of one domain', () => {
  let browser: FakeBrowser
  beforeEach(async () => {
    ;({ browser } = await open({ maxDataBytes: 200 }))
  })

  test('is there on its domain, and on no other, after they met as before', async () => {
    await (await browser.session(primary)).local.set('currency', 'EUR')
    await (await browser.session(secondary)).local.set('currency', 'CHF')
    await (await browser.session(secondary)).set('cart', ['a'])
    for (let met = 0; met < 2; met++) {
      expect((await browser.session(primary)).local.data).toEqual({ currency: 'EUR' })
      expect((await browser.session(secondary)).local.get('currency')).toBe('CHF')
      await browser.sync(secondary)
    }
    expect((await browser.session(primary)).data).toEqual({ cart: ['a'] })
  })
  test('is written by key, and losslessly updated', async () => {
    await (await browser.session(primary)).set('shared', 1)
    const sessions = await Promise.all(Array.from({ length: 10 }, () => browser.session(primary)))
    await Promise.all(sessions.map(({ local }, index) => local.set(`k${index}`, index)))
    await Promise.all(
      sessions.map(({ local }) => local.update((data) => ({ ...data, n: Number(data['n'] ?? 0) + 1 }))),
    )
    const session = await browser.session(primary)
    expect([Object.keys(session.local.data).length, session.local.get('n'), session.data]).toEqual([
      11,
      10,
      { shared: 1 },
    ])
    await session.local.delete('n')
    expect(session.local.get('n')).toBeUndefined()
  })
  test('goes along at a sign-in, and not to another user', async () => {
    const session = await browser.session(primary)
    await session.local.set('currency', 'EUR')
    await session.login('ada')
    expect(session.local.data).toEqual({ currency: 'EUR' })
    await session.login('grace')
    expect((await browser.session(primary)).local.data).toEqual({})
  })
  test('has the size limit for itself: CDS203', async () => {
    await expect((await browser.session(primary)).local.set('a', 'x'.repeat(200))).rejects.toMatchObject({
      code: 'CDS203',
    })
  })
  test('is frozen', async () => {
    const { local } = await browser.session(primary)
    await local.set('list', [1])
    expect(() => (local.get('list') as number[]).push(2)).toThrow(TypeError)
  })
})

const schemas = {
  zod: z.object({ cart: z.array(z.string()).default([]), locale: z.enum(['en', 'de']).optional() }),
  valibot: v.object({
    cart: v.optional(v.array(v.string()), []),
    locale: v.optional(v.picklist(['en', 'de'])),
  }),
  arktype: type({ cart: type('string[]').default(() => []), 'locale?': '"en" | "de"' }),
}

describe.each(Object.entries(schemas))('a schema of %s', (_, schema) => {
  test('fills in what it has defaults for', async () => {
    const { browser, deployment } = await open({ schema })
    expect((await browser.session(primary)).data).toEqual({ cart: [] })
    expect(deployment.calls).toEqual(['read'])
  })
  test('refuses what does not fit before the store is asked, and names the key alone: CDS208', async () => {
    const { browser, deployment } = await open({ schema })
    const session = await browser.session(primary)
    const error = await session.set('locale', 'secret value').catch((caught: Error) => caught)
    expect(error).toMatchObject({ code: 'CDS208' })
    expect((error as Error).message).toContain('(locale)')
    expect((error as Error).message).not.toContain('secret value')
    await expect(session.update(() => ({ cart: 'tea' }))).rejects.toMatchObject({ code: 'CDS208' })
    expect(deployment.calls).toEqual(['read'])
    await session.set('locale', 'de')
    await session.update((data) => ({ ...data, cart: ['a'] }))
    expect((await browser.session(primary)).data).toEqual({ cart: ['a'], locale: 'de' })
  })
  test('leaves out stored keys that no longer fit, and shows a page', async () => {
    const { browser, deployment } = await open()
    await (await browser.session(primary)).update(() => ({ cart: ['a'], locale: 'fr' }))
    const changed = new FakeBrowser(new Deployment(deployment.store, { schema }))
    for (const [name, cookie] of browser.jar(primary)) changed.jar(primary).set(name, cookie)
    const session = await changed.session(primary)
    expect([session.data, session.isNew]).toEqual([{ cart: ['a'] }, false])
    await session.set('locale', 'en')
    expect((await changed.session(primary)).data).toEqual({ cart: ['a'], locale: 'en' })
  })
})

describe('stored data that no longer fits', () => {
  /** A visitor with `stored` of a deployment without a schema, in one with `options`. */
  async function after(
    stored: Record<string, unknown>,
    options: Options,
  ): Promise<{ browser: FakeBrowser; deployment: Deployment }> {
    const { browser, deployment } = await open()
    await (await browser.session(primary)).update(() => stored)
    await (await browser.session(primary)).local.update(() => stored)
    const changed = new Deployment(deployment.store, options)
    const same = new FakeBrowser(changed)
    for (const [name, cookie] of browser.jar(primary)) same.jar(primary).set(name, cookie)
    return { browser: same, deployment: changed }
  }

  test('is repaired as the application says, which is told the scope', async () => {
    const told: unknown[] = []
    const repairData: Options['repairData'] = (data, issues, scope) => {
      told.push([scope, issues.length])
      return scope === 'shared' ? { cart: String(data['cart']).split(',') } : { currency: 'CHF' }
    }
    const localSchema = z.object({ cart: z.number().optional(), currency: z.string().optional() })
    const { browser } = await after({ cart: 'a,b' }, { schema: schemas.zod, localSchema, repairData })
    const session = await browser.session(primary)
    expect([session.data, session.local.data]).toEqual([{ cart: ['a', 'b'] }, { currency: 'CHF' }])
    expect(told).toEqual([
      ['shared', 1],
      ['local', 1],
    ])
  })
  test.each<[string, Options['repairData']]>([
    [
      'throws',
      () => {
        throw new Error('no such version')
      },
    ],
    ['answers what does not fit either', () => ({ cart: 7 })],
    ['answers nothing', () => undefined as never],
  ])('loses its misfits alone where the repair %s, and a page is shown', async (title, repairData) => {
    const { browser, deployment } = await after(
      { cart: 'a,b', locale: 'de' },
      { schema: schemas.zod, repairData },
    )
    expect((await browser.session(primary)).data).toEqual({ cart: [], locale: 'de' })
    expect(deployment.errors).toMatchObject(title === 'throws' ? [{ message: 'no such version' }] : [])
  })
  const strict: Record<string, NonNullable<Options['schema']>> = {
    zod: z.strictObject({ cart: z.array(z.string()).default([]), locale: z.string().optional() }),
    valibot: v.strictObject({ cart: v.optional(v.array(v.string()), []), locale: v.optional(v.string()) }),
    arktype: type({ '+': 'reject', cart: type('string[]').default(() => []), 'locale?': 'string' }),
  }
  test.each(Object.entries(strict))(
    'loses a key that a strict schema of %s no longer knows, and nothing else, and what is set is there',
    async (_, schema) => {
      const { browser } = await after({ cart: ['a'], theme: 'dark' }, { schema })
      expect((await browser.session(primary)).data).toEqual({ cart: ['a'] })
      await (await browser.session(primary)).set('locale', 'de')
      await (await browser.session(primary)).set('cart', ['b'])
      expect((await browser.session(primary)).data).toEqual({ cart: ['b'], locale: 'de' })
    },
  )
  test('loses what does not fit together with the rest, where the schema does not say which keys', async () => {
    const schema = z
      .object({ cart: z.array(z.string()).default([]), age: z.number().optional() })
      .refine(({ age }) => age !== 7)
    expect((await (await after({ cart: ['a'], age: 7 }, { schema })).browser.session(primary)).data).toEqual({
      cart: ['a'],
    })
  })
  test('keeps a key that fits only beside a later one', async () => {
    const schema = z
      .strictObject({ coupon: z.string().optional(), total: z.number().optional() })
      .refine(({ coupon, total }) => coupon === undefined || total !== undefined)
    const { browser } = await after({ coupon: 'spring', old: true, total: 5 }, { schema })
    expect((await browser.session(primary)).data).toEqual({ coupon: 'spring', total: 5 })
  })
  test('is empty where nothing of it can be kept, also where the validator itself throws', async () => {
    const whole = z
      .object({ a: z.number().optional(), b: z.number().optional() })
      .refine((data) => Object.keys(data).length !== 1)
    expect((await (await after({ a: 1 }, { schema: whole })).browser.session(primary)).data).toEqual({})
    const fragile = z
      .object({
        a: z.unknown().transform((a) => {
          if (a === 1) throw new Error('out of range')
        }),
      })
      .partial()
    const { browser, deployment } = await after({ a: 1 }, { schema: fragile })
    expect((await browser.session(primary)).data).toEqual({})
    expect(deployment.errors).toMatchObject([{ message: 'out of range' }])
    const other = await after(
      { a: 1, b: 2 },
      { schema: fragile.extend({ b: z.number().optional(), c: z.number().optional() }) },
    )
    await (await other.browser.session(primary)).set('c', 3)
    other.deployment.errors.length = 0
    expect((await other.browser.session(primary)).data).toEqual({ b: 2, c: 3 })
    expect(other.deployment.errors).toMatchObject([{ message: 'out of range' }])
  })
})

test('the size limit is on what is stored, and a schema may make it longer: CDS203', async () => {
  const { browser, deployment } = await open({
    schema: z.object({ a: z.string().transform((text) => text.padEnd(1000)) }).partial(),
    maxDataBytes: 200,
  })
  const session = await browser.session(primary)
  await expect(session.set('a', 'x')).rejects.toMatchObject({ code: 'CDS203' })
  await expect(session.update(() => ({ a: 'x' }))).rejects.toMatchObject({ code: 'CDS203' })
  await expect(
    createSessions(() => deployment.config, deployment.store).createApiSession({ data: { a: 'x' } }),
  ).rejects.toMatchObject({ code: 'CDS203' })
  expect(session.isNew).toBe(true)
})

test('a schema that refuses an empty session is a mistake that is told: CDS112', async () => {
  const { browser } = await open({ schema: z.object({ cart: z.array(z.string()) }) })
  await expect(browser.session(primary)).rejects.toMatchObject({ code: 'CDS112' })
})

test('the data of one domain has a schema of its own', async () => {
  const { browser } = await open({
    localSchema: z.object({ currency: z.enum(['EUR', 'CHF']).default('EUR') }),
  })
  const { local } = await browser.session(primary)
  expect(local.data).toEqual({ currency: 'EUR' })
  await expect(local.set('currency', 'DM')).rejects.toMatchObject({ code: 'CDS208' })
})

test('an update writes no default, so that a merge keeps what the other side really has', async () => {
  const schema = z.object({ cart: z.array(z.string()).default([]), locale: z.string().optional() })
  const { browser } = await open({ schema })
  await (await browser.session(secondary)).set('cart', ['a'])
  await (await browser.session(primary)).update((data) => ({ ...data, locale: 'de' }))
  await browser.sync(secondary)
  expect((await browser.session(primary)).data).toEqual({ cart: ['a'], locale: 'de' })
  // What was stored is written, the default's value too.
  await (await browser.session(primary)).update((data) => ({ ...data, cart: [] }))
  expect((await browser.session(secondary)).data).toEqual({ cart: [], locale: 'de' })
})
