import { sql } from 'drizzle-orm'
import { getTableConfig, type ForeignKey } from 'drizzle-orm/pg-core'
import type { PostgresDatabase } from './drizzleStore.js'
import { crossDomainTables, type CrossDomainTables } from './schema.js'

/**
 * Creates the tables, columns and indexes that are missing, and leaves alone what is there. For projects that do not use drizzle-kit.
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
  const { name, schema, columns, indexes, foreignKeys } = getTableConfig(table)
  const target = schema === undefined ? quote(name) : `${quote(schema)}.${quote(name)}`
  const definition = (column: (typeof columns)[number]) =>
    `${quote(column.name)} ${column.getSQLType()}${column.primary ? ' primary key' : ''}${column.default === true ? ' default true' : ''}${column.notNull ? ' not null' : ''}`
  // What a later version has added can be left out of a row that is there already.
  const addable = columns.filter((column) => !column.notNull || column.hasDefault)
  return [
    `create table if not exists ${target} (${[...columns.map(definition), ...foreignKeys.map(reference)].join(', ')})`,
    ...addable.map((column) => `alter table ${target} add column if not exists ${definition(column)}`),
    ...indexes.map(({ config }) => {
      const of = config.columns.map((column) => quote('name' in column ? String(column.name) : '')).join(', ')
      return `create index if not exists ${quote(config.name ?? '')} on ${target} (${of})`
    }),
  ]
}

function reference(key: ForeignKey): string {
  const { columns, foreignTable, foreignColumns } = key.reference()
  const { name, schema } = getTableConfig(foreignTable)
  const list = (of: readonly { readonly name: string }[]) => of.map((column) => quote(column.name)).join(', ')
  const target = schema === undefined ? quote(name) : `${quote(schema)}.${quote(name)}`
  return `constraint ${quote(key.getName())} foreign key (${list(columns)}) references ${target} (${list(foreignColumns)}) on delete ${key.onDelete ?? 'no action'}`
}

function quote(name: string): string {
  return `"${name.replace(/"/g, '""')}"`
}
