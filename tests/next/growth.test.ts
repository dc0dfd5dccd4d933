// What a visitor can make grow: one who loses a cookie, fills a new session and merges it, again and again.
import { describe, expect, test } from 'vitest'
import { mergeBy, union, type SessionEvent } from '../../src/index.js'
import type { Options } from '../../src/core/config.js'
import type { Session } from '../../src/core/session/session.js'
import { memoryStore } from '../../src/stores/memory.js'
import { Deployment, FakeBrowser, primary, secondary } from '../support/fakeBrowser.js'
import { jarsOf, restore } from '../support/guestMeetsUser.js'

const visits = 30
const maxDataBytes = 6500
const text = (length: number): string => 'x'.repeat(length)

async function open(options: Options = {}) {
  let nowMs = 1_800_000_000_000
  const events: SessionEvent['type'][] = []
  const onEvent = ({ type }: SessionEvent) => void events.push(type)
  const store = memoryStore({ now: () => nowMs })
  const deployment = new Deployment(store, { maxDataBytes, onEvent, ...options })
  const browser = new FakeBrowser(deployment)
  for (const origin of [primary, secondary]) await browser.visit(origin)
  const later = () => {
    nowMs += 20_000
    deployment.nowSeconds += 20
  }
  return { deployment, browser, events, later }
}

type Opened = Awaited<ReturnType<typeof open>>

/** Bytes of the largest row that was written since the last time. */
function largest({ deployment }: Opened): number {
  return Math.max(...deployment.written.splice(0).map(({ value }) => JSON.stringify(value).length))
}

/** The browser loses the cookie of the secondary, fills a new session there, and the domains agree. */
async function again(at: Opened, round: number, fill: (session: Session, round: number) => Promise<unknown>) {
  at.later()
  at.browser.jar(secondary).clear()
  await at.browser.visit(secondary)
  await fill(await at.browser.session(secondary), round)
  at.later()
  return (await at.browser.sync(secondary)).result
}

const list = (of: string) => [...Array(60).keys()].map((index) => `${of}-${index}-${text(90)}`)

const ways: Readonly<
  Record<string, { fill: (session: Session, round: number) => Promise<unknown>; options?: Options }>
> = {
  'of another key each time': { fill: (session, round) => session.set(`k${round}`, text(6000)) },
  'of one list that a rule adds up': {
    fill: (session, round) => session.set('list', list(`${round}`)),
    options: { merge: mergeBy<{ list: string[] }>({ list: union() }) as NonNullable<Options['merge']> },
  },
  'of messages': { fill: (session) => session.flash(text(6000)) },
  'of data of one domain': { fill: (session, round) => session.local.set(`k${round}`, text(6000)) },
}

describe.each(Object.keys(ways))('thirty merges %s', (name) => {
  test.each([
    ['of guests', null],
    ['with a user of the primary', primary],
    ['with a user who signs in on the secondary', secondary],
  ])(
    'all succeed, leave no session larger than the limit, and say what is left out: %s',
    async (_, signedIn) => {
      const { fill, options } = ways[name] ?? { fill: async () => {} }
      const at = await open(options)
      await (await at.browser.session(primary)).set('own', 'of the primary')
      if (signedIn === primary) await (await at.browser.session(primary)).login('ada')
      const sizes: number[] = []
      for (let round = 0; round < visits; round++) {
        const result = await again(at, round, async (session, number) => {
          await fill(session, number)
          if (signedIn === secondary) await session.login('ada')
        })
        expect(result).toMatchObject({ result: expect.stringMatching(/^(replaced|use_current)$/) })
        sizes.push(largest(at))
      }
      // The rest of a row is names, times and keys.
      expect(Math.max(...sizes)).toBeLessThan(2 * maxDataBytes + 3000)
      expect(Math.max(...sizes.slice(20))).toBeLessThanOrEqual(Math.max(...sizes.slice(0, 20)))
      expect(at.events.filter((type) => type === 'left-out').length).toBeGreaterThan(20)
      expect((await at.browser.session(primary)).fingerprint).toBe(
        (await at.browser.session(secondary)).fingerprint,
      )
    },
  )
})

test('a hundred old cookies of one session, each of which writes after a sign-in, leave its row small', async () => {
  const at = await open()
  await (await at.browser.session(primary)).set('cart', ['a'])
  const before = jarsOf(at.browser)
  const copies: FakeBrowser[] = []
  for (let count = 0; count < 100; count++) {
    const copy = new FakeBrowser(at.deployment)
    restore(copy, before)
    // A cookie that is missing is set anew, with a key of its own.
    copy.jar(primary).delete('__Host-Http-crossdomain-link')
    await (await copy.session(primary)).set('count', count)
    copies.push(copy)
    at.later()
  }
  await (await at.browser.session(primary)).login('ada')
  for (const copy of copies) {
    at.later()
    await (await copy.session(primary)).set('of', 'nobody')
    expect((await copy.session(primary)).data).toEqual({ of: 'nobody' })
  }
  const { rows } = await at.deployment.store.listUser('ada')
  expect(JSON.stringify(rows).length).toBeLessThan(5000)
})

test.each([
  ['reads', async () => {}],
  ['writes', (session: Session, round: number) => session.set('count', round)],
  ['signs in', (session: Session) => session.login('ada')],
] as const)('a hundred visits of somebody who %s leave one session, as large as ten do', async (_, act) => {
  const at = await open()
  for (const origin of [primary, secondary]) await (await at.browser.session(origin)).set(origin, 1)
  await at.browser.sync(secondary)
  const sizes: number[] = []
  at.deployment.written.length = 0
  const ids = new Set<string>()
  for (let round = 0; round < 100; round++) {
    at.later()
    for (const origin of [primary, secondary]) {
      await at.browser.visit(origin)
      await act(await at.browser.session(origin), round)
    }
    await at.browser.sync(secondary)
    for (const id of at.deployment.sessionsWritten) ids.add(id)
    if (at.deployment.sessionsWritten.length > 0) sizes.push(largest(at))
  }
  expect(ids.size).toBeLessThanOrEqual(1)
  expect(Math.max(0, ...sizes)).toBeLessThanOrEqual(Math.max(0, ...sizes.slice(0, 10)) + 10)
})

describe('two sessions that are too large together', () => {
  const meeting = async (options: Options = {}, sizes: readonly [number, number] = [6000, 6000]) => {
    const at = await open(options)
    for (const [index, origin] of [primary, secondary].entries()) {
      const session = await at.browser.session(origin)
      await session.set(`from ${origin}`, text(sizes[index] ?? 0))
      await session.flash(`hello from ${origin}`)
    }
    return at
  }
  const keys = async (at: Opened, origin: string) => Object.keys((await at.browser.session(origin)).data)

  test('keep both up to the limit, and say nothing', async () => {
    const at = await meeting()
    await at.browser.sync(secondary)
    expect(await keys(at, primary)).toHaveLength(2)
    expect(at.events.at(-1)).toBe('merged')
  })
  test.each([
    ['the primary, if both are guests', null, primary],
    ['the signed-in primary', primary, primary],
    ['the signed-in secondary', secondary, secondary],
  ])('keep the data of %s', async (_, signedIn, kept) => {
    const at = await meeting({ maxMergedBytes: 9000 })
    if (signedIn !== null) await (await at.browser.session(signedIn)).login('ada')
    await at.browser.sync(secondary)
    for (const origin of [primary, secondary]) expect(await keys(at, origin)).toEqual([`from ${kept}`])
    expect(at.events.slice(-2)).toEqual(['merged', 'left-out'])
    expect(await (await at.browser.session(primary)).takeFlash()).toHaveLength(2)
  })
  test('stay as they are, if what is kept is over a limit that was lowered', async () => {
    const at = await meeting({ maxMergedBytes: 100 })
    expect((await at.browser.sync(secondary)).result).toEqual({ result: 'replaced' })
    expect(await keys(at, secondary)).toEqual([`from ${primary}`])
  })
  test('come to the same with whatever a rule makes of them, if that fits', async () => {
    const at = await meeting({ maxMergedBytes: 1000, merge: () => ({ small: 1 }) })
    await at.browser.sync(secondary)
    expect(await keys(at, secondary)).toEqual(['small'])
    expect(at.events.at(-1)).toBe('merged')
  })
  test('are counted by twice `maxDataBytes` unless told otherwise', async () => {
    const { config } = new Deployment(memoryStore(), { maxDataBytes: 300 })
    expect(config.maxMergedBytes).toBe(600)
    expect(new Deployment(memoryStore()).config.maxMergedBytes).toBe(131_072)
  })
})
