import { headers } from 'next/headers'
import { auth } from '../../auth'

/** On every domain, and for all of them. */
export async function POST() {
  await auth.api.signOut({ headers: await headers() })
  return new Response(null, { status: 303, headers: { Location: '/' } })
}
