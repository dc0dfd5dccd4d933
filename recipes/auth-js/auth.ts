import NextAuth from 'next-auth'
import Credentials from 'next-auth/providers/credentials'

interface Account {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly password: string
}

// In memory, so that this recipe needs no database. A real one holds hashes, and providers need no passwords at all.
const accounts: readonly Account[] = [
  { id: 'ada', name: 'Ada', email: 'ada@example.com', password: 'correct horse battery' },
  { id: 'grace', name: 'Grace', email: 'grace@example.com', password: 'staple nanosecond wire' },
]

/** Accounts and providers. It signs in on the primary alone. */
export const { handlers, auth, signIn, signOut } = NextAuth({
  trustHost: true,
  // As long as the way to /signed-in takes; see the README.
  session: { maxAge: 60 },
  pages: { signIn: '/sign-in' },
  providers: [
    Credentials({
      credentials: { email: {}, password: {} },
      authorize: ({ email, password }) =>
        accounts.find((account) => account.email === email && account.password === password) ?? null,
    }),
  ],
  callbacks: {
    session: ({ session, token }) => ({ ...session, user: { ...session.user, id: token.sub ?? '' } }),
  },
})

export async function nameOf(userId: string): Promise<string> {
  return accounts.find(({ id }) => id === userId)?.name ?? userId
}
