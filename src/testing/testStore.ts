import type { Store } from '../core/store/store.js'
import { clockFacts } from './clocks.js'
import { lifetimeFacts } from './lifetimes.js'
import { oddDataFacts } from './oddData.js'
import { processFacts } from './processes.js'
import { raceFacts } from './races.js'
import { swapFacts } from './swaps.js'
import { userFacts } from './users.js'

/** The store, and what the suite needs around it. */
export interface StoreUnderTest {
  /**
   * The function of your test runner: `test` of vitest, Jest, or `node:test`, which ignores the time limit.
   * Some facts wait for seconds; all of them can run at once.
   */
  readonly test: (title: string, run: () => Promise<void>, timeoutMs: number) => unknown
  /**
   * Called once for each test. They may share one database, as each has ids of its own; but nothing else may
   * sweep it meanwhile.
   */
  readonly createStore: () => Store | Promise<Store>
  /** More connections to the same database, for the tests of who comes first. Default: the store itself. */
  readonly otherConnections?: () => readonly Store[] | Promise<readonly Store[]>
  /** Moves the store's clock. Default: waits, so give it time. */
  readonly advanceSeconds?: (seconds: number) => Promise<void>
  /**
   * False: the store lives in this process and goes by its `Date`; the fact about two clocks is left out.
   * Default: true.
   */
  readonly hasOwnClock?: boolean
  /**
   * Starts a process that connects to the same database, and answers what `runJob(store, job)` gives there.
   * Default: the fact about several processes is left out.
   */
  readonly startProcess?: (job: string) => Promise<string>
}

const facts = { ...swapFacts, ...raceFacts, ...userFacts, ...lifetimeFacts, ...oddDataFacts }
const timeoutMs = 60_000

const wait = (seconds: number) => new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000))

/**
 * Holds a store to the contract of `Store`: every title is a fact that has to be true of it.
 * @example testStore({ test, createStore: () => myStore(connection) })
 */
export function testStore({ test, createStore, hasOwnClock = true, ...given }: StoreUnderTest): void {
  const { otherConnections = () => [], advanceSeconds = wait, startProcess } = given
  const more = {
    ...(hasOwnClock && clockFacts),
    ...(startProcess && processFacts(startProcess)),
  }
  for (const [title, run] of Object.entries({ ...facts, ...more })) {
    const runIt = async () => {
      const store = await createStore()
      await run({ store, connections: [store, ...(await otherConnections())], advanceSeconds })
    }
    test(title, runIt, timeoutMs)
  }
}
