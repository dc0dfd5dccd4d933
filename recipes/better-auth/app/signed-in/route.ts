import { headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { auth } from '../../auth'
import { getSession } from '../../session'

/**
 * Where better-auth leads after each sign-in (`callbackURL: '/signed-in'`), on the primary. It has proved who the visitor is; from here on
 * the kit's session says so, on all domains. Its own session has done its work: kept, it would sign in again who has signed out elsewhere.
 */
export async function GET() {
  const requestHeaders = await headers()
  const proved = await auth.api.getSession({ headers: requestHeaders })
  if (proved !== null) {
    const session = await getSession()
    await session.login(proved.user.id)
    await auth.api.signOut({ headers: requestHeaders })
  }
  redirect('/account')
}
