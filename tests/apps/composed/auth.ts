import NextAuth from 'next-auth'
import Credentials from 'next-auth/providers/credentials'

export const { handlers, auth } = NextAuth({
  trustHost: true,
  providers: [Credentials({ credentials: {}, authorize: () => ({ id: 'ada', name: 'Ada' }) })],
})
