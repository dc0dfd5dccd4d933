import { CrossDomainError } from '../../core/errors/catalogue.js'
import { codeOf, queryThrough, type PostgresClient } from './client.js'
import { defaultTable, literal, quote, targetOf, type TableOptions } from './names.js'

/**
 * Creates the table and the indexes that are missing, and leaves alone what is there. For projects without
 * migrations. It is one statement under a lock of its own, so several instances may start at once. If nothing
 * is missing, it only looks, and waits for nobody.
 * @throws {CrossDomainError} `CDS305` when it would have to wait for a transaction that uses the table,
 *   because all visitors would wait behind it.
 */
export async function ensureTables(client: PostgresClient, options: TableOptions = {}): Promise<void> {
  const { table = defaultTable, schema } = options
  const target = targetOf(options)
  // As the statements of the store find it. Names are compared as `name`, because Postgres cuts them to 63
  // bytes.
  const found = `to_regclass(${literal(target)})`
  const index = (name: string, on: string): string =>
    unless(
      `pg_index join pg_class c on c.oid = indexrelid where indrelid = ${found} and relname = ${literal(name)}::name`,
      `create index ${quote(name)} on ${target} ${on}`,
    )
  const text = `do $crossdomain$ begin
    perform pg_advisory_xact_lock(hashtext('next-crossdomain-session'));
    -- For each of the locks that are needed below; visitors wait for as long, and give up after two seconds.
    perform set_config('lock_timeout', '500ms', true);
    ${schema === undefined ? '' : unless(`pg_namespace where nspname = ${literal(schema)}::name`, `create schema ${quote(schema)}`)}
    ${unless(
      `pg_class where oid = ${found}`,
      `create table ${target} (
        id text primary key, version integer not null, user_id text, value json not null, purge_at timestamptz not null
      )`,
    )}
    ${index(`${table}_user_id_idx`, '(user_id) where user_id is not null')}
    ${index(`${table}_purge_at_idx`, '(purge_at)')}
  end $crossdomain$`
  try {
    await queryThrough(client)({ text }, [])
  } catch (cause) {
    throw codeOf(cause) === '55P03' ? new CrossDomainError('CDS305', undefined, { cause }) : cause
  }
}

/** Not `if not exists`, which takes its lock, and asks for its rights, before it looks. */
function unless(found: string, statement: string): string {
  return `if not exists (select from ${found}) then ${statement}; end if;`
}
