import { createCrossDomainSession } from 'next-crossdomain-session'
import { kvStore } from 'next-crossdomain-session/kv'
import { postgresStore } from 'next-crossdomain-session/postgres'
import { pool, redis } from './connections'

interface Data {
  cart: Record<string, number>
}

export const onRedis = createCrossDomainSession<Data>({ store: kvStore(redis) })
export const onPostgres = createCrossDomainSession<Data>({ store: postgresStore(pool) })

export const { proxy } = onRedis
