import type { Store } from '../core/store/store.js'
import { clockFacts } from './clocks.js'
import { lifetimeFacts } from './lifetimes.js'
import { oddDataFacts } from './oddData.js'
import { processFacts } from './processes.js'
import { renewalFacts } from './renewals.js'
import { rotationFacts } from './rotations.js'
import { sessionFacts } from './sessions.js'
import { settleFacts } from './settle.js'
import { settleRaceFacts } from './settleRaces.js'
import { ticketFacts } from './tickets.js'
import { userFacts } from './users.js'

const facts = [
  sessionFacts,
  rotationFacts,
  renewalFacts,
  userFacts,
  settleFacts,
  settleRaceFacts,
  ticketFacts,
  lifetimeFacts,
  oddDataFacts,
].flat()

/** The store, and what the suite needs around it. */
export interface StoreUnderTest {
  /** The function of your test runner: `test` of vitest, Jest, or `node:test`, which has no time limit and ignores this one. Some facts wait for seconds. */
  readonly test: (title: string, run: () => Promise<void>, timeoutMs: number) => unknown
  /** Called once for each test. All of them may share one database: every test uses ids of its own. */
  readonly createStore: () => Store | Promise<Store>
  /** More connections to the same database, for the tests of who comes first. Default: the store itself. */
  readonly otherConnections?: () => readonly Store[] | Promise<readonly Store[]>
  /** Moves the store's clock. Default: waits, so give it time. */
  readonly advanceSeconds?: (seconds: number) => Promise<void>
  /** False: the store lives in this process and goes by its `Date`; the facts about two clocks are left out. Default: true. */
  readonly hasOwnClock?: boolean
  /** Starts a process that connects to the same database, and answers what `runJob(store, job)` gives there. Default: the fact about several processes is left out. */
  readonly startProcess?: (job: string) => Promise<string>
}

const timeoutMs = 60_000

const wait = (seconds: number) => new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000))

/**
 * Holds a store to the contract of `Store`: every title is a fact that has to be true of it.
 * @example testStore({ test, createStore: () => myStore(connection) })
 */
export function testStore({
  test,
  createStore,
  otherConnections,
  advanceSeconds,
  hasOwnClock = true,
  startProcess,
}: StoreUnderTest): void {
  const more = [
    ...(hasOwnClock ? clockFacts : []),
    ...(startProcess === undefined ? [] : processFacts(startProcess)),
  ]
  for (const { title, run } of [...facts, ...more]) {
    test(
      title,
      async () => {
        const store = await createStore()
        const others = (await otherConnections?.()) ?? []
        await run({ store, connections: [store, ...others], advanceSeconds: advanceSeconds ?? wait })
      },
      timeoutMs,
    )
  }
}
