import type { Store } from '../core/store/store.js'

/** What a fact is given. */
interface Bench {
  readonly store: Store
  readonly connections: readonly Store[]
  readonly advanceSeconds: (seconds: number) => Promise<void>
}

/** One thing that holds of every store. */
export interface Fact {
  readonly title: string
  readonly run: (bench: Bench) => Promise<void>
}
