// Run once at deployment, instead of migrations: node app-example/create-tables.mjs
import { neon, neonConfig } from '@neondatabase/serverless'
import { drizzle } from 'drizzle-orm/neon-http'
import { ensureSchema } from 'next-crossdomain-session/drizzle'

if (process.env.NEON_FETCH_ENDPOINT) neonConfig.fetchEndpoint = process.env.NEON_FETCH_ENDPOINT

await ensureSchema(drizzle(neon(process.env.DATABASE_URL)))
