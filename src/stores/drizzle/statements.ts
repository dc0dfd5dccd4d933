import { getTableConfig } from 'drizzle-orm/pg-core'
import { sql, type SQL } from 'drizzle-orm'
import {
  rotatedOnSeconds,
  touchAfterSeconds,
  type Change,
  type Renewal,
  type Rotation,
  type Settlement,
  type Visit,
  type WriteOptions,
} from '../../core/store/store.js'
import type { SessionHash } from '../../core/store/record.js'
import type { CrossDomainTables } from './schema.js'

/** Aborts a statement, and with it all that it has written, when the sessions are not as `settle` expects them. */
export const conflictMark = 'crossdomain: conflict'

/** What a tombstone says, and for how long. */
interface Epitaph {
  readonly successor?: SessionHash | null
  readonly rotatedOn?: string | null
  readonly replacedOn?: string | null
  readonly seconds?: number
}

const json = (value: unknown): SQL => sql`${JSON.stringify(value)}::text::jsonb`
const texts = (values: readonly string[]): SQL =>
  sql`array(select jsonb_array_elements_text(${json(values)}))`
/** Not from JSON: Postgres counts the elements of an array before it plans, and then reads as many rows by index instead of the whole table. */
const hashList = (hashes: readonly SessionHash[]): SQL =>
  sql`array[${sql.join(
    hashes.map((hash) => sql`${hash}`),
    sql`, `,
  )}]::text[]`
const inSeconds = (seconds: number | SQL): SQL => sql`(now() + ${seconds}::float8 * interval '1 second')`
const fromMs = (date: Date): SQL => sql`to_timestamp(${date.getTime()}::float8 / 1000)`
const epochMs = (moment: SQL): SQL => sql`floor(extract(epoch from ${moment}) * 1000)`
const expiry = (idleSeconds: SQL, absolute: SQL): SQL => sql`least(${inSeconds(idleSeconds)}, ${absolute})`
/** Later than the expiry: as long as it need not follow, no index changes with the row, and Postgres can update it in its place (HOT). */
const purge = (expires: SQL, idleSeconds: SQL): SQL =>
  sql`${expires} + ${idleSeconds} * interval '0.25 seconds'`
/** Slides both. */
const slid = (row: SQL): SQL => {
  const [expires, idle] = [
    expiry(sql`${row}.idle_seconds`, sql`${row}.absolute_expires_at`),
    sql`${row}.idle_seconds`,
  ]
  return sql`expires_at = ${expires}, purge_at = case when ${row}.purge_at >= ${expires} then ${row}.purge_at else ${purge(expires, idle)} end`
}
/** What fits the column: 68 years. */
const idleOf = (seconds: number): SQL => sql`${Math.min(seconds, 2 ** 31 - 1)}::int`
/** What fits a moment of Postgres and of JavaScript, with room to spare: about 3,000 years. */
const absoluteOf = (seconds: number): SQL => inSeconds(Math.min(seconds, 1e11))
/** Keeps caches of HTTP answers away, like the one that `next dev` has for hot reloads: no two requests are the same. */
const nonce = (): SQL => sql`${crypto.randomUUID()}::text as nonce`

/**
 * One SQL statement for every operation of the store: one round trip, atomic, and possible over HTTP, where there are no transactions.
 * Each answers with one row and one column, JSON as text, so that no driver's type parsers matter. The clock is the database's.
 */
export function statements(tables: CrossDomainTables) {
  const { sessions: t, tickets } = tables
  const name = (table: CrossDomainTables[keyof CrossDomainTables]): SQL => {
    const config = getTableConfig(table)
    return config.schema === undefined
      ? sql`${sql.identifier(config.name)}`
      : sql`${sql.identifier(config.schema)}.${sql.identifier(config.name)}`
  }
  const session = name(t)
  const ticket = name(tickets)

  /** `row` is an alias of the sessions table in the statement. */
  const record = (row: SQL): SQL => sql`jsonb_build_object(
    'hash', ${row}.hash, 'kind', ${row}.kind, 'userId', ${row}.user_id, 'data', ${row}.data, 'domains', ${row}.domains,
    'version', ${row}.version, 'ip', ${row}.ip, 'userAgent', ${row}.user_agent,
    'createdAt', ${epochMs(sql`${row}.created_at`)}, 'lastSeenAt', ${epochMs(sql`${row}.last_seen_at`)},
    'idleSeconds', ${row}.idle_seconds, 'absoluteExpiresAt', ${epochMs(sql`${row}.absolute_expires_at`)}, 'remembered', ${row}.remembered)`
  const live = (row: SQL): SQL => sql`(${row}.ended_at is null and ${row}.expires_at > now())`
  const said = (row: SQL, column: 'successor' | 'rotated_on' | 'replaced_on'): SQL =>
    sql`case when ${row}.said_until > now() then ${row}.${sql.identifier(column)} end`
  const state = (row: SQL): SQL => sql`case
    when ${row}.hash is null then jsonb_build_object('state', 'blank')
    when ${live(row)} then jsonb_build_object('state', 'live', 'record', ${record(row)})
    else jsonb_build_object('state', 'ended', 'successor', ${said(row, 'successor')}, 'rotated', ${row}.rotated_on is not null, 'rotatedOn', ${said(row, 'rotated_on')},
      'replacedOn', ${said(row, 'replaced_on')}, 'expired', ${row}.ended_at is null) end`

  /** The entry of one domain: kept, touched, and changed as asked. */
  const domains = (row: SQL, visit: Visit | null, change: Change = {}): SQL =>
    visit === null
      ? sql`${row}.domains`
      : sql`${row}.domains || jsonb_build_object(${visit.domain}::text,
    jsonb_build_object('firstSeenAt', coalesce(${row}.domains -> ${visit.domain}::text -> 'firstSeenAt', to_jsonb(${epochMs(sql`now()`)})),
      'lastSeenAt', ${epochMs(sql`now()`)},
      'data', (coalesce(${row}.domains -> ${visit.domain}::text -> 'data', '{}'::jsonb) - ${texts(change.domainDelete ?? [])}) || ${json(change.domainSet ?? {})}))`

  const states = (hashes: readonly SessionHash[]): SQL => sql`
    select coalesce(jsonb_agg(${state(sql`s`)} order by asked.position), '[]'::jsonb)
    from unnest(${hashList(hashes)}) with ordinality as asked (hash, position)
    left join ${session} s on s.hash = asked.hash`

  /** Columns of a tombstone: it keeps no data and no user. */
  const buried = (
    tombstoneSeconds: number,
    { successor = null, rotatedOn = null, replacedOn = null, seconds = 0 }: Epitaph = {},
  ): SQL => sql`
    user_id = null, data = '{}'::jsonb, domains = '{}'::jsonb, ip = null, user_agent = null, ended_at = now(), expires_at = now(),
    successor = ${successor}::text, rotated_on = ${rotatedOn}::text, replaced_on = ${replacedOn}::text, said_until = ${inSeconds(seconds)}, purge_at = ${inSeconds(tombstoneSeconds)}`
  const tombstone = (
    hash: SQL,
    tombstoneSeconds: number,
    { successor = null, rotatedOn = null, replacedOn = null, seconds = 0 }: Epitaph = {},
  ): SQL => sql`
    (hash, kind, user_id, data, domains, version, ip, user_agent, created_at, last_seen_at, idle_seconds, absolute_expires_at, expires_at,
      ended_at, successor, rotated_on, replaced_on, said_until, purge_at)
    select ${hash}, 'cookie', null, '{}'::jsonb, '{}'::jsonb, 0, null, null, now(), now(), 0, now(), now(),
      now(), ${successor}::text, ${rotatedOn}::text, ${replacedOn}::text, ${inSeconds(seconds)}, ${inSeconds(tombstoneSeconds)}`
  const columns = sql`(hash, kind, user_id, data, domains, version, ip, user_agent, created_at, last_seen_at, idle_seconds, remembered, absolute_expires_at, expires_at, purge_at)`

  /** The session that `due`, of one row at most, has as "from" goes on as its "to", which `fresh` then holds. */
  const rotated = (
    { userId, keepData, remembered, visit, lifetime }: Omit<Rotation, 'from' | 'to'>,
    which: SQL = sql`true`,
  ): SQL => {
    const [idle, absolute] = [idleOf(lifetime.idleSeconds), absoluteOf(lifetime.absoluteSeconds)]
    const first = expiry(idle, absolute)
    const epitaph = { rotatedOn: visit.domain, seconds: rotatedOnSeconds }
    const kept = keepData ? sql`old.data` : sql`'{}'::jsonb`
    return sql`
      old as (select t.* from ${session} t where t.hash = (select "from" from due) and ${which} for update),
      buried as (
        insert into ${session} as t ${tombstone(sql`due."from"`, lifetime.tombstoneSeconds, epitaph)}
        from due, (select count(*) from old) read_first
        -- A row that somebody made after we looked has content that "old" has not.
        on conflict (hash) do update set ${buried(lifetime.tombstoneSeconds, epitaph)} where ${live(sql`t`)} and exists (select 1 from old)
        returning 1
      ),
      fresh as (
        insert into ${session} as t ${columns}
        select due."to", 'cookie', ${userId}::text, coalesce(${kept}, '{}'::jsonb), ${domains(sql`base`, visit)}, 1,
          ${visit.ip}::text, ${visit.userAgent}::text, ${keepData ? sql`coalesce(old.created_at, now())` : sql`now()`}, now(),
          ${idle}, ${remembered}::boolean, ${absolute}, ${first}, ${purge(first, idle)}
        from due cross join buried left join old on true
        cross join lateral (select ${keepData ? sql`coalesce(old.domains, '{}'::jsonb)` : sql`'{}'::jsonb`} as domains) base
        returning t.*
      )`
  }

  /** What `chooseRenewal` chooses, as `due`, for whoever has just `burnt` the ticket. */
  const chosen = ({ candidates, meets, visit }: Renewal): SQL => {
    const rows = candidates.map(
      (each, index) =>
        sql`(${index}::int, ${each.from}::text, ${each.to}::text, ${each.is}::text, ${each.is === 'lost' ? each.after : null}::text)`,
    )
    const asked =
      rows.length > 0
        ? sql`values ${sql.join(rows, sql`, `)}`
        : sql`select null::int, null::text, null::text, null::text, null::text where false`
    return sql`
      candidates ("position", "from", "to", "is", "after") as (${asked}),
      chosen as (
        select c.*, t.user_id from candidates c left join ${session} t on t.hash = c."from" left join ${session} a on a.hash = c."after"
        where case c."is" when 'blank' then t.hash is null when 'live' then ${live(sql`t`)}
          else ${live(sql`t`)} and t.user_id is null and a.rotated_on is not null and ${said(sql`a`, 'rotated_on')} is distinct from ${visit.domain}::text end
        order by c."position" limit 1
      ),
      due as (
        select "from", "to" from chosen where exists (select 1 from burnt)
          and ("is" = 'lost' or user_id is null and exists (select 1 from ${session} t where t.hash = ${meets} and ${live(sql`t`)} and t.user_id is not null))
      )`
  }

  return {
    read(hashes: readonly SessionHash[], visit: Visit | null): SQL {
      if (visit === null) return sql`select (${states(hashes)})::text as answer, ${nonce()}`
      const lastSeen = sql`coalesce((t.domains -> ${visit.domain}::text ->> 'lastSeenAt')::float8, 0)`
      return sql`
        with touched as (
          update ${session} t set last_seen_at = now(), ip = ${visit.ip}::text, user_agent = ${visit.userAgent}::text,
            domains = ${domains(sql`t`, visit)}, ${slid(sql`t`)}
          where t.hash = any(${hashList(hashes)}) and ${live(sql`t`)}
            and ${lastSeen} < ${epochMs(sql`now()`)} - 1000 * least(${touchAfterSeconds(Infinity)}::float8, t.idle_seconds * ${touchAfterSeconds(1)}::float8)
          returning t.*
        )
        select coalesce(jsonb_agg(case when u.hash is null then ${state(sql`s`)} else ${state(sql`u`)} end order by asked.position), '[]'::jsonb)::text as answer, ${nonce()}
        from unnest(${hashList(hashes)}) with ordinality as asked (hash, position)
        left join ${session} s on s.hash = asked.hash
        left join touched u on u.hash = asked.hash`
    },

    write(hash: SessionHash, change: Change, options: WriteOptions): SQL {
      const { visit, lifetime, kind, userId, remembered, ifVersion } = options
      const matches = ifVersion === undefined ? sql`true` : sql`t.version = ${ifVersion}::int`
      const mayCreate =
        ifVersion === undefined || ifVersion === 0
          ? sql`true`
          : sql`exists (select 1 from ${session} where hash = ${hash})`
      const [idle, absolute] = [idleOf(lifetime.idleSeconds), absoluteOf(lifetime.absoluteSeconds)]
      const first = expiry(idle, absolute)
      const seen =
        visit === null
          ? sql``
          : sql`, domains = ${domains(sql`t`, visit, change)}, ip = excluded.ip, user_agent = excluded.user_agent, last_seen_at = now(), ${slid(sql`t`)}`
      return sql`
        with saved as (
          insert into ${session} as t ${columns}
          select ${hash}, ${kind ?? 'cookie'}, ${userId ?? null}::text, ${json(change.set ?? {})}, ${domains(sql`fresh`, visit, change)}, 1,
            ${visit?.ip ?? null}::text, ${visit?.userAgent ?? null}::text, now(), now(), ${idle}, ${remembered ?? true}::boolean, ${absolute}, ${first}, ${purge(first, idle)}
          from (select '{}'::jsonb as domains) fresh where ${mayCreate}
          on conflict (hash) do update set
            data = (t.data - ${texts(change.delete ?? [])}) || ${json(change.set ?? {})}, version = t.version + 1${seen}
          where ${live(sql`t`)} and ${matches}
          returning t.*
        )
        select (case
          when exists (select 1 from saved) then (select jsonb_build_object('status', 'saved', 'record', ${record(sql`saved`)}) from saved)
          else (select jsonb_build_object('status', 'refused', 'current', (${states([hash])}) -> 0))
        end)::text as answer`
    },

    rotate(rotation: Rotation): SQL {
      return sql`
        with due as (select ${rotation.from}::text as "from", ${rotation.to}::text as "to"), ${rotated(rotation)}
        select coalesce(
          (select jsonb_build_object('status', 'rotated', 'record', ${record(sql`fresh`)}) from fresh),
          jsonb_build_object('status', 'refused', 'current', (${states([rotation.from])}) -> 0)
        )::text as answer`
    },

    end(hash: SessionHash, tombstoneSeconds: number): SQL {
      return sql`
        with buried as (
          insert into ${session} as t ${tombstone(sql`${hash}`, tombstoneSeconds)}
          on conflict (hash) do update set ${buried(tombstoneSeconds)} where t.ended_at is null
          returning 1
        )
        select jsonb_build_object('status', case when exists (select 1 from buried) then 'ended' else 'refused' end, 'current', (${states([hash])}) -> 0)::text as answer`
    },

    listUser(userId: string): SQL {
      return sql`select coalesce(jsonb_agg(${record(sql`s`)} order by s.last_seen_at desc), '[]'::jsonb)::text as answer, ${nonce()}
        from ${session} s where s.user_id = ${userId} and ${live(sql`s`)}`
    },

    endUser(userId: string, tombstoneSeconds: number, except: SessionHash | null): SQL {
      const theirs = sql`t.user_id = ${userId} and ${live(sql`t`)} and t.hash is distinct from ${except}::text`
      return sql`
        with buried as (update ${session} t set ${buried(tombstoneSeconds)} where ${theirs} returning 1)
        select jsonb_build_object('ended', (select count(*) from buried), 'seen', (select count(*) from ${session} t where ${theirs}))::text as answer`
    },

    redeem(ticketId: string, ttlSeconds: number, hashes: readonly SessionHash[], renewal?: Renewal): SQL {
      const renewed =
        renewal &&
        sql`, ${chosen(renewal)}, ${rotated({ ...renewal, userId: null, keepData: true }, sql`t.user_id is null`)}`
      return sql`
        with burnt as (
          insert into ${ticket} as k (id, purge_at) values (${ticketId}, ${inSeconds(ttlSeconds)}) on conflict (id) do nothing returning 1
        )${renewed ?? sql``}
        select jsonb_build_object('first', exists (select 1 from burnt), 'states', (${states(hashes)}), 'renewed', ${renewed ? sql`(select hash from fresh)` : sql`null`})::text as answer`
    },

    settle({ primary, secondary, tombstoneSeconds }: Settlement): SQL {
      const nothing = sql`select 1 where false`
      const content = primary.content
      const survive = (): SQL => {
        if (content === null) return nothing
        const idle = idleOf(content.idleSeconds)
        const expires = expiry(idle, fromMs(content.absoluteExpiresAt))
        const domainsMs = Object.fromEntries(
          Object.entries(content.domains).map(([origin, { data, firstSeenAt, lastSeenAt }]) => [
            origin,
            { data, firstSeenAt: firstSeenAt.getTime(), lastSeenAt: lastSeenAt.getTime() },
          ]),
        )
        const values = sql`${primary.hash}, ${content.kind}, ${content.userId}::text, ${json(content.data)}, ${json(domainsMs)}, ${primary.version + 1}::int,
          ${content.ip}::text, ${content.userAgent}::text, ${fromMs(content.createdAt)}, now(), ${idle}, ${content.remembered}::boolean, ${fromMs(content.absoluteExpiresAt)}, ${expires}, ${purge(expires, idle)}`
        if (primary.version === 0)
          return sql`insert into ${session} ${columns} select ${values} on conflict (hash) do nothing returning 1`
        return sql`update ${session} t set ${columns} = (${values}) where t.hash = ${primary.hash} and t.version = ${primary.version}::int and ${live(sql`t`)} returning 1`
      }
      const end = (): SQL => {
        if (secondary === null) return nothing
        const epitaph =
          'replacedOn' in secondary
            ? { replacedOn: secondary.replacedOn, seconds: rotatedOnSeconds }
            : { successor: primary.hash, seconds: secondary.successorSeconds }
        if (secondary.version === 0) {
          return sql`insert into ${session} ${tombstone(sql`${secondary.hash}`, tombstoneSeconds, epitaph)} on conflict (hash) do nothing returning 1`
        }
        return sql`update ${session} t set ${buried(tombstoneSeconds, epitaph)}
          where t.hash = ${secondary.hash} and t.version = ${secondary.version}::int and ${live(sql`t`)} returning 1`
      }
      const expected = (content === null ? 0 : 1) + (secondary === null ? 0 : 1)
      // A cast that fails takes back what the other half has written; the mark in the message tells it from any other error.
      return sql`
        with survived as (${survive()}), ended as (${end()}), done as (select (select count(*) from survived) + (select count(*) from ended) as rows)
        select case when rows = ${expected}::int then '"settled"' else (${conflictMark} || rows)::int::text end as answer from done`
    },

    sweep(limit: number): SQL {
      // The oldest first, and only rows that nobody holds, so that no request ever waits for it. By their place in the table, because
      // a thousand keys seem so many that Postgres would read the whole table for them.
      const old = (table: SQL, most: SQL): SQL =>
        sql`delete from ${table} where ctid = any(array(select ctid from ${table} where purge_at <= now() order by purge_at limit ${most} for update skip locked)) returning 1`
      return sql`
        with old_sessions as (${old(session, sql`${limit}::int`)}),
          old_tickets as (${old(ticket, sql`${limit}::int - (select count(*) from old_sessions)`)})
        select to_jsonb((select count(*) from old_sessions) + (select count(*) from old_tickets))::text as answer`
    },
  }
}
