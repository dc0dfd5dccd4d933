import { createCrossDomainSession } from 'next-crossdomain-session'
import { memoryStore } from 'next-crossdomain-session/memory'

export const kit = createCrossDomainSession<{ cart: string[] }>({
  store: memoryStore(),
})
export const { getSession, handlers } = kit

/** What pages and routes show, so that tests can compare it. */
export async function shown() {
  const session = await getSession()
  return { fingerprint: session.fingerprint, userId: session.userId, cart: session.get('cart') ?? [] }
}
