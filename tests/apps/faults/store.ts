import { Redis } from 'ioredis'
import type { Store } from 'next-crossdomain-session'
import { kvStore } from 'next-crossdomain-session/kv'
import { postgresStore } from 'next-crossdomain-session/postgres'
import pg from 'pg'
import { createClient } from 'redis'

/** Short, as many tests wait for it; that it is two seconds by default, others see. */
const timeoutMs = 1000
const poolSize = 5
const url = process.env.STORE_URL ?? 'postgresql://set-STORE_URL@localhost/test'

/** In a global, because Next.js loads a file once for each of its bundles. */
const shared = globalThis as { opened?: ReturnType<typeof open> }

const stores: Readonly<Record<string, () => Store>> = {
  ioredis: () =>
    kvStore(
      new Redis(url).on('error', () => {}),
      { timeoutMs },
    ),
  redis: () => {
    const client = createClient({ url, disableOfflineQueue: true }).on('error', () => {})
    void client.connect()
    return kvStore(client, { timeoutMs })
  },
}

function open() {
  const unhandled: string[] = []
  for (const event of ['unhandledRejection', 'uncaughtException'])
    process.on(event, (reason) => unhandled.push(`${event}: ${String(reason)}`))
  const pool = new pg.Pool({ connectionString: url, max: poolSize, connectionTimeoutMillis: timeoutMs }).on(
    'error',
    () => {},
  )
  const store = stores[process.env.STORE ?? '']?.() ?? postgresStore(pool, { timeoutMs })
  return { unhandled, pool, store }
}

const { pool, store, unhandled } = (shared.opened ??= open())
export { store, unhandled }

const taken: pg.PoolClient[] = []

/** The application needs all connections of its pool for something else. */
export async function takeAll(): Promise<void> {
  while (taken.length < poolSize) taken.push(await pool.connect())
}
export function releaseAll(): void {
  for (const client of taken.splice(0)) client.release()
}
