import { DatabaseSync } from 'node:sqlite'
import type { Store, StoredRow } from '../core/store/store.js'

/**
 * Keeps sessions in a file of SQLite, for one server with any number of processes, on Node 22.13 or newer.
 *
 * Calls are synchronous: a write waits at most five seconds for other processes. The file has to be on a disk
 * of this machine, not on a network share. Call `sweep` from a timer: nothing else deletes old rows.
 * @param database Path of the file, which is made if it is not there; or a connection of yours.
 * @throws When the file cannot be opened, or is not a database.
 */
export function sqliteStore(database: string | DatabaseSync): Store {
  const db = typeof database === 'string' ? new DatabaseSync(database) : database
  db.exec(`
    pragma busy_timeout = 5000;
    pragma journal_mode = wal;
    create table if not exists crossdomain_rows (
      id text primary key, version int not null, userId text, value text not null, untilMs int not null
    ) strict;
    create index if not exists crossdomain_rows_user on crossdomain_rows (userId);
    create index if not exists crossdomain_rows_until on crossdomain_rows (untilMs);`)
  const nowMs = `cast(unixepoch('subsec') * 1000 as integer)`
  const clock = db.prepare(`select ${nowMs} as nowMs`)
  const select = 'select id, version, userId, value from crossdomain_rows'
  const byId = db.prepare(`${select} where id in (select value from json_each(?))`)
  const byUser = db.prepare(`${select} where userId = ?`)
  const put = db.prepare(`replace into crossdomain_rows values (?, ?, ?, ?, ${nowMs} + ?)`)
  const over = `select id from crossdomain_rows where untilMs <= ${nowMs} limit ?`
  const remove = db.prepare(`delete from crossdomain_rows where id in (${over})`)
  const now = () => Number(clock.get()?.['nowMs'])
  const find = (ids: readonly string[]) => byId.all(JSON.stringify(ids)).map(parseRow)

  return {
    read: async (ids) => ({ nowMs: now(), rows: find(ids) }),

    async swap(changes, thenRead = []) {
      db.exec('begin immediate') // From here on nobody else writes.
      try {
        const current = find(changes.map(({ id }) => id))
        const versionOf = (id: string) => current.find((row) => row.id === id)?.version ?? 0
        const done = changes.every(({ id, version }) => versionOf(id) === version)
        for (const { id, version, userId, value, livesMs } of done ? changes : [])
          put.run(id, version + 1, userId, JSON.stringify(value), livesMs)
        const rows = [...(done ? [] : current), ...find(thenRead)]
        db.exec('commit')
        return { done, nowMs: now(), rows }
      } catch (error) {
        if (db.isTransaction !== false) db.exec('rollback') // SQLite does so itself when the disk is full.
        throw error
      }
    },

    listUser: async (userId) => ({ nowMs: now(), rows: byUser.all(userId).map(parseRow) }),
    sweep: async (limit) => Number(remove.run(limit).changes),
  }
}

const parseRow = (row: object) =>
  ({ ...row, value: JSON.parse((row as { value: string }).value) }) as StoredRow
