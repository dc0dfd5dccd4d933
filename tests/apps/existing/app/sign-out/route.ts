import { getSession } from '../../session'

/** As applications have it that were written before prefetching: a link to it signs out. */
export async function GET() {
  const session = await getSession()
  await session.logout()
  return Response.json({ userId: session.userId })
}
