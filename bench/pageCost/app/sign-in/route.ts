import { randomUUID } from 'node:crypto'
import { getMigrations } from 'better-auth/db/migration'
import { getIronSession } from 'iron-session'
import { encode } from 'next-auth/jwt'
import { cookies } from 'next/headers'
import { ensureTables } from 'next-crossdomain-session/postgres'
import { authSecret, betterAuths } from '../../auths'
import { pool, redis } from '../../connections'
import { ironOptions, type IronData } from '../../iron'
import { onPostgres, onRedis } from '../../kits'

const cart = { boots: 1, tent: 2, lamp: 1 }
const userId = 'ada'

/** Signs the benchmark's visitor in to one of the sessions, by its name. */
export async function POST(request: Request): Promise<Response> {
  const name = await request.text()
  if (isBetterAuth(name)) return signUp(name)
  const jar = await cookies()
  if (name === 'next-auth') {
    const cookieName = 'authjs.session-token'
    const token = { sub: userId, name: userId, email: 'ada@example.com' }
    jar.set(cookieName, await encode({ token, secret: authSecret, salt: cookieName }))
  } else if (name.startsWith('kit')) {
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

const isBetterAuth = (name: string): name is keyof typeof betterAuths => name in betterAuths

async function signUp(name: keyof typeof betterAuths): Promise<Response> {
  const auth = betterAuths[name]
  const { runMigrations } = await getMigrations(auth.options)
  await runMigrations()
  const body = { name: userId, email: `${name}@example.com`, password: 'correct horse battery' }
  return auth.api.signUpEmail({ body, asResponse: true })
}
