import { randomUUID } from 'node:crypto'
import { getIronSession } from 'iron-session'
import { cookies } from 'next/headers'
import { ensureTables } from 'next-crossdomain-session/postgres'
import { pool, redis } from '../../connections'
import { ironOptions, type IronData } from '../../iron'
import { onPostgres, onRedis } from '../../kits'

const cart = { boots: 1, tent: 2, lamp: 1 }
const userId = 'ada'

/** Signs the benchmark's visitor in to one of the sessions, by its name. */
export async function POST(request: Request): Promise<Response> {
  const name = await request.text()
  const jar = await cookies()
  if (name.startsWith('kit')) {
    await ensureTables(pool)
    const session = await (name === 'kit-redis' ? onRedis : onPostgres).getSession()
    await session.set('cart', cart)
    await session.login(userId)
  } else if (name === 'iron') {
    const session = await getIronSession<IronData>(jar, ironOptions)
    Object.assign(session, { userId, cart })
    await session.save()
  } else {
    const id = randomUUID()
    await redis.set(`hand:${id}`, JSON.stringify({ userId, cart }))
    await pool.query(
      'create table if not exists hand_sessions (id text primary key, user_id text, data json)',
    )
    await pool.query('insert into hand_sessions values ($1, $2, $3)', [id, userId, { cart }])
    jar.set('hand', id)
  }
  return new Response(name)
}
