import type pg from 'pg'
import { expect } from 'vitest'

/** Columns, indexes and references of a table, in whichever schema it is. */
export async function tableOf(pool: pg.Pool, name: string) {
  const ask = async (text: string) => (await pool.query<Record<string, unknown>>(text, [name])).rows
  const columns = await ask(
    `select table_schema, column_name, data_type, is_nullable, column_default from information_schema.columns
      where table_name = $1 order by column_name`,
  )
  const indexes = await ask('select indexname, indexdef from pg_indexes where tablename = $1 order by 1')
  const references = await ask(
    `select pg_get_constraintdef(oid) as definition from pg_constraint
      where conrelid = (select oid from pg_class where relname = $1) and contype = 'f'`,
  )
  expect(columns).toHaveLength(5)
  return { columns, indexes, references }
}
