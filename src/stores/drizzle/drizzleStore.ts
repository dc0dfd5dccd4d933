import type { SQL } from 'drizzle-orm'
import { CrossDomainError } from '../../core/errors.js'
import type { SessionHash, SessionRecord, SessionState } from '../../core/record.js'
import { endedFrom, type Store } from '../../core/store.js'
import { within } from '../within.js'
import { parseAnswer, recordFrom, stateFrom } from './answers.js'
import { crossDomainTables, type CrossDomainTables } from './schema.js'
import { conflictMark, statements } from './statements.js'

/** What the store needs of a drizzle database: neon-http, neon-serverless, node-postgres and pglite all have it. */
export interface PostgresDatabase {
  execute(query: SQL): PromiseLike<unknown>
}

export interface DrizzleStoreOptions {
  /** Tables of `crossDomainTables({ prefix, schema })`. Default: those with the default names. */
  readonly tables?: CrossDomainTables
  /** Milliseconds after which a statement counts as failed. Default: 2,000. */
  readonly timeoutMs?: number
}

/**
 * Keeps sessions in your Postgres, through your own drizzle database. Every operation is one statement.
 * @param db For example `drizzle(neon(process.env.DATABASE_URL))` of `drizzle-orm/neon-http`.
 */
export function drizzleStore(db: PostgresDatabase, options: DrizzleStoreOptions = {}): Store {
  const sql = statements(options.tables ?? crossDomainTables())
  const timeoutMs = options.timeoutMs ?? 2000

  async function ask(statement: SQL): Promise<unknown> {
    try {
      return parseAnswer(await within(timeoutMs, db.execute(statement)))
    } catch (cause) {
      throw codesOf(cause).has('42P01') ? new CrossDomainError('CDS304', undefined, { cause }) : cause
    }
  }
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
      return current.state === 'ended' || writeOptions.ifVersion === undefined ? endedFrom(current) : { status: 'conflict', current }
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
      return ((await ask(sql.listUser(userId))) as unknown[]).map((record): SessionRecord => recordFrom(record))
    },

    async endUser(userId, { tombstoneSeconds, except }) {
      return (await ask(sql.endUser(userId, tombstoneSeconds, except ?? null))) as number
    },

    async redeem(ticketId, ttlSeconds, hashes) {
      const answer = (await ask(sql.redeem(ticketId, ttlSeconds, hashes))) as { first: boolean; states: unknown[] }
      return { first: answer.first, states: answer.states.map(stateFrom) }
    },

    async settle(settlement) {
      try {
        await ask(sql.settle(settlement))
        return 'settled'
      } catch (error) {
        // Serialization failure, deadlock: somebody else was faster, and nothing of ours was written.
        const codes = codesOf(error)
        if (codes.has('40001') || codes.has('40P01') || (codes.has('22P02') && messagesOf(error).includes(conflictMark))) return 'conflict'
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

/** Drizzle wraps what the driver threw; the SQLSTATE is on one of the causes. */
function* causesOf(error: unknown): Generator<{ readonly code?: unknown; readonly message?: unknown; readonly cause?: unknown }> {
  for (let cause = error; typeof cause === 'object' && cause !== null; cause = (cause as { cause?: unknown }).cause) yield cause
}

function codesOf(error: unknown): ReadonlySet<unknown> {
  return new Set(Array.from(causesOf(error), (cause) => cause.code))
}

function messagesOf(error: unknown): string {
  return Array.from(causesOf(error), (cause) => cause.message).join('\n')
}
