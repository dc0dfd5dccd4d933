import { CrossDomainError } from '../../core/errors/catalogue.js'
import type { Rows, Store } from '../../core/store/store.js'
import type { JsonObject } from '../../core/values/json.js'
import { within } from '../../shared/within.js'
import { codeOf, queryThrough, type Answer, type PostgresClient, type Query } from './client.js'
import { targetOf, type TableOptions } from './names.js'
import { listOf, statementsOn, valuesOf } from './statements.js'

/** Which table `postgresStore` works on, and how long it waits. */
export interface PostgresStoreOptions extends TableOptions {
  /** Milliseconds after which an operation counts as failed. Default: 2,000. */
  readonly timeoutMs?: number
}

/**
 * Keeps sessions in your Postgres, through the connection that you already have.
 * @param client A drizzle database, a `Pool` or `Client` of `pg`, `neon(url)` or a `Pool` of
 *   `@neondatabase/serverless`, or a `PGlite`.
 */
export function postgresStore(client: PostgresClient, options: PostgresStoreOptions = {}): Store {
  const { timeoutMs = 2000 } = options
  const query = queryThrough(client)
  const sql = statementsOn(targetOf(options))

  /** Runs an operation of one statement or two, and sends nothing more when its time is over. */
  function operation<T>(run: (ask: Query) => Promise<T>): Promise<T> {
    const endMs = performance.now() + timeoutMs
    const ask: Query = (statement, values) => {
      if (performance.now() >= endMs) return Promise.reject(new Error('the time of this operation is over'))
      return query(statement, values).catch((cause: unknown) => {
        const code = codeOf(cause)
        if (code === '42P01') throw new CrossDomainError('CDS304', undefined, { cause })
        // Serialization failure, deadlock: somebody else was faster, and nothing of ours was written.
        if (code !== '40001' && code !== '40P01') throw cause
        return ask(statement, values)
      })
    }
    return within(timeoutMs, run(ask))
  }

  return {
    read: (ids) => operation((ask) => ask(sql.read, [listOf(ids)]).then(rowsFrom)),

    swap: (changes, thenRead = []) =>
      operation(async (ask) => {
        const statement = changes.length === 1 ? sql.swapOne : sql.swapTwo
        const values = [listOf(thenRead), ...changes.flatMap(valuesOf)]
        const answer = await ask(statement, values).catch((error: unknown) => {
          if (codeOf(error) !== '23505') throw error
        })
        const done = answer !== undefined && Number(answer[0]?.[5]) > 0
        const changed = changes.map(({ id }) => id)
        // A statement does not see what it writes itself.
        if (done && !thenRead.some((id) => changed.includes(id))) return { done, ...rowsFrom(answer) }
        const asked = done ? thenRead : [...changed, ...thenRead]
        return { done, ...rowsFrom(await ask(sql.read, [listOf(asked)])) }
      }),

    listUser: (userId) => operation(async (ask) => rowsFrom(await ask(sql.listUser, [userId]))),

    sweep: (limit) => operation(async (ask) => Number((await ask(sql.sweep, [limit]))[0]?.[0])),
  }
}

type RawRow = readonly [string | null, unknown, string | null, string, unknown]

function rowsFrom(answer: Answer): Rows {
  const raw = answer as readonly RawRow[]
  const rows = raw.flatMap(([id, version, userId, value]) =>
    id === null ? [] : [{ id, version: Number(version), userId, value: JSON.parse(value) as JsonObject }],
  )
  return { nowMs: Number(raw[0]?.[4]), rows }
}
