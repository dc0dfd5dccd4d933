import type { Rows, Store } from '../../../src/core/store/store.js'
import { watching, type Swap } from './watching.js'

/** What a request is given. */
export interface Server {
  readonly store: Store
  /** What the request has done so far. */
  readonly swaps: readonly Swap[]
  /** Runs work once the answer is on its way. */
  later(work: () => Promise<unknown>): void
}

/** Which rows the last step of a request has looked at, and which it has changed. */
export interface Footprint {
  readonly reads: ReadonlySet<string>
  readonly writes: ReadonlySet<string>
}

const nothing: Footprint = { reads: new Set(), writes: new Set() }

/**
 * A request that stops before each call of the store, until it is told to go on. Between two calls nothing else
 * runs, so a test decides in which order the calls of several requests happen.
 */
export class HeldRequest<T> {
  readonly #inner: Store
  readonly #swaps: Swap[] = []
  #call: (() => void) | null = null
  #answer: { readonly value: T } | null = null
  #footprint = nothing
  #goOn: () => void = () => {}
  #fail: (error: unknown) => void = () => {}

  private constructor(inner: Store) {
    this.#inner = watching(inner, (swap) => this.#swaps.push(swap))
  }

  /** Runs a request up to its first call of the store. */
  static async begin<T>(store: Store, work: (server: Server) => Promise<T>): Promise<HeldRequest<T>> {
    const request = new HeldRequest<T>(store)
    await request.#progress(() => void request.#run(work))
    return request
  }

  /** True if it stands before a call of the store; what it does later may do so after its answer. */
  get isHeld(): boolean {
    return this.#call !== null
  }

  /** Null as long as the request runs. */
  get answer(): { readonly value: T } | null {
    return this.#answer
  }

  /** Of the last step. */
  get footprint(): Footprint {
    return this.#footprint
  }

  get swaps(): readonly Swap[] {
    return this.#swaps
  }

  /** Lets the call happen, and runs the request up to the next one. */
  async step(): Promise<void> {
    const call = this.#call
    if (call === null) throw new Error('this request is not held')
    this.#call = null
    await this.#progress(call)
  }

  #progress(go: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#goOn = resolve
      this.#fail = reject
      go()
    })
  }

  async #run(work: (server: Server) => Promise<T>): Promise<void> {
    const later: (() => Promise<unknown>)[] = []
    try {
      const server = {
        store: this.#store(),
        swaps: this.#swaps,
        later: (each: () => Promise<unknown>) => void later.push(each),
      }
      this.#answer = { value: await work(server) }
      for (const each of later) await each()
      this.#goOn()
    } catch (error) {
      this.#fail(error)
    }
  }

  #held(): Promise<void> {
    return new Promise((resolve) => {
      this.#call = resolve
      this.#goOn()
    })
  }

  #store(): Store {
    const inner = this.#inner
    const read = async (ask: () => Promise<Rows>, ids: readonly string[]): Promise<Rows> => {
      await this.#held()
      this.#footprint = { reads: new Set(ids), writes: nothing.writes }
      return ask()
    }
    return {
      read: (ids) => read(() => inner.read(ids), ids),
      listUser: (userId) => read(() => inner.listUser(userId), []),
      sweep: (limit) => inner.sweep(limit),
      swap: async (changes, thenRead = []) => {
        await this.#held()
        const ids = changes.map(({ id }) => id)
        const answer = await inner.swap(changes, thenRead)
        const reads = new Set([...ids, ...thenRead])
        this.#footprint = { reads, writes: answer.done ? new Set(ids) : nothing.writes }
        return answer
      },
    }
  }
}
