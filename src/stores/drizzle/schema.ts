import {
  boolean,
  index,
  integer,
  jsonb,
  pgSchema,
  pgTable,
  text,
  timestamp,
  type AnyPgColumn,
  type PgSchema,
} from 'drizzle-orm/pg-core'

const moment = (name: string) => timestamp(name, { withTimezone: true })

/**
 * The two tables of the kit, for projects that want other names than the default ones. Re-export them from your drizzle schema and
 * run `drizzle-kit generate`, or let `ensureSchema` create them.
 * @param options.prefix Begins the name of each table. Default: `crossdomain_`.
 * @param options.schema Postgres schema that they live in. Default: the connection's own. Give drizzle-kit the `pgSchema('auth')` that you
 *   export: it creates a schema only where it sees one. A name is enough for `ensureSchema`, and where the schema is there already.
 * @param options.users Column of your own users table (its type has to be text) that user ids refer to: a session goes with its user.
 */
export function crossDomainTables(
  options: {
    readonly prefix?: string
    readonly schema?: string | PgSchema
    readonly users?: () => AnyPgColumn
  } = {},
) {
  const prefix = options.prefix ?? 'crossdomain_'
  const schema = typeof options.schema === 'string' ? pgSchema(options.schema) : options.schema
  const table = (schema?.table ?? pgTable) as typeof pgTable
  const sessions = table(
    `${prefix}sessions`,
    {
      /** SHA-256 of the session id; the id itself is nowhere in the database. */
      hash: text('hash').primaryKey(),
      kind: text('kind').notNull(),
      userId:
        options.users === undefined
          ? text('user_id')
          : text('user_id').references(options.users, { onDelete: 'cascade' }),
      data: jsonb('data').notNull(),
      /** By origin: `{ data, firstSeenAt, lastSeenAt }`, times in milliseconds since 1970. */
      domains: jsonb('domains').notNull(),
      version: integer('version').notNull(),
      ip: text('ip'),
      userAgent: text('user_agent'),
      createdAt: moment('created_at').notNull(),
      lastSeenAt: moment('last_seen_at').notNull(),
      idleSeconds: integer('idle_seconds').notNull(),
      absoluteExpiresAt: moment('absolute_expires_at').notNull(),
      /** False: its cookies go when the browser closes. */
      remembered: boolean('remembered').notNull().default(true),
      expiresAt: moment('expires_at').notNull(),
      endedAt: moment('ended_at'),
      successor: text('successor'),
      rotatedOn: text('rotated_on'),
      replacedOn: text('replaced_on'),
      /** Until when an ended row says the three above. */
      saidUntil: moment('said_until'),
      /** From when on nobody can ask for the row any more. */
      purgeAt: moment('purge_at').notNull(),
    },
    (columns) => [
      index(`${prefix}sessions_user_id_idx`).on(columns.userId),
      index(`${prefix}sessions_purge_at_idx`).on(columns.purgeAt),
    ],
  )
  const tickets = table(
    `${prefix}tickets`,
    { id: text('id').primaryKey(), purgeAt: moment('purge_at').notNull() },
    (columns) => [index(`${prefix}tickets_purge_at_idx`).on(columns.purgeAt)],
  )
  return { sessions, tickets }
}

/** What `drizzleStore` and `ensureSchema` work on. */
export type CrossDomainTables = ReturnType<typeof crossDomainTables>

/** The tables with the default names. */
export const { sessions: crossDomainSessions, tickets: crossDomainTickets } = crossDomainTables()
