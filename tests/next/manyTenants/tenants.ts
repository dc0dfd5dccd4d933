import { Pool } from 'pg'
import { createCrossDomainSession } from '../../../src/index.js'
import { postgresStore } from '../../../src/postgres.js'

const pool = new Pool({ connectionString: process.env.DATABASE_URL })

export const { getSession, handlers, proxy } = createCrossDomainSession({
  store: postgresStore(pool),
  primary: 'https://shop.example',
  isDomain: async (host) => {
    const { rows } = await pool.query('select 1 from tenants where host = $1', [host])
    return rows.length > 0
  },
})
