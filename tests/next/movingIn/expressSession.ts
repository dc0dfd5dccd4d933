import { unsign } from 'cookie-signature'
import type { Adopt } from '../../../src/index.js'
import { redis } from './redis.js'

interface OldSession {
  readonly userId?: string
  readonly cart?: string[]
}

export const adopt: Adopt = async ({ cookies }) => {
  const signed = cookies.get('connect.sid')?.value
  if (!signed?.startsWith('s:')) return null
  const id = unsign(signed.slice(2), process.env.OLD_SECRET ?? '')
  const text = id === false ? null : await redis.get(`sess:${id}`)
  if (text === null) return null
  const old = JSON.parse(text) as OldSession
  if (old.userId === undefined && old.cart === undefined) return null
  // An empty cart would count as a cart when two domains are merged.
  return { userId: old.userId, data: old.cart?.length ? { cart: old.cart } : {} }
}
