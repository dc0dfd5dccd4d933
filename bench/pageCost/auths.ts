import { betterAuth, type BetterAuthOptions } from 'better-auth'
import NextAuth from 'next-auth'
import { pool, redis } from './connections'

export const authSecret = 'a-secret-for-the-benchmark-of-pages'

/** better-auth, as its documentation sets it up. It keeps who is signed in, and no data of the application. */
const common = {
  baseURL: process.env.CROSSDOMAIN_PRIMARY_SERVERNAME,
  secret: authSecret,
  database: pool,
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
} satisfies BetterAuthOptions

export const betterAuths = {
  /** Asks Postgres for each page. */
  'better-auth-postgres': betterAuth(common),
  /** Asks Redis for each page. */
  'better-auth-redis': betterAuth({
    ...common,
    advanced: { cookiePrefix: 'redis' },
    secondaryStorage: {
      get: (key) => redis.get(key),
      getAndDelete: (key) => redis.getdel(key),
      set: (key, value, seconds) =>
        seconds === undefined ? redis.set(key, value) : redis.set(key, value, 'EX', seconds),
      delete: async (key) => void (await redis.del(key)),
      increment: async (key, seconds) => {
        const count = await redis.incr(key)
        if (count === 1) await redis.expire(key, seconds)
        return count
      },
    },
  }),
  /** Believes a signed cookie for five minutes, so a sign-out elsewhere is seen late. */
  'better-auth-cookie': betterAuth({
    ...common,
    advanced: { cookiePrefix: 'cached' },
    session: { cookieCache: { enabled: true, maxAge: 300 } },
  }),
}

/** Auth.js with its default, a token in the cookie: there is no store to ask. */
export const { auth } = NextAuth({ trustHost: true, secret: authSecret, providers: [] })
