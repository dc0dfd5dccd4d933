import { sql } from 'drizzle-orm'
import { getTableConfig, type ForeignKey } from 'drizzle-orm/pg-core'
import { CrossDomainError } from '../../core/errors/errors.js'
import { codesOf } from './causes.js'
import type { PostgresDatabase } from './operation.js'
import { crossDomainTables, type CrossDomainTables } from './schema.js'

/**
 * Creates the tables, columns, indexes and the reference to your users that are missing, and leaves alone what is there. For projects
 * that do not use drizzle-kit. One statement under an advisory lock, so it is safe when several instances start at once. Where nothing
 * is missing it only looks, and waits for nobody.
 * @throws {CrossDomainError} `CDS305` when it would have to wait for a transaction that uses the tables, because all visitors would wait behind it.
 */
export async function ensureSchema(
  db: PostgresDatabase,
  options: { readonly tables?: CrossDomainTables } = {},
): Promise<void> {
  const { sessions, tickets } = options.tables ?? crossDomainTables()
  const schema = getTableConfig(sessions).schema
  const lines = [
    `perform pg_advisory_xact_lock(hashtext('next-crossdomain-session'))`,
    // For each of the locks that are needed below; visitors wait for as long, and give up after two seconds.
    `perform set_config('lock_timeout', '500ms', true)`,
    ...(schema === undefined
      ? []
      : [unless(`pg_namespace where nspname = ${literal(schema)}::name`, `create schema ${quote(schema)}`)]),
    ...[sessions, tickets].flatMap((table) => createTable(table)),
  ]
  try {
    await db.execute(sql.raw(`do $crossdomain$ begin ${lines.join('; ')}; end $crossdomain$`))
  } catch (cause) {
    if (!codesOf(cause).has('55P03')) throw cause
    throw new CrossDomainError('CDS305', undefined, { cause })
  }
}

function createTable(table: CrossDomainTables[keyof CrossDomainTables]): string[] {
  const { columns, indexes, foreignKeys } = getTableConfig(table)
  const target = nameOf(table)
  // Found as the statements of the store find it. As names, what Postgres has cut to 63 bytes is the same.
  const found = `to_regclass(${literal(target)})`
  const definition = (column: (typeof columns)[number]) =>
    `${quote(column.name)} ${column.getSQLType()}${column.primary ? ' primary key' : ''}${column.default === true ? ' default true' : ''}${column.notNull ? ' not null' : ''}`
  // What a later version has added can be left out of a row that is there already.
  const addable = columns.filter((column) => !column.notNull || column.hasDefault)
  return [
    unless(`pg_class where oid = ${found}`, `create table ${target} (${columns.map(definition).join(', ')})`),
    ...addable.map((column) =>
      unless(
        `pg_attribute where attrelid = ${found} and attname = ${literal(column.name)}::name and not attisdropped`,
        `alter table ${target} add column ${definition(column)}`,
      ),
    ),
    ...indexes.map(({ config }) => {
      const of = config.columns.map((column) => quote('name' in column ? String(column.name) : '')).join(', ')
      const name = config.name ?? ''
      return unless(
        `pg_index join pg_class on pg_class.oid = indexrelid where indrelid = ${found} and relname = ${literal(name)}::name`,
        `create index ${quote(name)} on ${target} (${of})`,
      )
    }),
    ...foreignKeys.map((key) =>
      unless(
        `pg_constraint where conrelid = ${found} and conname = ${literal(key.getName())}::name`,
        `alter table ${target} add ${reference(key)}`,
      ),
    ),
  ]
}

function reference(key: ForeignKey): string {
  const { columns, foreignTable, foreignColumns } = key.reference()
  const list = (of: readonly { readonly name: string }[]) => of.map((column) => quote(column.name)).join(', ')
  return `constraint ${quote(key.getName())} foreign key (${list(columns)}) references ${nameOf(foreignTable)} (${list(foreignColumns)}) on delete ${key.onDelete ?? 'no action'}`
}

/** Not `if not exists`, which takes its lock, and asks for its rights, before it looks. */
function unless(found: string, statement: string): string {
  return `if not exists (select from ${found}) then ${statement}; end if`
}

function nameOf(table: ForeignKey['table']): string {
  const { name, schema } = getTableConfig(table)
  return schema === undefined ? quote(name) : `${quote(schema)}.${quote(name)}`
}

function quote(name: string): string {
  return `"${name.replace(/"/g, '""')}"`
}

function literal(text: string): string {
  return `'${text.replace(/'/g, "''")}'`
}
