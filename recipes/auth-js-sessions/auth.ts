import { DrizzleAdapter } from '@auth/drizzle-adapter'
import NextAuth, { type NextAuthConfig } from 'next-auth'
import Credentials from 'next-auth/providers/credentials'
import { crossDomain } from './crossDomain'
import { db, file } from './db'

const accounts = [
  { id: 'ada', name: 'Ada', email: 'ada@example.com', password: 'correct horse battery' },
  { id: 'grace', name: 'Grace', email: 'grace@example.com', password: 'staple nanosecond wire' },
]

/** Sessions that are JWTs, the default of Auth.js. */
const withTokens: NextAuthConfig = {
  providers: [
    Credentials({
      credentials: { email: {}, password: {} },
      authorize: ({ email, password }) =>
        accounts.find((account) => account.email === email && account.password === password) ?? null,
    }),
  ],
  callbacks: {
    jwt({ token, trigger, session }) {
      // Null ends the session on all domains.
      if (file.prepare('select 1 from blocked where userId = ?').get(token.sub ?? '')) return null
      return trigger === 'update' ? { ...token, ...session } : token
    },
    session: ({ session, token }) => ({ ...session, user: { ...session.user, id: token.sub ?? '' } }),
  },
}

/** Sessions in a database. */
const withDatabase: NextAuthConfig = {
  adapter: DrizzleAdapter(db),
  session: { strategy: 'database' },
  providers: [
    {
      id: 'mail',
      type: 'email',
      name: 'Mail',
      async sendVerificationRequest({ identifier, url }) {
        file.prepare('insert into outbox values (?, ?)').run(identifier, url)
      },
    },
  ],
}

/** Choose one. It signs in and out on every domain. */
export const { handlers, auth, signIn, signOut } = NextAuth(
  crossDomain(process.env['AUTH_STRATEGY'] === 'database' ? withDatabase : withTokens),
)
