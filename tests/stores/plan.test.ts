import { sql, type SQL } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startPostgres } from '../../fixtures/postgres.mjs'
import type { SessionHash } from '../../src/core/store/record.js'
import { drizzleStore, ensureSchema } from '../../src/drizzle.js'
import { crossDomainTables } from '../../src/schema.js'
import {
  contentOf,
  elsewhere,
  lifetime,
  liveOf,
  newHash,
  tombstoneSeconds,
  visit,
} from '../../src/testing/given.js'

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
describe.each([5_000, 20_000])('among %d sessions', (count) => {
  const prefix = `among_${count}_`
  const tables = crossDomainTables({ prefix })
  const index = {
    hash: `${prefix}sessions_pkey`,
    user: `${prefix}sessions_user_id_idx`,
    purge: `${prefix}sessions_purge_at_idx`,
    tickets: `${prefix}tickets_purge_at_idx`,
  }
  const plans: Plan[] = []

  /** Runs what the store runs, and asks Postgres first how it will. */
  const explained = {
    async execute(statement: SQL) {
      const db = drizzle(client)
      const { rows } = await db.execute<{ 'QUERY PLAN': readonly { readonly Plan: Plan }[] }>(
        sql`explain (format json) ${statement}`,
      )
      plans.push(...rows.flatMap((row) => row['QUERY PLAN'].map((each) => each.Plan)))
      return db.execute(statement)
    },
  }
  const store = drizzleStore(explained, { tables, timeoutMs: 20_000 })

  beforeAll(async () => {
    await ensureSchema(drizzle(client), { tables })
    await client.query(`
      insert into ${prefix}sessions (hash, kind, user_id, data, domains, version, created_at, last_seen_at, idle_seconds, absolute_expires_at, expires_at, purge_at)
      select rpad(n::text, 43, '_'), 'cookie', case when n % 2 = 0 then 'user-' || n / 20 end, jsonb_build_object('cart', repeat('x', 200)), '{}', 1,
        now(), now(), 86400, now() + interval '90 days', moment, moment
      from (select n, ${expiry} as moment from generate_series(1, ${count}) n) row`)
    await client.query(
      `insert into ${prefix}tickets (id, purge_at) select n::text, ${expiry} from generate_series(1, ${count}) n`,
    )
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

  const [a, b, c, d] = [hashOf(7), hashOf(4_711), hashOf(9), hashOf(11)]
  async function renew(): Promise<void> {
    const asked = { meets: hashOf(22), remembered: true, visit, lifetime }
    const candidates = [
      { from: hashOf(21), to: newHash(), is: 'live' },
      { from: hashOf(21), to: newHash(), is: 'blank' },
      { from: newHash(), to: newHash(), is: 'lost', after: newHash() },
    ] as const
    expect(
      (await store.redeem(newHash(), 60, [hashOf(21), hashOf(22)], { ...asked, candidates })).renewed,
    ).toBe(candidates[0].to)
  }

  async function settle(): Promise<void> {
    const [primary, secondary] = [await liveOf(store, a), await liveOf(store, b)]
    plans.length = 0
    const outcome = await store.settle({
      primary: { hash: a, version: primary.version, content: contentOf(primary) },
      secondary: { hash: b, version: secondary.version, successorSeconds: 60 },
      tombstoneSeconds,
    })
    expect(outcome).toBe('settled')
  }

  test.each<[string, readonly string[], () => Promise<unknown>]>([
    ['a look at two sessions', [index.hash], () => store.read([a, b], null)],
    ['a visit', [index.hash], () => store.read([a, b], elsewhere)],
    ['a write', [index.hash], () => store.write(a, { set: { x: 1 }, delete: ['y'] }, { visit, lifetime })],
    [
      'a write that expects a version',
      [index.hash],
      () => store.write(a, { set: { x: 1 } }, { visit, lifetime, ifVersion: 2 }),
    ],
    [
      'a rotation',
      [index.hash],
      () =>
        store.rotate({
          from: c,
          to: newHash(),
          userId: 'ada',
          keepData: true,
          remembered: true,
          visit,
          lifetime,
        }),
    ],
    ['an end', [index.hash], () => store.end(d, tombstoneSeconds)],
    ['a ticket', [index.hash], () => store.redeem(newHash(), 60, [a, b])],
    ['a ticket that renews a session', [index.hash], renew],
    ['a settlement', [index.hash], settle],
    ['the list of a user', [index.user], () => store.listUser('user-7')],
    [
      'the end of all sessions of a user',
      [index.user],
      () => store.endUser('user-8', { tombstoneSeconds, except: a }),
    ],
    ['a sweep', [index.purge, index.tickets], () => store.sweep(1000)],
  ])('%s reads by index alone', async (_, indexes, run) => {
    expect(await readBy(run)).toEqual({ whole: [], indexes })
  })

  test('without its index, a user is looked for in the whole table', async () => {
    await client.query(`drop index ${index.user}`)
    expect(await readBy(() => store.listUser('user-7'))).toEqual({
      whole: [`${prefix}sessions`],
      indexes: [],
    })
  })
})

/** Every twentieth row is over. */
const expiry = `now() + case when n % 20 = 0 then interval '-1 hour' else n * interval '1 minute' end`

function hashOf(n: number): SessionHash {
  return String(n).padEnd(43, '_') as SessionHash
}

function nodesOf(plan: Plan): readonly Plan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)]
}
