import { getSession } from '../../session'

/** On every domain, and for all of them. */
export async function POST() {
  const session = await getSession()
  await session.logout()
  return new Response(null, { status: 303, headers: { Location: '/account' } })
}
