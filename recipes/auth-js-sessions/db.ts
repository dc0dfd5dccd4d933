import { DatabaseSync } from 'node:sqlite'
import { drizzle } from 'drizzle-orm/sqlite-proxy'

/** One file for both, so that this recipe needs no server. */
export const file = new DatabaseSync(process.env['DATABASE_FILE'] ?? ':memory:')

/** For `@auth/drizzle-adapter`. */
export const db = drizzle(async (sql, params, method) => {
  const statement = file.prepare(sql)
  const given = params as (string | number | null)[]
  if (method === 'run') statement.run(...given)
  const rows = method === 'run' ? [] : statement.all(...given).map((row) => Object.values(row))
  // `get` of a row that is not there has to be undefined, whatever the type says.
  return { rows: method === 'get' ? (rows[0] as unknown[]) : rows }
})

// In place of drizzle-kit, for this recipe alone. `outbox` is the mail that it would send. `blocked` are users of `jwt`.
file.exec(`
  pragma busy_timeout = 5000;
  create table if not exists user (id text primary key, name text, email text unique, emailVerified int, image text);
  create table if not exists session (sessionToken text primary key, userId text not null, expires int not null);
  create table if not exists verificationToken (
    identifier text, token text, expires int not null, primary key (identifier, token)
  );
  create table if not exists outbox (mail text, url text);
  create table if not exists blocked (userId text);`)
