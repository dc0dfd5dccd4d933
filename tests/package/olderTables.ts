// The tables as the kit had them before `remembered`, `rotated_on` and `replaced_on`, and before they were told of the users.
import { index, integer, jsonb, pgSchema, pgTable, text, timestamp } from 'drizzle-orm/pg-core'
const moment = (name: string) => timestamp(name, { withTimezone: true })
export const auth = pgSchema('auth')
export const users = pgTable('users', { id: text('id').primaryKey() })
export const sessions = auth.table(
  'shop_sessions',
  {
    hash: text('hash').primaryKey(),
    kind: text('kind').notNull(),
    userId: text('user_id'),
    data: jsonb('data').notNull(),
    domains: jsonb('domains').notNull(),
    version: integer('version').notNull(),
    ip: text('ip'),
    userAgent: text('user_agent'),
    createdAt: moment('created_at').notNull(),
    lastSeenAt: moment('last_seen_at').notNull(),
    idleSeconds: integer('idle_seconds').notNull(),
    absoluteExpiresAt: moment('absolute_expires_at').notNull(),
    expiresAt: moment('expires_at').notNull(),
    endedAt: moment('ended_at'),
    successor: text('successor'),
    saidUntil: moment('said_until'),
    purgeAt: moment('purge_at').notNull(),
  },
  (columns) => [
    index('shop_sessions_user_id_idx').on(columns.userId),
    index('shop_sessions_purge_at_idx').on(columns.purgeAt),
  ],
)
export const tickets = auth.table(
  'shop_tickets',
  { id: text('id').primaryKey(), purgeAt: moment('purge_at').notNull() },
  (columns) => [index('shop_tickets_purge_at_idx').on(columns.purgeAt)],
)
