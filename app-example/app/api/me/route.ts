import { meOf } from '../../../me'
import { getSession } from '../../../session'

/** What a static page shows of its visitor. */
export async function GET() {
  const session = await getSession()
  return Response.json(meOf(session), { headers: { 'Cache-Control': 'private, no-store', Vary: 'Cookie' } })
}
