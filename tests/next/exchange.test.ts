import { describe, expect, test } from 'vitest'
import { memoryStore } from '../../src/stores/memory.js'
import { Deployment, FakeBrowser, primary, secondary, third, type World } from '../support/fakeBrowser.js'

type Setup = (browser: FakeBrowser) => Promise<void>

const save =
  (origin: string, data: Record<string, unknown>): Setup =>
  async (browser) => {
    const session = await browser.session(origin)
    await session.update((before) => ({ ...before, ...data }))
  }
const signIn =
  (origin: string, userId: string): Setup =>
  async (browser) =>
    (await browser.session(origin)).login(userId)
const all =
  (...steps: Setup[]): Setup =>
  async (browser) => {
    for (const step of steps) await step(browser)
  }

const rows: readonly {
  title: string
  setup: Setup
  result: string
  data: Record<string, unknown>
  user: string | null
}[] = [
  { title: 'both blank', setup: all(), result: 'use_current', data: {}, user: null },
  {
    title: 'primary blank, secondary a guest',
    setup: save(secondary, { s: 1 }),
    result: 'use_current',
    data: { s: 1 },
    user: null,
  },
  {
    title: 'primary blank, secondary signed in',
    setup: all(save(secondary, { s: 1 }), signIn(secondary, 'ada')),
    result: 'use_current',
    data: { s: 1 },
    user: 'ada',
  },
  {
    title: 'primary saved, secondary blank',
    setup: save(primary, { p: 1 }),
    result: 'replaced',
    data: { p: 1 },
    user: null,
  },
  {
    title: 'primary signed in, secondary a guest',
    setup: all(save(primary, { p: 1, x: 'p' }), signIn(primary, 'ada'), save(secondary, { s: 1, x: 's' })),
    result: 'replaced',
    data: { p: 1, s: 1, x: 'p' },
    user: 'ada',
  },
  {
    title: 'primary a guest, secondary signed in',
    setup: all(save(primary, { p: 1, x: 'p' }), save(secondary, { s: 1, x: 's' }), signIn(secondary, 'ada')),
    result: 'replaced',
    data: { p: 1, s: 1, x: 's' },
    user: 'ada',
  },
  {
    title: 'primary a guest with nothing new, secondary signed in',
    setup: all(save(primary, { x: 'p' }), save(secondary, { x: 's' }), signIn(secondary, 'ada')),
    result: 'use_current',
    data: { x: 's' },
    user: 'ada',
  },
  {
    title: 'the same user on both',
    setup: all(
      save(primary, { p: 1 }),
      signIn(primary, 'ada'),
      save(secondary, { s: 1 }),
      signIn(secondary, 'ada'),
    ),
    result: 'replaced',
    data: { p: 1, s: 1 },
    user: 'ada',
  },
  {
    title: 'two different users',
    setup: all(
      save(primary, { p: 1 }),
      signIn(primary, 'ada'),
      save(secondary, { s: 1 }),
      signIn(secondary, 'grace'),
    ),
    result: 'replaced',
    data: { p: 1 },
    user: 'ada',
  },
  {
    title: 'two guests',
    setup: all(save(primary, { p: 1, x: 'p' }), save(secondary, { s: 1, x: 's' })),
    result: 'replaced',
    data: { p: 1, s: 1, x: 'p' },
    user: null,
  },
]

async function open(
  world: World = 'allowed',
  options = {},
): Promise<{ deployment: Deployment; browser: FakeBrowser }> {
  const deployment = new Deployment(memoryStore(), options)
  const browser = new FakeBrowser(deployment, world)
  await browser.visit(primary)
  await browser.visit(secondary)
  return { deployment, browser }
}

async function seen(browser: FakeBrowser, origin: string) {
  const { data, userId, fingerprint } = await browser.session(origin)
  return { data, userId, fingerprint }
}

describe.each(['fetch', 'navigation'] as const)('by %s', (transport) => {
  test.each(rows.map((row) => [row.title, row.result, row] as const))(
    '%s: %s',
    async (_, result, { setup, data, user }) => {
      const { browser } = await open(transport === 'fetch' ? 'allowed' : 'blocked')
      await setup(browser)
      const told =
        transport === 'fetch'
          ? (await browser.sync(secondary)).outcome
          : (await browser.navigate(`${secondary}/crossdomain/start?return_to=/a%3Fb%3D1`)).href
      const onSecondary = await seen(browser, secondary)
      const { fingerprint } = onSecondary
      if (transport === 'fetch') expect(told).toMatchObject({ result, fingerprint })
      else expect(told).toBe(`${secondary}/a?b=1#crossdomain=${result}:${fingerprint}`)
      expect({ data: onSecondary.data, user: onSecondary.userId }).toEqual({ data, user })
      expect(await seen(browser, primary)).toEqual(onSecondary)
    },
  )
})

test('a page that showed other data of its own domain is told to show it anew', async () => {
  const { browser } = await open()
  await (await browser.session(secondary)).local.set('currency', 'CHF')
  await browser.sync(secondary)
  browser.jar(secondary).clear()
  await browser.visit(secondary)
  await (await browser.session(secondary)).login('ada')
  expect((await browser.sync(secondary)).result).toMatchObject({ result: 'replaced' })
  expect((await browser.session(secondary)).local.get('currency')).toBe('CHF')
})

describe('what the absence of the link cookie means', () => {
  const expected: readonly (readonly [World, unknown, unknown])[] = [
    // with the primary visited before, and without
    ['allowed', { result: 'replaced' }, { result: 'use_current', again: true }],
    ['inactive', { result: 'replaced' }, { result: 'use_current', again: true }],
    ['blocked', { result: 'navigate' }, { result: 'navigate' }],
    ['partitioned', { result: 'navigate' }, { result: 'navigate' }],
    ['absent', { result: 'replaced' }, { result: 'navigate' }],
    ['withheld', { result: 'navigate' }, { result: 'navigate' }],
    ['itp', { result: 'navigate' }, { result: 'navigate' }],
  ]
  test.each(expected)('%s', async (world, known, unknown) => {
    const { browser } = await open(world)
    await save(primary, { p: 1 })(browser)
    expect((await browser.sync(secondary)).result).toEqual(known)
    const stranger = new FakeBrowser(browser.deployment, world)
    await stranger.visit(secondary)
    expect((await stranger.sync(secondary)).result).toEqual(unknown)
  })
})

test('a third domain joins, and all agree', async () => {
  const { browser } = await open()
  await save(secondary, { cart: ['a'] })(browser)
  await browser.sync(secondary)
  await browser.visit(third)
  expect((await browser.sync(third)).result).toEqual({ result: 'replaced' })
  expect(await seen(browser, third)).toEqual(await seen(browser, primary))
  expect(await seen(browser, third)).toEqual(await seen(browser, secondary))
})

test('a second exchange finds the same session and changes nothing', async () => {
  const { browser, deployment } = await open()
  await save(primary, { p: 1 })(browser)
  await browser.sync(secondary)
  const before = browser.cookies(secondary)
  const { fingerprint } = await seen(browser, secondary)
  deployment.calls.length = 0
  expect((await browser.sync(secondary)).outcome).toEqual({ result: 'use_current', fingerprint })
  expect(browser.cookies(secondary)).toEqual(before)
  expect(deployment.calls).toEqual(['swap'])
})

test('asks the store not at all, once at check, twice at replace', async () => {
  const { browser, deployment } = await open()
  await save(primary, { p: 1 })(browser)
  await save(secondary, { s: 1 })(browser)
  deployment.calls.length = 0
  await browser.visit(third)
  expect(deployment.calls).toEqual([])
  await browser.sync(secondary)
  expect(deployment.calls).toEqual(['swap', 'swap', 'swap'])
})

test('a sign-in on a secondary reaches the primary under an id that nobody knew before', async () => {
  const { browser } = await open()
  const before = (await seen(browser, primary)).fingerprint
  await signIn(secondary, 'ada')(browser)
  expect((await browser.sync(secondary)).result).toEqual({ result: 'use_current' })
  const after = await seen(browser, primary)
  expect(after.userId).toBe('ada')
  expect(after.fingerprint).not.toBe(before)
})

test('a sign-in ends the session that the other domains hold, and they pull the new one', async () => {
  const { browser } = await open()
  await save(primary, { cart: ['a'] })(browser)
  await browser.sync(secondary)
  await signIn(primary, 'ada')(browser)
  expect(await seen(browser, secondary)).toMatchObject({ data: {}, userId: null })
  expect((await browser.sync(secondary)).result).toEqual({ result: 'replaced' })
  expect(await seen(browser, secondary)).toMatchObject({ data: { cart: ['a'] }, userId: 'ada' })
})

test('a sign-out on a secondary is seen on every domain at once', async () => {
  const { browser } = await open()
  await signIn(primary, 'ada')(browser)
  await browser.sync(secondary)
  await browser.visit(third)
  await browser.sync(third)
  await (await browser.session(secondary)).logout()
  for (const origin of [primary, secondary, third])
    expect(await seen(browser, origin), origin).toMatchObject({ data: {}, userId: null })
})

test('two secondaries that begin at the same moment end on one session', async () => {
  const deployment = new Deployment(memoryStore())
  const browser = new FakeBrowser(deployment)
  await browser.visit(secondary)
  await browser.visit(third)
  await save(secondary, { s: 1 })(browser)
  await save(third, { t: 1 })(browser)
  const results = await Promise.all([browser.sync(secondary), browser.sync(third)])
  expect(results.map(({ result }) => result)).toEqual([
    { result: 'use_current', again: true },
    { result: 'use_current', again: true },
  ])
  for (const origin of [secondary, third, secondary]) await browser.sync(origin)
  const merged = await seen(browser, secondary)
  expect(merged.data).toEqual({ s: 1, t: 1 })
  await browser.sync(third)
  expect(await seen(browser, third)).toEqual(merged)
})

describe('a request that an exchange overtook', () => {
  test('writes to the session that its own has become', async () => {
    const { browser } = await open()
    await save(primary, { p: 1 })(browser)
    const late = await browser.session(secondary)
    await browser.sync(secondary)
    await late.set('late', true)
    expect((await seen(browser, secondary)).data).toEqual({ p: 1, late: true })
  })

  test('signs out the session that its own has become', async () => {
    const { browser } = await open()
    await signIn(secondary, 'ada')(browser)
    const late = await browser.session(secondary)
    await browser.sync(secondary)
    await late.logout()
    expect((await seen(browser, primary)).userId).toBeNull()
  })

  test('gains no rights: where the primary is signed in, its write is refused', async () => {
    const { browser } = await open()
    await signIn(primary, 'ada')(browser)
    const late = await browser.session(secondary)
    await browser.sync(secondary)
    await expect(late.set('late', true)).rejects.toMatchObject({ code: 'CDS302' })
    expect((await seen(browser, secondary)).data).toEqual({})
  })
})

describe('a sign-in while an exchange is on its way', () => {
  test.each(['before the ticket is redeemed', 'after'])('is not lost: %s', async (when) => {
    const { browser, deployment } = await open()
    await save(primary, { p: 1 })(browser)
    const inFlight = await browser.session(secondary)
    const copy = new FakeBrowser(deployment)
    for (const [name, cookie] of browser.jar(secondary)) copy.jar(secondary).set(name, cookie)
    for (const [name, cookie] of browser.jar(primary)) copy.jar(primary).set(name, cookie)
    // The same browser, whose exchange goes on with the cookie that it had when it began.
    if (when === 'after') {
      expect((await copy.sync(secondary)).result).toEqual({ result: 'replaced' })
      await expect(inFlight.login('ada')).rejects.toMatchObject({ code: 'CDS302' })
      await (await copy.session(secondary)).login('ada')
      expect(await seen(copy, secondary)).toMatchObject({ userId: 'ada', data: { p: 1 } })
    } else {
      await inFlight.login('ada')
      const before = copy.cookies(secondary)
      expect((await copy.sync(secondary)).result).toEqual({ result: 'error', code: 'CDS302' })
      expect(copy.cookies(secondary)).toEqual(before)
      await browser.sync(secondary)
      expect(await seen(browser, secondary)).toMatchObject({ userId: 'ada', data: { p: 1 } })
    }
  })
})

test('an old secret opens, a removed one means no session', async () => {
  const store = memoryStore()
  const old = 'the-old-secret-the-old-secret-the-old-secret'
  const fresh = 'the-new-secret-the-new-secret-the-new-secret'
  const browser = new FakeBrowser(new Deployment(store, { secret: old }))
  await browser.visit(primary)
  await save(primary, { p: 1 })(browser)
  const rotated = new FakeBrowser(new Deployment(store, { secret: [fresh, old] }))
  for (const [name, cookie] of browser.jar(primary)) rotated.jar(primary).set(name, cookie)
  expect((await seen(rotated, primary)).data).toEqual({ p: 1 })
  const removed = new FakeBrowser(new Deployment(store, { secret: fresh }))
  for (const [name, cookie] of browser.jar(primary)) removed.jar(primary).set(name, cookie)
  expect(await seen(removed, primary)).toEqual({ data: {}, userId: null, fingerprint: null })
})

test('a visitor who writes now and then lives through two rotations of the secret, each of which drops the one before', async () => {
  const store = memoryStore()
  const secrets = ['first', 'second', 'third'].map((name) => `the-${name}-secret-`.repeat(3))
  const rotations = [
    [secrets[0]],
    [secrets[1], secrets[0]],
    [secrets[1]],
    [secrets[2], secrets[1]],
    [secrets[2]],
  ] as string[][]
  let browser = new FakeBrowser(new Deployment(store, { secret: secrets[0] }))
  for (const origin of [primary, secondary]) await browser.visit(origin)
  await signIn(secondary, 'ada')(browser)
  await browser.sync(secondary)
  await browser.visit(primary)
  for (const [index, secret] of rotations.entries()) {
    const { jars } = browser
    browser = new FakeBrowser(new Deployment(store, { secret }))
    for (const [origin, jar] of jars) browser.jars.set(origin, jar)
    for (const origin of [primary, secondary]) {
      expect((await seen(browser, origin)).userId, `rotation ${index}`).toBe('ada')
      await save(origin, { [`seen${index}`]: true })(browser)
    }
  }
  expect(await browser.sync(secondary).then(({ result }) => result)).toEqual({ result: 'use_current' })
})

describe('two users on two domains', () => {
  const ask = async (answer: 'primary' | 'apart', world: World) => {
    const asked: unknown[] = []
    const { browser, deployment } = await open(world, {
      onUserConflict: (...users: string[]) => (asked.push(users), answer),
    })
    await all(
      save(primary, { p: 1 }),
      signIn(primary, 'ada'),
      save(secondary, { s: 1 }),
      signIn(secondary, 'grace'),
    )(browser)
    return { browser, deployment, asked }
  }
  test('stay apart where the application says so, and nothing is written', async () => {
    const { browser, deployment, asked } = await ask('apart', 'allowed')
    const before = browser.cookies(secondary)
    const { fingerprint } = await seen(browser, secondary)
    deployment.calls.length = 0
    const written = [...deployment.sessionsWritten]
    expect((await browser.sync(secondary)).outcome).toEqual({ result: 'use_current', fingerprint })
    expect(asked).toEqual([['ada', 'grace']])
    expect([browser.cookies(secondary), deployment.calls]).toEqual([before, ['swap', 'swap']])
    expect(deployment.sessionsWritten).toEqual(written)
    expect([(await seen(browser, primary)).data, await seen(browser, secondary)]).toMatchObject([
      { p: 1 },
      { data: { s: 1 }, userId: 'grace' },
    ])
  })
  test('stay apart by a navigation, too', async () => {
    const { browser } = await ask('apart', 'blocked')
    const { fingerprint } = await seen(browser, secondary)
    expect((await browser.navigate(`${secondary}/crossdomain/start?return_to=/a`)).href).toBe(
      `${secondary}/a#crossdomain=use_current:${fingerprint}`,
    )
    expect((await seen(browser, secondary)).userId).toBe('grace')
  })
})
