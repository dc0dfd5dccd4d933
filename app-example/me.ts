import { users, type Currency, type Locale, type ShopSession } from './data'

/** What pages and the browser may know of the visitor. */
export interface Me {
  readonly domain: string | null
  /** Origins of all three shops. */
  readonly domains: readonly string[]
  readonly isPrimary: boolean
  readonly isNew: boolean
  readonly isAvailable: boolean
  readonly fingerprint: string | null
  readonly user: string | null
  readonly cartCount: number
  readonly locale: Locale
  readonly currency: Currency
}

export function meOf(session: ShopSession): Me {
  const cart = session.get('cart') ?? {}
  return {
    domain: session.domain,
    domains: process.env.CROSSDOMAIN_DOMAINS?.split(',') ?? [],
    isPrimary: session.isPrimary,
    isNew: session.isNew,
    isAvailable: session.isAvailable,
    fingerprint: session.fingerprint,
    user: session.userId === null ? null : (users[session.userId] ?? session.userId),
    cartCount: Object.values(cart).reduce((sum, quantity) => sum + quantity, 0),
    locale: session.get('locale') ?? 'en',
    currency: session.local.get('currency') ?? 'EUR',
  }
}
