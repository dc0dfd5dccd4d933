// Run once at deployment, instead of migrations: node app-example/create-tables.mjs
import { neon, neonConfig } from '@neondatabase/serverless'
import { ensureTables } from 'next-crossdomain-session/postgres'

if (process.env.NEON_FETCH_ENDPOINT) neonConfig.fetchEndpoint = process.env.NEON_FETCH_ENDPOINT

await ensureTables(neon(process.env.DATABASE_URL))
