import { getToken } from 'next-auth/jwt'
import type { Adopt } from '../../../src/index.js'

export const adopt: Adopt = async ({ headers }) => {
  const cookie = headers.get('cookie') ?? ''
  if (!cookie.includes('authjs.session-token')) return null
  // `secureCookie`: on https, the name of the cookie begins with `__Secure-`.
  const token = await getToken({
    req: { headers: { cookie } },
    secret: process.env.AUTH_SECRET ?? '',
    secureCookie: true,
  })
  return token?.sub === undefined ? null : { userId: token.sub }
}
