import { DatabaseSync } from 'node:sqlite'

/** One file for both, so that this recipe needs no server. */
export const db = new DatabaseSync(process.env['DATABASE_FILE'] ?? ':memory:')
db.exec('pragma busy_timeout = 5000; create table if not exists outbox (mail text, url text)')
