import { PGlite } from '@electric-sql/pglite'
import { drizzle } from 'drizzle-orm/pglite'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { ensureSchema } from 'next-crossdomain-session/drizzle'
import { beforeAll, expect, test } from 'vitest'

// A project that re-exports the tables and runs drizzle-kit; below the repository, so that it finds the package by its name.
const folder = '.cache/drizzle-kit'
const schema = `${folder}/schema.ts`
const migrations = `${folder}/migrations`

const generate = () =>
  execFileSync(process.execPath, ['node_modules/drizzle-kit/bin.cjs', 'generate', '--dialect=postgresql', `--schema=./${schema}`, `--out=./${migrations}`], {
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  })
const migration = () =>
  readdirSync(migrations)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => readFileSync(`${migrations}/${name}`, 'utf8'))

beforeAll(() => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  writeFileSync(schema, "export * from 'next-crossdomain-session/schema'\n")
})

test('drizzle-kit makes of the exported tables what ensureSchema makes', { timeout: 60_000 }, async () => {
  generate()
  const [migrated, ensured] = [new PGlite(), new PGlite()]
  await migrated.exec(migration().join('\n'))
  await ensureSchema(drizzle(ensured))
  const shape = async (database: PGlite) => ({
    columns: (await database.query(`select table_name, column_name, data_type, is_nullable, column_default from information_schema.columns where table_schema = 'public' order by 1, 2`)).rows,
    indexes: (await database.query(`select tablename, indexname, indexdef from pg_indexes where schemaname = 'public' order by 1, 2`)).rows,
  })
  const [one, other] = [await shape(migrated), await shape(ensured)]
  expect(one.columns.length).toBeGreaterThan(15)
  expect(one).toEqual(other)
  await Promise.all([migrated.close(), ensured.close()])
})

test('a second run finds nothing to change, and a change gives a migration of that change', { timeout: 60_000 }, () => {
  expect(generate()).toContain('No schema changes')
  writeFileSync(schema, "import { text, pgTable } from 'drizzle-orm/pg-core'\nexport * from 'next-crossdomain-session/schema'\nexport const users = pgTable('users', { id: text('id').primaryKey() })\n")
  generate()
  expect(migration()).toHaveLength(2)
  expect(migration()[1]).toMatch(/CREATE TABLE "users"/)
  expect(migration()[1]).not.toMatch(/crossdomain/)
})
