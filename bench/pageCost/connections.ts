import { Redis } from 'ioredis'
import pg from 'pg'

/** In a global, because Next.js loads a file once for each of its bundles. */
const shared = globalThis as { connections?: { readonly pool: pg.Pool; readonly redis: Redis } }

export const { pool, redis } = (shared.connections ??= {
  pool: new pg.Pool({ connectionString: process.env.POSTGRES_URL, max: 5 }).on('error', () => {}),
  redis: new Redis(process.env.REDIS_URL ?? 'redis://set-REDIS_URL').on('error', () => {}),
})
