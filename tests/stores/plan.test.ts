import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startPostgres } from '../../fixtures/postgres.mjs'
import { ensureTables, postgresStore, type PgClient } from '../../src/postgres.js'
import { change, newId, write } from '../../src/testing/given.js'

interface Plan {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly Plans?: readonly Plan[]
}

let server: Awaited<ReturnType<typeof startPostgres>>
let client: pg.Client

beforeAll(async () => {
  server = await startPostgres()
  client = new pg.Client({ connectionString: server.url })
  client.on('error', () => {})
  await client.connect()
}, 60_000)
afterAll(async () => {
  await client.end()
  await server.stop()
})

// In the smaller table, an estimate of a hundred rows where there are two is enough for Postgres to read all of it.
describe.each([5_000, 20_000])('among %d rows', (count) => {
  const table = `among_${count}`
  const index = { id: `${table}_pkey`, user: `${table}_user_id_idx`, purge: `${table}_purge_at_idx` }
  const plans: Plan[] = []

  /**
   * Asks Postgres how it will run what the store sends, and runs it. A statement that is prepared has two plans: one
   * for these values, and after some runs one for any.
   */
  const explained: PgClient = {
    async query({ text, values }) {
      const literals = values.map((value) => (value === null ? 'null' : pg.escapeLiteral(String(value))))
      await client.query(`prepare explained as ${text}`)
      for (const mode of ['force_custom_plan', 'force_generic_plan']) {
        await client.query(`set plan_cache_mode = ${mode}`)
        const { rows } = await client.query<{ 'QUERY PLAN': readonly { readonly Plan: Plan }[] }>(
          `explain (format json) execute explained (${literals.join(', ')})`,
        )
        plans.push(...rows.flatMap((row) => row['QUERY PLAN'].map((each) => each.Plan)))
      }
      await client.query('deallocate explained')
      return client.query({ text, values, rowMode: 'array' })
    },
  }
  const store = postgresStore(explained, { table, timeoutMs: 20_000 })

  beforeAll(async () => {
    await ensureTables(client, { table })
    // Every twentieth is over; half of them have a user.
    await client.query(`
      insert into ${table} (id, version, user_id, value, purge_at)
      select rpad(n::text, 43, '_'), 1, case when n % 2 = 0 then 'user-' || n / 20 end,
        json_build_object('cart', repeat('x', 200)),
        now() + case when n % 20 = 0 then interval '-1 hour' else n * interval '1 minute' end
      from generate_series(1, ${count}) n`)
    await client.query('analyze')
  }, 60_000)

  /** What the statements that `run` sends read: which tables as a whole, and which indexes. */
  async function readBy(run: () => Promise<unknown>) {
    plans.length = 0
    await run()
    const nodes = plans.flatMap(nodesOf)
    expect(nodes).not.toEqual([])
    return {
      whole: nodes.flatMap((node) => (node['Node Type'] === 'Seq Scan' ? [node['Relation Name']] : [])),
      indexes: [...new Set(nodes.flatMap((node) => node['Index Name'] ?? []))].sort(),
    }
  }

  const [a, b, c] = [idOf(7), idOf(4_711), idOf(9)]
  test.each<[string, readonly string[], () => Promise<unknown>]>([
    ['a look at one row', [index.id], () => store.read([a])],
    ['a look at two rows', [index.id], () => store.read([a, b])],
    ['a swap of one row', [index.id], () => write(store, change(a, 1))],
    ['a first swap of one row', [index.id], () => store.swap([change(newId(), 0)], [a, b])],
    ['a swap of two rows', [index.id], () => write(store, change(b, 1), change(c, 1))],
    ['a swap that is refused', [index.id], () => store.swap([change(b, 9), change(newId(), 0)])],
    ['the list of a user', [index.user], () => store.listUser('user-7')],
    ['a sweep', [index.purge], () => store.sweep(1000)],
  ])('%s reads by index alone', async (_, indexes, run) => {
    expect(await readBy(run)).toEqual({ whole: [], indexes })
  })

  test('without its index, a user is looked for in the whole table', async () => {
    await client.query(`drop index ${index.user}`)
    const { whole } = await readBy(() => store.listUser('user-7'))
    expect(whole).toContain(table)
  })
})

function idOf(n: number): string {
  return String(n).padEnd(43, '_')
}

function nodesOf(plan: Plan): readonly Plan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)]
}
