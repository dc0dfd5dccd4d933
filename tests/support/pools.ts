import { Pool as NeonPool } from '@neondatabase/serverless'
import pg from 'pg'

// `end()` of a pool answers before its connections are closed. One that a stopping server cuts in between says so on its pool, and
// unheard, that ends the process: every pool of the tests comes from here.

export function openPool(connectionString: string, max = 5): pg.Pool {
  return new pg.Pool({ connectionString, max }).on('error', () => {})
}

export function openNeonPool(connectionString: string, max = 5): NeonPool {
  const pool = new NeonPool({ connectionString, max })
  pool.on('error', () => {})
  return pool
}
