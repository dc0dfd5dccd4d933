import { betterAuth } from 'better-auth'
import { memoryAdapter } from 'better-auth/adapters/memory'
import { nextCookies } from 'better-auth/next-js'

// In memory, so that this recipe needs no database; give it yours, beside the kit's tables.
const shared = globalThis as { accounts?: Record<string, Record<string, unknown>[]> }
const accounts = (shared.accounts ??= { user: [], session: [], account: [], verification: [] })

/** Accounts, passwords and providers. It signs in on the primary alone. */
export const auth = betterAuth({
  baseURL: process.env.CROSSDOMAIN_PRIMARY_SERVERNAME,
  database: memoryAdapter(accounts),
  emailAndPassword: { enabled: true },
  plugins: [nextCookies()],
})

export async function nameOf(userId: string): Promise<string> {
  return String(accounts['user']?.find(({ id }) => id === userId)?.['name'] ?? userId)
}
