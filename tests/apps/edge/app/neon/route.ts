import { neon, neonConfig } from '@neondatabase/serverless'
import { postgresStore } from 'next-crossdomain-session/postgres'
import { kitOf } from '../../kit'

export const runtime = 'edge'

if (process.env.NEON_FETCH_ENDPOINT) neonConfig.fetchEndpoint = process.env.NEON_FETCH_ENDPOINT

export const { GET, POST } = kitOf(
  postgresStore(neon(process.env.DATABASE_URL ?? 'postgresql://set:set@localhost/set')),
)
