import { cookies } from 'next/headers'
import { pool } from '../../connections'
import { Page } from '../../Page'

/** What one writes in five minutes: a random id in the cookie, a row in Postgres. */
export default async function ByHand() {
  const id = (await cookies()).get('hand')?.value ?? ''
  const { rows } = await pool.query<{ user_id: string; data: { cart?: Record<string, number> } }>(
    'select user_id, data from hand_sessions where id = $1',
    [id],
  )
  return <Page userId={rows[0]?.user_id ?? null} cart={rows[0]?.data.cart ?? {}} />
}
