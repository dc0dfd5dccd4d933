import { headers } from 'next/headers'
import { auth } from '../auth'
import { getSession } from '../session'

/** On every domain: better-auth says who is signed in, as before. */
export default async function Page() {
  const session = await auth.api.getSession({ headers: await headers() })
  const { userId } = await getSession()
  return (
    <main>
      <p data-testid="shown">
        {JSON.stringify({ name: session?.user.name ?? null, isSignedIn: userId !== null })}
      </p>
      <form action="/sign-out" method="post">
        <button>Sign out</button>
      </form>
    </main>
  )
}
