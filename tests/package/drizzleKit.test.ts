import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { ensureTables, postgresStore } from 'next-crossdomain-session/postgres'
import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startPostgres } from '../../fixtures/postgres.mjs'
import { openPool } from '../support/pools.js'
import { tableOf } from '../support/postgresTable.js'

// A project that re-exports the table and runs drizzle-kit; below the repository, so that it finds the package by its name.
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

const imports = "import { text, pgSchema, pgTable } from 'drizzle-orm/pg-core'"
const users = "export const users = pgTable('users', { id: text('id').primaryKey() })"

test(
  'drizzle-kit makes of the exported table what ensureTables makes, and finds nothing to change then',
  { timeout: 60_000 },
  async () => {
    const reexport = "export { crossDomainRows } from 'next-crossdomain-session/drizzle'"
    generate(reexport)
    const [migrated, ensured] = [await createDatabase(), await createDatabase()]
    await migrated.query(migrationFiles().join('\n'))
    await ensureTables(ensured)
    expect(await tableOf(migrated, 'crossdomain_rows')).toEqual(await tableOf(ensured, 'crossdomain_rows'))
    expect(generate(reexport)).toContain('No schema changes')
    await ensureTables(migrated)
    expect(await tableOf(migrated, 'crossdomain_rows')).toEqual(await tableOf(ensured, 'crossdomain_rows'))

    generate(imports, reexport, users)
    expect(migrationFiles()).toHaveLength(2)
    expect(migrationFiles()[1]).toMatch(/CREATE TABLE "users"/)
    expect(migrationFiles()[1]).not.toMatch(/crossdomain/)
  },
)

const own = (options: string) => [
  imports,
  "import { crossDomainTables } from 'next-crossdomain-session/drizzle'",
  "export const auth = pgSchema('auth')",
  users,
  `export const { rows } = crossDomainTables({ prefix: 'shop_', schema: auth, ${options} })`,
]
const names = { table: 'shop_rows', schema: 'auth' }

test(
  'a table with a prefix, in a schema, with users, is what the store runs on: rows go with their user',
  { timeout: 60_000 },
  async () => {
    generate(...own('users: () => users.id'))
    const [migrated, ensured] = [await createDatabase(), await createDatabase()]
    await migrated.query(migrationFiles().join('\n'))
    await ensureTables(ensured, names)
    const { references, ...table } = await tableOf(migrated, 'shop_rows')
    expect({ ...table, references: [] }).toEqual(await tableOf(ensured, 'shop_rows'))
    expect(references).toEqual([
      { definition: 'FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE' },
    ])

    const store = postgresStore(migrated, names)
    const row = (id: string, userId: string | null) => ({
      id,
      version: 0,
      userId,
      value: {},
      livesMs: 60_000,
    })
    await migrated.query("insert into users values ('eve')")
    await store.swap([row('hers', 'eve'), row('guest', null)])
    await expect(store.swap([row('nobody', 'nobody')])).rejects.toMatchObject({ code: '23503' })
    await migrated.query("delete from users where id = 'eve'")
    expect((await store.read(['hers', 'guest', 'nobody'])).rows.map(({ id }) => id)).toEqual(['guest'])
  },
)

test(
  'what it generates when the table is told of the users keeps the rows',
  { timeout: 60_000 },
  async () => {
    generate(...own(''))
    const migrated = await createDatabase()
    await migrated.query(migrationFiles().join('\n'))
    await migrated.query("insert into users values ('ada')")
    const store = postgresStore(migrated, names)
    await store.swap([{ id: 'a', version: 0, userId: 'ada', value: { a: 1 }, livesMs: 60_000 }])
    generate(...own('users: () => users.id'))
    expect(migrationFiles()[1]).not.toMatch(/DROP|CREATE/)
    await migrated.query(migrationFiles()[1] ?? '')
    expect((await tableOf(migrated, 'shop_rows')).references).toHaveLength(1)
    expect((await store.read(['a'])).rows).toEqual([{ id: 'a', version: 1, userId: 'ada', value: { a: 1 } }])
  },
)
