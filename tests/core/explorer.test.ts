// Two requests of one browser, in every order in which they and their answers can meet, and with each answer lost.
// Some cases of three requests, too.
import { describe, expect, test, vi } from 'vitest'
import { casesOf, chosenFor, setsOf, startNames, titleOf } from '../support/explorer/cases.js'
import { explore } from '../support/explorer/explore.js'
import { findProblems } from '../support/explorer/findProblems.js'
import { ownIds } from '../support/explorer/ownIds.js'
import type { Asked, SmallCase } from '../support/explorer/smallCase.js'
import { startOf, type StartName } from '../support/explorer/starts.js'
import { Steps } from '../support/explorer/steps.js'
import { endOf } from '../support/explorer/verdict.js'
import { primary, secondary, third } from '../support/explorer/world.js'

// Sealing is what costs most.
vi.mock('iron-session', async () => (await import('../support/explorer/nothingIsSealed.js')).nothingIsSealed)
ownIds.install()

/** Only the cases whose title fits: to repeat one that failed. */
const only = process.env['EXPLORE_ONLY']
/** All cases of so many requests. Otherwise those that `chosenFor` chooses. */
const isAll = process.env['EXPLORE'] === 'all' || only !== undefined
const requests = Number(process.env['EXPLORE_REQUESTS'] ?? 2)

describe(
  'in every order, what is acknowledged stays and what is signed out is gone, starting from',
  { timeout: 360_000_000 },
  () => {
    test.each(startNames)('%s', async (name) => {
      const asked = isAll ? setsOf(requests) : chosenFor(name)
      const cases = asked
        .flatMap((each) => casesOf(name, each))
        .filter((given) => new RegExp(only ?? '').test(titleOf(given)))
      const { problems, orders } = await findProblems(name, cases)
      if (isAll) console.log(`${name}: ${cases.length} cases, ${orders} orders`)
      expect(problems).toEqual([])
      if (only === undefined) expect(orders).toBeGreaterThan(cases.length)
    })
  },
)

describe(
  'in every order of three requests, what is acknowledged stays and what is signed out is gone',
  { timeout: 120_000 },
  () => {
    const triples: readonly SmallCase[] = [
      caseOf(
        'two users on two domains',
        { kind: 'set', domain: secondary },
        { kind: 'sign-in', domain: primary },
        { kind: 'fetch', domain: secondary },
      ),
      caseOf(
        'a user on all domains',
        { kind: 'update', domain: third },
        { kind: 'sign-out', domain: primary },
        { kind: 'fetch', domain: secondary },
      ),
      caseOf(
        'a guest on each domain',
        { kind: 'set', domain: secondary },
        { kind: 'sign-in', domain: secondary },
        { kind: 'fetch', domain: secondary },
      ),
    ]
    test.each(triples.map((given) => [titleOf(given), given] as const))('%s', async (_, given) => {
      const { problems, orders } = await findProblems(given.start, [given])
      expect(problems).toEqual([])
      expect(orders).toBeGreaterThan(20)
    })
  },
)

describe('an order that the explorer skips ends like one that it tries', () => {
  const pairs: readonly SmallCase[] = [
    caseOf(
      'a guest on each domain',
      { kind: 'set', domain: secondary },
      { kind: 'fetch', domain: secondary },
    ),
    caseOf(
      'a guest on each domain',
      { kind: 'sign-in', domain: primary },
      { kind: 'navigation', domain: third },
    ),
    caseOf(
      'a session that has expired',
      { kind: 'update', domain: third },
      { kind: 'sign-in', domain: third },
    ),
    caseOf(
      'two users on two domains',
      { kind: 'sign-out', domain: secondary },
      { kind: 'fetch', domain: secondary },
    ),
  ]
  test.each(pairs.map((given) => [titleOf(given), given] as const))('%s', async (_, given) => {
    ownIds.begin()
    const start = await startOf(given.start)
    const [tried, all] = [new Set<string>(), new Set<string>()]
    const few = await explore(given, start, async (play) => void tried.add(endOf(play, Steps.of(play))))
    const many = await explore(
      given,
      start,
      async (play) => void all.add(endOf(play, Steps.of(play))),
      () => false,
    )
    expect(few).toBeLessThan(many / 10)
    expect([...tried].sort()).toEqual([...all].sort())
  })
})

function caseOf(start: StartName, ...asked: readonly Asked[]): SmallCase {
  return { start, asked, lost: null }
}
