import type { BetterAuthOptions } from 'better-auth'
import { magicLink, twoFactor } from 'better-auth/plugins'
import { db } from './db'

const origins = (process.env['CROSSDOMAIN_DOMAINS'] ?? 'http://localhost:3000').split(',')

/** Yours, as it was before. What several domains need: better-auth has to answer on each of them. */
export const options = {
  baseURL: { allowedHosts: origins.map((origin) => new URL(origin).host) },
  trustedOrigins: origins,
  database: db,
  emailAndPassword: { enabled: true },
  user: { deleteUser: { enabled: true } },
  plugins: [
    twoFactor({ skipVerificationOnEnable: true }),
    // Signs in with a redirect, as OAuth does. `outbox` is the mail that it would send.
    magicLink({
      sendMagicLink: ({ email, url }) => void db.prepare('insert into outbox values (?, ?)').run(email, url),
    }),
  ],
} satisfies BetterAuthOptions
