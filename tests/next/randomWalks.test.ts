// Requests, answers and exchanges of two people, in any order: held inside, late, lost, or opened by the wrong one.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Store } from '../../src/core/store/store.js'
import { memoryStore } from '../../src/stores/memory.js'
import { Deployment } from '../support/fakeBrowser.js'
import { jarsOf, restore } from '../support/guestMeetsUser.js'
import { origins, stepsOf, Walker, type Often, type Step } from '../support/walkers.js'

/** Of each fact; CONTRIBUTING.md says how to take more. So many from this seed on break one for each of the mistakes that this was tried with. */
const walks = Number(process.env['WALKS'] ?? 60)
const seed = Number(process.env['WALKS_SEED'] ?? 24)

const exchanging: Often = [
  ['asks the primary by a link', 4],
  ['asks the primary by a fetch', 2],
  ['brings a ticket home', 6],
  ['gets an answer', 1],
]
const asking: Often = [
  ['begins a request', 2],
  ['ends one with a write', 3],
  ['ends one with an update', 1],
  ['ends one with a message', 1],
  ['ends one by taking messages', 1],
]
const signing: Often = [
  ['signs in', 2],
  ['signs out', 1],
  ['ends the session', 1],
  ['opens a page', 1],
]

interface Cast {
  /** Who takes steps. The other one can be there for what he sees alone. */
  readonly who: readonly Step['who'][]
  readonly often: Often
  /** The other one has all cookies that the user had as a guest. */
  readonly copies?: true
}

const facts: Readonly<Record<string, Cast>> = {
  'whoever copied a guest’s cookies is never the user and sees nothing of the user’s': {
    who: ['user'],
    often: [...exchanging, ['begins a request', 1], ['ends one with a write', 1]],
    copies: true,
  },
  'nor is he where he does something with them, and the user is never he': {
    who: ['user', 'user', 'other'],
    often: [...exchanging, ...asking, ...signing],
    copies: true,
  },
  'whoever sends the user a ticket of his own is never the user, nor the user he': {
    who: ['user', 'other'],
    often: [...exchanging, ...signing, ['brings the other one’s ticket', 6], ['signs in', 2]],
  },
  'whoever sends the user a claim of his own is never the user, nor the user he': {
    who: ['user', 'other'],
    often: [
      ...exchanging,
      ...signing,
      ['opens a link with the other one’s claim', 5],
      ['ends one with a mark', 3],
    ],
  },
  'what was signed out never comes back': {
    who: ['user'],
    often: [...exchanging, ...signing, ['begins a request', 4], ['signs out', 3]],
  },
}

interface Walk {
  /** Of a guest, who is copied after them, and then signs in. */
  readonly before: readonly Step[]
  readonly signsInOn: string
  readonly after: readonly Step[]
}

const walksOf = ({ who, often }: Cast): fc.Arbitrary<Walk> =>
  fc.record({
    before: stepsOf(['user'], [...exchanging, ...asking], 3),
    signsInOn: fc.constantFrom(...origins),
    after: stepsOf(who, often, 14),
  })

/** A store before each call of which something may be done. */
function holding(store: Store, before: () => Promise<void>): Store {
  return new Proxy(store, {
    get: (target, name: keyof Store) => {
      const method = target[name] as (...args: unknown[]) => Promise<unknown>
      return async (...args: unknown[]) => {
        await before()
        return method.apply(target, args)
      }
    },
  })
}

/** @returns On how many domains the user was signed in at once. */
async function walk({ before, signsInOn, after }: Walk, { copies }: Cast): Promise<number> {
  let nowMs = 1_800_000_000_000
  let callsToGo: number | null = null
  let signedInOn = 0
  const steps = [...before]
  const inner = memoryStore({ now: () => nowMs })
  const deployment = new Deployment(
    holding(inner, async () => {
      if (callsToGo === null || callsToGo-- > 0) return
      callsToGo = null
      await next()
    }),
  )
  const user = new Walker(deployment, 'ada')
  const other = new Walker(deployment, 'eve')

  function pass(seconds: number): void {
    nowMs += seconds * 1000
    deployment.nowSeconds += seconds
  }

  async function next(): Promise<void> {
    const step = steps.shift()
    if (step === undefined) return
    pass(step.secondsLater)
    callsToGo = step.heldAt
    await (step.who === 'user' ? user.do(step, other) : other.do(step, user))
    callsToGo = null
  }

  async function check(): Promise<void> {
    for (const [{ name, browser, gone }, stranger] of [
      [user, other],
      [other, user],
    ] as const) {
      const sessions = await Promise.all(origins.map((origin) => browser.session(origin)))
      for (const { userId, data, domain } of sessions) {
        expect([name, null], `whom ${name} is on ${domain}`).toContain(userId)
        expect(JSON.stringify(data), `what ${name} reads on ${domain}`).not.toContain(`of ${stranger.name}`)
      }
      const kept = JSON.stringify((await inner.listUser(name)).rows.map(({ value }) => value))
      expect(kept, `what ${name} has`).not.toContain(`of ${stranger.name}`)
      for (const mark of gone) expect(kept, `what ${name} has signed out`).not.toContain(mark)
      if (name === user.name)
        signedInOn = Math.max(signedInOn, sessions.filter(({ userId }) => userId === name).length)
    }
  }

  for (const { browser } of [user, other]) for (const origin of origins) await browser.visit(origin)
  while (steps.length > 0) await next()
  if (copies) restore(other.browser, jarsOf(user.browser))
  await user.signInAgain(signsInOn, () => pass(11))
  steps.push(...after)
  while (steps.length > 0) {
    const { length } = deployment.sessionsWritten
    await next()
    if (deployment.sessionsWritten.length > length) await check()
  }
  await check()
  return signedInOn
}

test.concurrent.each(Object.entries(facts))('%s', { timeout: 600_000 }, async (_, cast) => {
  let most = 0
  await fc.assert(
    fc.asyncProperty(walksOf(cast), async (each) => {
      most = Math.max(most, await walk(each, cast))
    }),
    { numRuns: walks, seed, unbiased: true },
  )
  expect(most, 'domains to which the exchange brings the user').toBe(origins.length)
})
