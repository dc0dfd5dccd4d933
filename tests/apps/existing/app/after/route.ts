import { after } from 'next/server'
import { getSession } from '../../session'

let seen: unknown = null

/** What the last `after()` saw. */
export async function GET(request: Request) {
  const { isNew } = await getSession()
  return Response.json({ seen, isNew, at: request.method })
}

export async function POST() {
  await (await getSession()).login('ada')
  after(async () => {
    const session = await getSession()
    await session.set('cart', ['from after()'])
    const signIn = await session.login('grace').catch(String)
    seen = { userId: session.userId, cart: session.get('cart'), signIn }
  })
  return new Response()
}
