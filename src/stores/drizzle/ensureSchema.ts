import { sql } from 'drizzle-orm'
import { getTableConfig } from 'drizzle-orm/pg-core'
import type { PostgresDatabase } from './drizzleStore.js'
import { crossDomainTables, type CrossDomainTables } from './schema.js'

/**
 * Creates the tables and indexes that are missing, and leaves alone what is there. For projects that do not use drizzle-kit.
 * One statement under an advisory lock, so it is safe when several instances start at once.
 */
export async function ensureSchema(db: PostgresDatabase, options: { readonly tables?: CrossDomainTables } = {}): Promise<void> {
  const { sessions, tickets } = options.tables ?? crossDomainTables()
  const schema = getTableConfig(sessions).schema
  const lines = [
    `perform pg_advisory_xact_lock(hashtext('next-crossdomain-session'))`,
    ...(schema === undefined ? [] : [`create schema if not exists ${quote(schema)}`]),
    ...[sessions, tickets].flatMap((table) => createTable(table)),
  ]
  await db.execute(sql.raw(`do $crossdomain$ begin ${lines.join('; ')}; end $crossdomain$`))
}

function createTable(table: CrossDomainTables[keyof CrossDomainTables]): string[] {
  const { name, schema, columns, indexes } = getTableConfig(table)
  const target = schema === undefined ? quote(name) : `${quote(schema)}.${quote(name)}`
  const definitions = columns.map(
    (column) => `${quote(column.name)} ${column.getSQLType()}${column.primary ? ' primary key' : ''}${column.notNull ? ' not null' : ''}`,
  )
  return [
    `create table if not exists ${target} (${definitions.join(', ')})`,
    ...indexes.map(({ config }) => {
      const of = config.columns.map((column) => quote('name' in column ? String(column.name) : '')).join(', ')
      return `create index if not exists ${quote(config.name ?? '')} on ${target} (${of})`
    }),
  ]
}

function quote(name: string): string {
  return `"${name.replace(/"/g, '""')}"`
}
