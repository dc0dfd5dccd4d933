import { betterAuth } from 'better-auth'
import { nextCookies } from 'better-auth/next-js'
import { crossDomain } from './crossDomain'
import { options } from './options'

export const auth = betterAuth({ ...options, plugins: [...options.plugins, crossDomain(), nextCookies()] })
