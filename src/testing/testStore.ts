import type { Store } from '../core/store.js'
import { lifetimeFacts } from './lifetimes.js'
import { oddDataFacts } from './oddData.js'
import { rotationFacts } from './rotations.js'
import { sessionFacts } from './sessions.js'
import { settleFacts } from './settle.js'
import { settleRaceFacts } from './settleRaces.js'
import { ticketFacts } from './tickets.js'
import { userFacts } from './users.js'

const facts = [sessionFacts, rotationFacts, userFacts, settleFacts, settleRaceFacts, ticketFacts, lifetimeFacts, oddDataFacts].flat()

export interface StoreUnderTest {
  /** The function of your test runner, for example vitest's `test`. */
  readonly test: (title: string, run: () => Promise<void>) => void
  /** Called once for each test. All of them may share one database: every test uses ids of its own. */
  readonly createStore: () => Store | Promise<Store>
  /** More connections to the same database, for the tests of who comes first. Default: the store itself. */
  readonly otherConnections?: () => readonly Store[] | Promise<readonly Store[]>
  /** Moves the store's clock. Default: waits, so give it time. */
  readonly advanceSeconds?: (seconds: number) => Promise<void>
}

/** What a fact is given. */
export interface Bench {
  readonly store: Store
  readonly connections: readonly Store[]
  readonly advanceSeconds: (seconds: number) => Promise<void>
}

/** One thing that holds of every store. */
export interface Fact {
  readonly title: string
  readonly run: (bench: Bench) => Promise<void>
}

const wait = (seconds: number) => new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000))

/**
 * Holds a store to the contract of `Store`: every title is a fact that has to be true of it.
 * @example testStore({ test, createStore: () => myStore(connection) })
 */
export function testStore({ test, createStore, otherConnections, advanceSeconds }: StoreUnderTest): void {
  for (const { title, run } of facts) {
    test(title, async () => {
      const store = await createStore()
      const others = (await otherConnections?.()) ?? []
      await run({ store, connections: [store, ...others], advanceSeconds: advanceSeconds ?? wait })
    })
  }
}
