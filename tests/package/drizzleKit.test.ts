import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { drizzle } from 'drizzle-orm/node-postgres'
import { pgTable, text } from 'drizzle-orm/pg-core'
import { drizzleStore, ensureSchema } from 'next-crossdomain-session/drizzle'
import { crossDomainTables } from 'next-crossdomain-session/schema'
import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startPostgres } from '../../fixtures/postgres.mjs'
import { openPool } from '../support/pools.js'

// A project that re-exports the tables and runs drizzle-kit; below the repository, so that it finds the package by its name.
const folder = '.cache/drizzle-kit'
const migrations = `${folder}/migrations`

let server: Awaited<ReturnType<typeof startPostgres>>
const pools: pg.Pool[] = []

beforeAll(async () => {
  server = await startPostgres()
}, 60_000)
beforeEach(() => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
})
afterAll(async () => {
  for (const pool of pools) await pool.end()
  await server.stop()
})

/** What drizzle-kit says about the project's schema file with these lines. */
function generate(...lines: string[]): string {
  writeFileSync(`${folder}/schema.ts`, lines.join('\n'))
  return execFileSync(
    process.execPath,
    [
      'node_modules/drizzle-kit/bin.cjs',
      'generate',
      '--dialect=postgresql',
      `--schema=./${folder}/schema.ts`,
      `--out=./${migrations}`,
    ],
    { encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' }, stdio: ['ignore', 'pipe', 'pipe'] },
  )
}

const migrationFiles = (): readonly string[] =>
  readdirSync(migrations)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => readFileSync(`${migrations}/${name}`, 'utf8'))

async function createDatabase(): Promise<pg.Pool> {
  const name = `project_${pools.length}`
  const admin = openPool(server.url, 1)
  await admin.query(`create database ${name}`)
  await admin.end()
  const pool = openPool(server.url.replace(/postgres$/, name))
  pools.push(pool)
  return pool
}

/** Tables, columns, indexes and references of the kit. */
async function shapeOf(pool: pg.Pool) {
  const mine = "in ('public', 'auth') and table_name <> 'users'"
  const columns = await pool.query(
    `select table_schema, table_name, column_name, data_type, is_nullable, column_default from information_schema.columns where table_schema ${mine} order by 1, 2, 3`,
  )
  const indexes = await pool.query(
    "select schemaname, indexname, indexdef from pg_indexes where schemaname in ('public', 'auth') and tablename <> 'users' order by 1, 2",
  )
  const references = await pool.query(
    "select conname, pg_get_constraintdef(oid) as definition from pg_constraint where contype = 'f' order by 1",
  )
  expect(columns.rows.length).toBeGreaterThan(15)
  return { columns: columns.rows, indexes: indexes.rows, references: references.rows }
}

const users = "export const users = pgTable('users', { id: text('id').primaryKey() })"

test(
  'drizzle-kit makes of the exported tables what ensureSchema makes, and finds nothing to change then',
  { timeout: 60_000 },
  async () => {
    const reexport = "export * from 'next-crossdomain-session/schema'"
    generate(reexport)
    const [migrated, ensured] = [await createDatabase(), await createDatabase()]
    await migrated.query(migrationFiles().join('\n'))
    await ensureSchema(drizzle(ensured))
    expect(await shapeOf(migrated)).toEqual(await shapeOf(ensured))
    expect(generate(reexport)).toContain('No schema changes')

    generate("import { text, pgTable } from 'drizzle-orm/pg-core'", reexport, users)
    expect(migrationFiles()).toHaveLength(2)
    expect(migrationFiles()[1]).toMatch(/CREATE TABLE "users"/)
    expect(migrationFiles()[1]).not.toMatch(/crossdomain/)
  },
)

const own = (options: string) => [
  "import { text, pgSchema, pgTable } from 'drizzle-orm/pg-core'",
  "import { crossDomainTables } from 'next-crossdomain-session/schema'",
  "export const auth = pgSchema('auth')",
  users,
  `export const { sessions, tickets } = crossDomainTables({ prefix: 'shop_', schema: auth, ${options} })`,
]
const ownTables = crossDomainTables({
  prefix: 'shop_',
  schema: 'auth',
  users: () => pgTable('users', { id: text('id').primaryKey() }).id,
})

test(
  'tables with a prefix, in a schema, with users: what it generates is what the store runs on',
  { timeout: 60_000 },
  async () => {
    generate(...own('users: () => users.id'))
    const [migrated, ensured] = [await createDatabase(), await createDatabase()]
    await migrated.query(migrationFiles().join('\n'))
    await ensured.query('create table users (id text primary key)')
    await ensureSchema(drizzle(ensured), { tables: ownTables })
    expect(await shapeOf(migrated)).toEqual(await shapeOf(ensured))
    await runsOn(migrated)
  },
)

test(
  'what it generates after a change, of the kit or of the options, keeps the sessions',
  { timeout: 60_000 },
  async () => {
    const older = readFileSync('tests/package/olderTables.ts', 'utf8')
    generate(older)
    const [migrated, ensured] = [await createDatabase(), await createDatabase()]
    await migrated.query(migrationFiles().join('\n'))
    await migrated.query(`
    insert into users values ('ada');
    insert into auth.shop_sessions (hash, kind, user_id, data, domains, version, created_at, last_seen_at, idle_seconds, absolute_expires_at, expires_at, purge_at)
    values ('older', 'cookie', 'ada', '{"cart":1}', '{}', 1, now(), now(), 1000, now() + interval '1 day', now() + interval '1000 seconds', now() + interval '1000 seconds')`)

    generate(...own(''))
    await migrated.query(migrationFiles()[1] ?? '')
    generate(...own('users: () => users.id'))
    await migrated.query(migrationFiles()[2] ?? '')
    expect(migrationFiles().slice(1).join('\n')).not.toMatch(/DROP|CREATE/)

    await ensured.query('create table users (id text primary key)')
    await ensureSchema(drizzle(ensured), { tables: ownTables })
    expect(await shapeOf(migrated)).toEqual(await shapeOf(ensured))
    const { rows } = await migrated.query(
      "select data, remembered from auth.shop_sessions where hash = 'older'",
    )
    expect(rows).toEqual([{ data: { cart: 1 }, remembered: true }])
    await runsOn(migrated)
  },
)

async function runsOn(pool: pg.Pool): Promise<void> {
  const store = drizzleStore(drizzle(pool), { tables: ownTables })
  const hash = 'hash-of-a-session' as Parameters<typeof store.write>[0]
  await pool.query("insert into users values ('eve')")
  const options = {
    visit: { domain: 'https://shop.example', ip: null, userAgent: null },
    lifetime: { idleSeconds: 1000, absoluteSeconds: 1000, tombstoneSeconds: 1000 },
    userId: 'eve',
  }
  expect(await store.write(hash, { set: { a: 1 } }, options)).toMatchObject({
    status: 'saved',
    record: { data: { a: 1 }, userId: 'eve' },
  })
  expect(await store.redeem('ticket', 60, [hash])).toMatchObject({ first: true, states: [{ state: 'live' }] })
  await pool.query("delete from users where id = 'eve'")
  expect(await store.read([hash], null)).toEqual([{ state: 'blank' }])
}
