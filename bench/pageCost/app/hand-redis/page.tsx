import { cookies } from 'next/headers'
import { redis } from '../../connections'
import { Page } from '../../Page'

/** What one writes in five minutes: a random id in the cookie, JSON in Redis. */
export default async function ByHand() {
  const id = (await cookies()).get('hand')?.value ?? ''
  const session = JSON.parse((await redis.get(`hand:${id}`)) ?? '{}') as {
    userId?: string
    cart?: Record<string, number>
  }
  return <Page userId={session.userId ?? null} cart={session.cart ?? {}} />
}
