// How Postgres reads one session among many: a plan in which it reads them all would make every other figure worthless.
import { sql } from 'drizzle-orm'
import { getTableConfig } from 'drizzle-orm/pg-core'
import { drizzleStore } from 'next-crossdomain-session/drizzle'
import { tablesOf } from './drivers.mjs'
import { hashOf, visit } from './fill.mjs'

/**
 * The plan of the very statement that the store sends for a visit.
 * @param {import('./drivers.mjs').Engines} engines
 * @param {number} count Sessions in the larger table.
 * @returns {Promise<{ lines: string[], isByIndex: boolean }>}
 */
export async function planOfResolve({ db }, count) {
  const lines = []
  const explained = {
    async execute(statement) {
      const { rows } = await db.execute(sql`explain ${statement}`)
      lines.push(...rows.map((row) => row['QUERY PLAN']))
      return db.execute(statement)
    },
  }
  await drizzleStore(explained, { tables: tablesOf.many }).read([hashOf(Math.floor(count / 2))], visit)
  return { lines, isByIndex: isByIndex(lines, getTableConfig(tablesOf.many.sessions).name) }
}

function isByIndex(lines, table) {
  const scans = lines.filter((line) => new RegExp(`Scan .*\\b${table}(_pkey)?\\b`).test(line))
  return (
    scans.length > 0 &&
    scans.every((line) => /\b(Index|Index Only|Bitmap Index|Bitmap Heap) Scan\b/.test(line))
  )
}
