import type { SessionHash, SessionRecord, SessionState } from '../../core/store/record.js'
import { endedFrom, type Store } from '../../core/store/store.js'
import { recordFrom, stateFrom } from './answers.js'
import { codesOf, messagesOf } from './causes.js'
import { operation, type Ask, type PostgresDatabase } from './operation.js'
import { crossDomainTables, type CrossDomainTables } from './schema.js'
import { conflictMark, statements } from './statements.js'

/** Which tables `drizzleStore` works on, and how long it waits. */
export interface DrizzleStoreOptions {
  /** Tables of `crossDomainTables({ prefix, schema })`. Default: those with the default names. */
  readonly tables?: CrossDomainTables
  /** Milliseconds after which an operation counts as failed. Default: 2,000. */
  readonly timeoutMs?: number
}

/**
 * Keeps sessions in your Postgres, through your own drizzle database. Every operation is one statement.
 * @param db For example `drizzle(neon(process.env.DATABASE_URL))` of `drizzle-orm/neon-http`.
 */
export function drizzleStore(db: PostgresDatabase, options: DrizzleStoreOptions = {}): Store {
  const sql = statements(options.tables ?? crossDomainTables())
  const timeoutMs = options.timeoutMs ?? 2000
  const on = <T>(run: (store: Store) => Promise<T>): Promise<T> =>
    operation(db, timeoutMs, (ask) => run(storeOn(ask, sql)))
  return {
    read: (...args) => on((store) => store.read(...args)),
    write: (...args) => on((store) => store.write(...args)),
    rotate: (...args) => on((store) => store.rotate(...args)),
    end: (...args) => on((store) => store.end(...args)),
    listUser: (...args) => on((store) => store.listUser(...args)),
    endUser: (...args) => on((store) => store.endUser(...args)),
    redeem: (...args) => on((store) => store.redeem(...args)),
    settle: (...args) => on((store) => store.settle(...args)),
    sweep: (...args) => on((store) => store.sweep(...args)),
  }
}

/** The store for one operation, whose statements go through `ask`. */
function storeOn(ask: Ask, sql: ReturnType<typeof statements>): Store {
  const read: Store['read'] = async (hashes, visit) => {
    const answer = await ask(sql.read(hashes, visit)).catch((error: unknown) => {
      // A database that is read-only or full still says what it has; the visit is recorded another time.
      const codes = codesOf(error)
      if (visit === null || !(codes.has('25006') || codes.has('53100'))) throw error
      return ask(sql.read(hashes, null))
    })
    return (answer as unknown[]).map(stateFrom)
  }

  /** Somebody who committed while a statement waited is not in its snapshot; then the state is read anew. */
  async function newest(hash: SessionHash, seen: unknown): Promise<SessionState> {
    const state = stateFrom(seen)
    return state.state === 'ended' ? state : ((await read([hash], null))[0] ?? state)
  }

  return {
    read,

    async write(hash, change, writeOptions) {
      const answer = (await ask(sql.write(hash, change, writeOptions))) as Answer
      if (answer.status === 'saved') return { status: 'saved', record: recordFrom(answer.record) }
      const current = await newest(hash, answer.current)
      return current.state === 'ended' || writeOptions.ifVersion === undefined
        ? endedFrom(current)
        : { status: 'conflict', current }
    },

    async rotate(rotation) {
      for (;;) {
        const answer = (await ask(sql.rotate(rotation))) as Answer
        if (answer.status === 'rotated') return { status: 'rotated', record: recordFrom(answer.record) }
        const state = await newest(rotation.from, answer.current)
        // Else somebody saved the session for the first time while we looked: now there is a row to rotate.
        if (state.state === 'ended') return endedFrom(state)
      }
    },

    async end(hash, tombstoneSeconds) {
      const answer = (await ask(sql.end(hash, tombstoneSeconds))) as Answer
      return answer.status === 'ended' ? { status: 'ended' } : endedFrom(await newest(hash, answer.current))
    },

    async listUser(userId) {
      return ((await ask(sql.listUser(userId))) as unknown[]).map((record): SessionRecord =>
        recordFrom(record),
      )
    },

    async endUser(userId, { tombstoneSeconds, except }) {
      for (let total = 0; ;) {
        const { ended, seen } = (await ask(sql.endUser(userId, tombstoneSeconds, except ?? null))) as {
          ended: number
          seen: number
        }
        total += ended
        // Else a session that we saw was no longer there when its turn came: its content may have gone on under an id that we did not see.
        if (ended === seen) return total
      }
    },

    async redeem(ticketId, ttlSeconds, hashes, renewal) {
      const answer = (await ask(sql.redeem(ticketId, ttlSeconds, hashes, renewal))) as {
        first: boolean
        states: unknown[]
        renewed: SessionHash | null
      }
      return { ...answer, states: answer.states.map(stateFrom) }
    },

    async settle(settlement) {
      try {
        await ask(sql.settle(settlement))
        return 'settled'
      } catch (error) {
        if (codesOf(error).has('22P02') && messagesOf(error).includes(conflictMark)) return 'conflict'
        throw error
      }
    },

    async sweep(limit) {
      return (await ask(sql.sweep(limit))) as number
    },
  }
}

interface Answer {
  readonly status: string
  readonly record?: unknown
  readonly current?: unknown
}
