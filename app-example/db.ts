import { neon, neonConfig } from '@neondatabase/serverless'
import { drizzle } from 'drizzle-orm/neon-http'

// The demo's embedded database stands in for Neon; in production this line does nothing.
if (process.env.NEON_FETCH_ENDPOINT) neonConfig.fetchEndpoint = process.env.NEON_FETCH_ENDPOINT

export const db = drizzle(neon(process.env.DATABASE_URL ?? 'postgresql://set-DATABASE_URL@localhost/shop'))
