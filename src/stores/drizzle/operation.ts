import type { SQL } from 'drizzle-orm'
import { CrossDomainError } from '../../core/errors/errors.js'
import { within } from '../within.js'
import { parseAnswer } from './answers.js'
import { codesOf } from './causes.js'

/** What the store needs of a drizzle database: neon-http, neon-serverless, node-postgres and pglite all have it. */
export interface PostgresDatabase {
  execute(query: SQL): PromiseLike<unknown>
}

/** Sends a statement, and answers with what it says. */
export type Ask = (statement: SQL) => Promise<unknown>

/** Of twenty that write one session at once, each may be refused by all of the others. */
const mostTries = 100

/** Runs one operation, of however many statements, within `timeoutMs`; after that it sends no more of them. */
export async function operation<T>(
  db: PostgresDatabase,
  timeoutMs: number,
  run: (ask: Ask) => Promise<T>,
): Promise<T> {
  let isOver = false
  const ask: Ask = async (statement) => {
    for (let tries = 1; !isOver; tries++) {
      try {
        return parseAnswer(await db.execute(statement))
      } catch (cause) {
        const codes = codesOf(cause)
        if (codes.has('42P01')) throw new CrossDomainError('CDS304', undefined, { cause })
        // Serialization failure, deadlock: somebody else was faster, and nothing of ours was written. What is there now decides.
        if (tries === mostTries || !(codes.has('40001') || codes.has('40P01'))) throw cause
      }
    }
    throw new Error('the time of this operation is over')
  }
  try {
    return await within(timeoutMs, run(ask))
  } finally {
    isOver = true
  }
}
