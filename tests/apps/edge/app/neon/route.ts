import { neon, neonConfig } from '@neondatabase/serverless'
import { drizzle } from 'drizzle-orm/neon-http'
import { drizzleStore } from 'next-crossdomain-session/drizzle'
import { kitOf } from '../../kit'

export const runtime = 'edge'

if (process.env.NEON_FETCH_ENDPOINT) neonConfig.fetchEndpoint = process.env.NEON_FETCH_ENDPOINT

export const { GET, POST } = kitOf(
  drizzleStore(drizzle(neon(process.env.DATABASE_URL ?? 'postgresql://set:set@localhost/set'))),
)
