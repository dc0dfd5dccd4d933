import { isNotNull } from 'drizzle-orm'
import * as pg from 'drizzle-orm/pg-core'

/**
 * The table of the kit, for projects that run drizzle-kit: re-export it from your drizzle schema. If the
 * names are not the default ones, tell them to `postgresStore`, for example `{ table: 'shop_rows', schema:
 * 'auth' }`.
 * @param options.prefix Begins the name of the table, which ends in `rows`. Default: `crossdomain_`.
 * @param options.schema Postgres schema that it lives in. Default: the connection's own. Give drizzle-kit the
 *   `pgSchema('auth')` that you export: it creates a schema only if it sees one.
 * @param options.users Column of your users table, of type text, that user ids refer to: a session goes with
 *   its user.
 */
export function crossDomainTables(
  options: { prefix?: string; schema?: string | pg.PgSchema; users?: () => pg.AnyPgColumn } = {},
) {
  const name = `${options.prefix ?? 'crossdomain_'}rows`
  const schema = typeof options.schema === 'string' ? pg.pgSchema(options.schema) : options.schema
  const table = (schema?.table ?? pg.pgTable) as typeof pg.pgTable
  const userId = pg.text('user_id')
  const rows = table(
    name,
    {
      id: pg.text('id').primaryKey(),
      version: pg.integer('version').notNull(),
      userId: options.users ? userId.references(options.users, { onDelete: 'cascade' }) : userId,
      value: pg.json('value').notNull(),
      /** From when on nobody asks for the row any more. */
      purgeAt: pg.timestamp('purge_at', { withTimezone: true }).notNull(),
    },
    (row) => [
      pg.index(`${name}_user_id_idx`).on(row.userId).where(isNotNull(row.userId)),
      pg.index(`${name}_purge_at_idx`).on(row.purgeAt),
    ],
  )
  return { rows }
}

/** The table with the default name, `crossdomain_rows`. */
export const { rows: crossDomainRows } = crossDomainTables()
