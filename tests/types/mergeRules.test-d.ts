// Compiled by `npm run types`; nothing here runs. A line under @ts-expect-error has to be refused.
import { createCrossDomainSession, mergeBy, newest, sumQuantities, union, type MergeRule, type Store } from '../../src/index.js'
import { z } from 'zod'

declare const store: Store

export function mergeRulesFitTheirKeys(): void {
  interface Shop {
    cart: { sku: string; quantity: number }[]
    wishlist: readonly string[]
    address: { street: string; at: string }
  }
  createCrossDomainSession<Shop>({ store, merge: mergeBy<Shop>({ cart: sumQuantities('sku'), wishlist: union(), address: newest(({ at }) => at) }) })
  createCrossDomainSession<Shop>({ store, merge: mergeBy({ cart: sumQuantities('sku') }) })
  // @ts-expect-error a field that items do not have
  mergeBy<Shop>({ cart: sumQuantities('id') })
  // @ts-expect-error a rule for lists on a key that is none
  mergeBy<Shop>({ address: union() })
}

export function quantitiesAreNumbers(): void {
  interface Shop {
    amounts: { sku: string; n: number; note: object }[]
    maybe: readonly { readonly sku: string; readonly quantity?: number | null }[]
    optional?: { sku: string; quantity: 1 | 2; weight: number }[]
    texts: { sku: string; quantity: string }[]
    none: { sku: string }[]
    kinds: ({ kind: 'a'; sku: string; quantity: number } | { kind: 'b'; sku: string; quantity: number; gift: boolean })[]
  }
  mergeBy<Shop>({
    amounts: sumQuantities('sku', 'n'),
    maybe: sumQuantities('sku'),
    optional: sumQuantities('sku', 'weight'),
    kinds: sumQuantities('sku'),
  })
  createCrossDomainSession<Shop>({ store, merge: mergeBy({ amounts: sumQuantities('sku', 'n'), optional: sumQuantities('sku') }) })
  createCrossDomainSession({ store, schema: z.object({ cart: z.array(z.object({ sku: z.string(), n: z.number() })).default([]) }), merge: mergeBy({ cart: sumQuantities('sku', 'n') }) })
  const alone: MergeRule<{ sku: string; quantity: number }[]> = sumQuantities('sku')
  void [alone, sumQuantities<Shop['amounts']>('sku', 'n')]
  // @ts-expect-error items have no quantity, and would each count as one
  mergeBy<Shop>({ amounts: sumQuantities('sku') })
  // @ts-expect-error an object is no quantity
  mergeBy<Shop>({ amounts: sumQuantities('sku', 'note') })
  // @ts-expect-error a field that items do not have
  mergeBy<Shop>({ amounts: sumQuantities('sku', 'quantity') })
  // @ts-expect-error a sum is no text
  mergeBy<Shop>({ texts: sumQuantities('sku') })
  // @ts-expect-error nor where its field is named
  mergeBy<Shop>({ texts: sumQuantities('sku', 'quantity') })
  // @ts-expect-error no field of an item is a number
  mergeBy<Shop>({ none: sumQuantities('sku') })
  // @ts-expect-error items have no quantity
  createCrossDomainSession<Shop>({ store, merge: mergeBy({ amounts: sumQuantities('sku') }) })
  // @ts-expect-error items have no quantity
  createCrossDomainSession({ store, schema: z.object({ cart: z.array(z.object({ sku: z.string(), n: z.number() })).default([]) }), merge: mergeBy({ cart: sumQuantities('sku') }) })
}
