import { redirect } from 'next/navigation'
import { auth, signOut } from '../../auth'
import { getSession } from '../../session'

/**
 * Where Auth.js leads after each sign-in (`redirectTo: '/signed-in'`), on the primary. It has proved who the visitor is; from here on the
 * kit's session says so, on all domains. Its own session has done its work: kept, it would sign in again who has signed out elsewhere.
 */
export async function GET() {
  const proved = await auth()
  if (proved?.user?.id) {
    const session = await getSession()
    await session.login(proved.user.id)
    await signOut({ redirect: false })
  }
  redirect('/account')
}
