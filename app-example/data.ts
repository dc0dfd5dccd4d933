import type { Session } from 'next-crossdomain-session'

export const locales = ['en', 'de', 'fr'] as const
export type Locale = (typeof locales)[number]

/** Quantity by product. */
type Cart = Record<string, number>

/** What the session of a visitor holds, on all domains. */
export interface ShopData {
  cart: Cart
  locale: Locale
}

export const currencies = ['EUR', 'CHF', 'USD'] as const
export type Currency = (typeof currencies)[number]

/** What the session holds of one domain alone: a visitor may pay in francs here and in euros there. */
export interface DomainData {
  currency: Currency
}

/** A message for the next page. */
export type Notice = 'ordered' | 'welcome' | 'device-ended' | 'others-ended'

export type ShopSession = Session<Partial<ShopData>, Partial<DomainData>, Notice>

/** Two carts of one visitor become one: every product of both, quantities added. The kit merges a pair of sessions once. */
export function mergeShopData(
  kept: Readonly<Partial<ShopData>>,
  other: Readonly<Partial<ShopData>>,
): Partial<ShopData> {
  const cart: Cart = { ...other.cart }
  for (const [id, quantity] of Object.entries(kept.cart ?? {})) cart[id] = quantity + (cart[id] ?? 0)
  return { ...other, ...kept, ...(Object.keys(cart).length > 0 && { cart }) }
}

/** A real shop has accounts and passwords; what matters here is what a sign-in does to the session. */
export const users: Readonly<Record<string, string>> = { ada: 'Ada Lovelace', grace: 'Grace Hopper' }

export interface Product {
  readonly id: string
  readonly name: string
  readonly note: string
  readonly cents: number
  /** Path data of its drawing, on a canvas of 64 by 64. */
  readonly drawing: string
}

export const products: readonly Product[] = [
  {
    id: 'mug',
    name: 'Stoneware mug',
    note: '330 ml, thrown by hand',
    cents: 2800,
    drawing: 'M16 20h26v22a8 8 0 0 1-8 8H24a8 8 0 0 1-8-8zM42 25h5a6 6 0 0 1 6 6v2a6 6 0 0 1-6 6h-5',
  },
  {
    id: 'kettle',
    name: 'Trail kettle',
    note: 'Steel, 0.9 l, folding handle',
    cents: 5400,
    drawing:
      'M18 28h28l4 18a4 4 0 0 1-4 4H18a4 4 0 0 1-4-4zM24 28a8 8 0 0 1 16 0M46 32l8-6M20 22c2-8 22-8 24 0',
  },
  {
    id: 'beans',
    name: 'Highland beans',
    note: '250 g, washed, light roast',
    cents: 1450,
    drawing:
      'M20 16h24l4 8v24a4 4 0 0 1-4 4H20a4 4 0 0 1-4-4V24zM16 24h32M32 32c-5 3-5 9 0 13M32 32c5 3 5 9 0 13',
  },
  {
    id: 'grinder',
    name: 'Hand grinder',
    note: 'Conical burr, walnut knob',
    cents: 8900,
    drawing: 'M22 26h20v22a4 4 0 0 1-4 4H26a4 4 0 0 1-4-4zM22 34h20M32 26v-8h14M46 18v-3M24 26c0-4 3-6 8-6',
  },
  {
    id: 'dripper',
    name: 'Pour-over',
    note: 'Cone for one to two cups',
    cents: 3600,
    drawing: 'M14 18h36L38 40H26zM22 44h20M18 50h28M32 40v4',
  },
  {
    id: 'lantern',
    name: 'Camp lantern',
    note: 'Warm light, 40 hours',
    cents: 4700,
    drawing: 'M24 20h16v4H24zM22 24h20l2 20H20zM20 44h24v6H20zM26 20a6 6 0 0 1 12 0M32 30v8',
  },
]
