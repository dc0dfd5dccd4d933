// Data that a visitor sent may be as deep as it is long. What is too deep is never stored, and never overflows the stack.
import { beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { Options } from '../../src/core/config.js'
import { createSessions } from '../../src/core/session/sessions.js'
import { memoryStore } from '../../src/stores/memory.js'
import { Deployment, FakeBrowser, primary, secondary } from '../support/fakeBrowser.js'

/** `depth` objects and lists inside one another, as `JSON.parse` makes them of what a visitor sent. */
function deep(depth: number, open = '[', close = ']'): unknown {
  return JSON.parse(open.repeat(depth) + (open.endsWith(':') ? '1' : '') + close.repeat(depth))
}

async function opened(options: Options = {}) {
  const deployment = new Deployment(memoryStore(), options)
  const browser = new FakeBrowser(deployment)
  for (const origin of [primary, secondary]) await browser.visit(origin)
  return { deployment, browser, session: await browser.session(primary) }
}

type Opened = Awaited<ReturnType<typeof opened>>

/** Every way in. The data is an object itself, and a message is kept inside two more. */
const ways: Readonly<
  Record<string, { most: number; store: (at: Opened, value: unknown) => Promise<unknown> }>
> = {
  set: { most: 99, store: ({ session }, value) => session.set('deep', value) },
  'set of one domain': { most: 99, store: ({ session }, value) => session.local.set('deep', value) },
  update: { most: 99, store: ({ session }, value) => session.update(() => ({ deep: value })) },
  flash: { most: 98, store: ({ session }, value) => session.flash(value as never) },
  createApiSession: {
    most: 99,
    store: ({ deployment: { config, store } }, value) =>
      createSessions(() => config, store).createApiSession({ data: { deep: value } }),
  },
}

const anything = { schema: z.record(z.string(), z.unknown()), flashSchema: z.unknown() } satisfies Options

describe.each(Object.keys(ways))('%s', (name) => {
  const way = ways[name]
  test.each([
    ['without a schema', {}],
    ['with a schema that takes anything', anything],
  ])('accepts data as deep as allowed, and refuses deeper data: %s', async (_, options) => {
    const at = await opened(options)
    await way?.store(at, deep(way.most))
    const written = at.deployment.written.length
    expect(written).toBeGreaterThan(0)
    for (const depth of [way?.most ?? 0, 150, 1000, 2500, 5000, 50_000].map((most) => most + 1)) {
      await expect(way?.store(at, deep(depth))).rejects.toMatchObject({ code: 'CDS202' })
      await expect(way?.store(at, deep(depth, '{"a":', '}'))).rejects.toMatchObject({ code: 'CDS202' })
    }
    expect(at.deployment.written).toHaveLength(written)
  })
})

describe('after data was refused because it is too deep', () => {
  let at: Opened
  beforeEach(async () => {
    at = await opened()
    await at.session.set('kept', 1)
    await expect(at.session.set('deep', deep(3000))).rejects.toMatchObject({ code: 'CDS202' })
  })
  test('the same request can still write', async () => {
    await at.session.set('next', 2)
    expect((await at.browser.session(primary)).data).toEqual({ kept: 1, next: 2 })
  })
  test('the domains can still agree', async () => {
    await (await at.browser.session(secondary)).set('own', 3)
    expect((await at.browser.sync(secondary)).result).toEqual({ result: 'replaced' })
    expect((await at.browser.session(secondary)).data).toEqual({ kept: 1, own: 3 })
  })
})

test.each([101, 3000, 50_000])(
  'a merge whose result is %i levels deep leaves both sessions as they were: CDS207',
  async (depth) => {
    const { browser, deployment } = await opened({ merge: () => ({ deep: deep(depth) as never }) })
    for (const origin of [primary, secondary]) await (await browser.session(origin)).set('from', origin)
    expect((await browser.sync(secondary)).result).toEqual({ result: 'error', code: 'CDS207' })
    expect(deployment.errors).toMatchObject([{ code: 'CDS207', cause: { code: 'CDS202' } }])
    for (const origin of [primary, secondary])
      expect((await browser.session(origin)).data).toEqual({ from: origin })
  },
)
