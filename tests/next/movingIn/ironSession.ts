import { unsealData } from 'iron-session'
import type { Adopt } from '../../../src/index.js'

interface OldSession {
  readonly userId?: string
  readonly cart?: string[]
}

export const adopt: Adopt = async ({ cookies }) => {
  const cookie = cookies.get('shop-session')
  if (cookie === undefined) return null
  // A seal that has expired, or that nobody of yours has made, gives an empty session.
  const old = await unsealData<OldSession>(cookie.value, { password: process.env.OLD_SECRET ?? '' })
  if (old.userId === undefined && old.cart === undefined) return null
  // An empty cart would count as a cart when two domains are merged.
  return { userId: old.userId, data: old.cart?.length ? { cart: old.cart } : {} }
}
