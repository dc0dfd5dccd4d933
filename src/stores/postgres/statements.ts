import type { RowChange } from '../../core/store/store.js'

/** Of a row, all null if there is none; and the store's time, which is there in any case. */
const columns = 'r.id, r.version, r.user_id, r.value::text, (extract(epoch from now()) * 1000)::bigint'

/**
 * What the store sends to `target`, the quoted table. The texts never change, so that Postgres plans each
 * once.
 */
export function statementsOn(target: string) {
  return {
    /** `$1`: the ids, as `listOf` gives them. */
    read: named(`select ${columns} from (select) one left join ${target} r on r.id = any($1::text[])`),
    listUser: named(`select ${columns} from (select) one left join ${target} r on r.user_id = $1::text`),
    swapOne: named(swap(target, [2])),
    swapTwo: named(swap(target, [2, 7])),
    // The oldest first, and only rows that nobody holds, so that no request ever waits for it. By their place
    // in the table, because a thousand keys seem so many that Postgres would read the whole table for them.
    sweep: named(`
      with gone as (
        delete from ${target} where ctid = any(array(
          select ctid from ${target} where purge_at <= now() order by purge_at limit $1::int
          for update skip locked
        )) returning 1
      ) select count(*) from gone`),
  }
}

/**
 * `$1` is what to read afterwards; the parameters of each change begin at one of `starts`. Rows that are
 * there are locked in the order of their ids, so that two swaps never wait for each other at once, and do not
 * change after that. Only a row that somebody inserts at the same moment is not seen: then our insertion
 * fails (23505), and all with it.
 */
function swap(target: string, starts: readonly number[]): string {
  const wanted = starts.map(
    (n) => `($${n}::text, $${n + 1}::int, $${n + 2}::text, $${n + 3}::text::json, ${purgeAt(n + 4)})`,
  )
  return `
    with wanted (id, version, user_id, value, purge_at) as (values ${wanted.join(', ')}),
    held as (
      select id, version from ${target} where id in (${starts.map((n) => `$${n}::text`).join(', ')})
      order by id for update
    ),
    due as (
      select * from wanted
      where (
        select bool_and(w.version = coalesce(h.version, 0)) from wanted w left join held h on h.id = w.id
      )
    ),
    inserted as (
      insert into ${target} (id, version, user_id, value, purge_at)
      select id, 1, user_id, value, purge_at from due where version = 0 order by id
    ),
    updated as (
      update ${target} r
      set version = due.version + 1, user_id = due.user_id, value = due.value, purge_at = due.purge_at
      from due where r.id = due.id and due.version > 0
    )
    select ${columns}, (select count(*) from due)
    from (select) one left join ${target} r on r.id = any($1::text[])`
}

/**
 * Until when a row is kept. If it lives for a day or more, until the end of that hour: while `purge_at` stays
 * the same, no index changes with the row, and Postgres can update it in its place (HOT).
 */
function purgeAt(n: number): string {
  const exact = `now() + $${n}::float8 * interval '1 millisecond'`
  const hour = `date_trunc('hour', ${exact} + interval '1 hour')`
  return `case when $${n}::float8 < 86400000 then ${exact} else ${hour} end`
}

export function valuesOf({ id, version, userId, value, livesMs }: RowChange): unknown[] {
  return [id, version, userId, JSON.stringify(value), livesMs]
}

/** An array as Postgres reads it; not every client can send one. Ids hold nothing that has to be escaped. */
export const listOf = (ids: readonly string[]): string => `{"${ids.join('","')}"}`

/**
 * Told apart by what they say: other tables, and behind a pooler other versions of the kit, may share a
 * connection.
 */
function named(text: string) {
  let hash = 0
  for (let index = 0; index < text.length; index++) hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0
  return { name: `crossdomain_${(hash >>> 0).toString(36)}`, text }
}
