import { auth, signOut } from '../auth'
import { getSession } from '../session'

/** On every domain: Auth.js says who is signed in, as before. */
export default async function Page() {
  const session = await auth()
  const { userId } = await getSession()
  const shown = { email: session?.user?.email ?? null, isSignedIn: userId !== null }
  async function signOutHere() {
    'use server'
    await signOut({ redirectTo: '/' })
  }
  return (
    <main>
      <p data-testid="shown">{JSON.stringify(shown)}</p>
      <form action={signOutHere}>
        <button>Sign out</button>
      </form>
    </main>
  )
}
