import { betterAuth } from 'better-auth'
import type { Adopt } from 'next-crossdomain-session'
import { options } from './options'

/** better-auth as it was before. */
const before = betterAuth(options)

/** Signs nobody out on the day that you switch: takes over the cookie that better-auth has set before. */
export const adopt: Adopt = async ({ headers }) => {
  const cookie = headers.get('cookie') ?? ''
  if (!cookie.includes('better-auth.session_token=')) return null
  const host = headers.get('host') ?? ''
  const old = await before.api.getSession({
    headers: new Headers({ cookie, host }),
    query: { disableCookieCache: true, disableRefresh: true },
  })
  if (old === null) return null
  const { userId, token } = old.session
  return { userId, data: { betterAuth: { userId, token, remember: true } } }
}
