import { Pool } from 'pg'
import type { Adopt } from '../../../src/index.js'

const pool = new Pool({ connectionString: process.env.DATABASE_URL })

export const adopt: Adopt = async ({ cookies }) => {
  const token = cookies.get('sid')?.value
  if (token === undefined) return null
  const { rows } = await pool.query<{ user_id: string | null; cart: string[] }>(
    'select user_id, cart from old_sessions where token = $1 and expires_at > now()',
    [token],
  )
  const [old] = rows
  if (old === undefined) return null
  // An empty cart would count as a cart when two domains are merged.
  return { userId: old.user_id, data: old.cart.length > 0 ? { cart: old.cart } : {} }
}
