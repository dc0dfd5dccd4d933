import { nameOf } from '../../auth'
import { getSession } from '../../session'

const primary = process.env.CROSSDOMAIN_PRIMARY_SERVERNAME

/** On every domain: the kit's session says who is signed in. */
export default async function AccountPage() {
  const session = await getSession()
  if (session.userId === null) {
    return (
      <main>
        <p data-testid="user">guest</p>
        <a href={`${primary}/sign-in`}>Sign in</a>
      </main>
    )
  }
  return (
    <main>
      <p data-testid="user">{await nameOf(session.userId)}</p>
      <form action="/sign-out" method="post">
        <button>Sign out</button>
      </form>
    </main>
  )
}
