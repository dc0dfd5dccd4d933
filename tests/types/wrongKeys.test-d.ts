// Compiled by `npm run types`; nothing here runs. A line under @ts-expect-error has to be refused.
import { createCrossDomainSession, mergeBy, type Json, type Session, type Store } from '../../src/index.js'

interface Item {
  sku: string
  quantity: number
  gift?: { text: string }
}
interface Prefs {
  theme: 'light' | 'dark'
  size?: number
}
interface Tree {
  readonly name: string
  readonly children: readonly Tree[]
}
interface Data {
  cart: Item[]
  prefs: Prefs | null
  payment: { kind: 'card'; last4: string } | { kind: 'invoice'; to: { name: string } }
  seen: Record<string, { at: number }>
  pair: readonly [string, Item]
  tree: Tree
  json: Json
  orders: { lines: Item[] }[]
  any: unknown
}
/** What a library might give: the same, but not read only. */
interface OtherTree {
  name: string
  children: OtherTree[]
}
type OtherJson = null | boolean | number | string | OtherJson[] | { [key: string]: OtherJson }

declare const store: Store
declare const item: Item
declare const tree: OtherTree
declare const json: OtherJson
declare const parsed: ReturnType<typeof JSON.parse>

export async function whatIsDataIsTaken<Special extends Item>(special: Special): Promise<void> {
  const session = await createCrossDomainSession<Data>({ store }).getSession()
  await session.update((data) => ({ ...data, cart: [...(data.cart ?? []), { sku: 'tea', quantity: 1, gift: { text: 'For Ada' } }] }))
  await session.update((data) => ({ ...data, cart: [...(data.cart ?? []), item, special] }))
  await session.update((data) => ({ ...data, cart: (data.cart ?? []).map((one) => (one.sku === 'tea' ? { ...one, quantity: one.quantity + 1 } : one)) }))
  await session.update((data) => ({ ...data, cart: [], prefs: null, pair: ['tea', { sku: 'tea', quantity: 1 }] }))
  await session.update((data) => ({ ...data, prefs: { theme: 'light', ...data.prefs, size: 2 } }))
  await session.update((data) => ({ ...data, payment: data.cart ? { kind: 'card', last4: '4242' } : { kind: 'invoice', to: { name: 'Ada' } } }))
  await session.update((data) => ({ ...data, seen: { ...data.seen, tea: { at: 1 } }, any: { of: ['anything'] } }))
  await session.update((data) => ({ ...data, tree, json, cart: parsed }))
  await session.update((data) => ({ ...data, tree: { name: 'a', children: [tree, { name: 'b', children: [] }] }, json: { a: [json, { b: null }] } }))
  const other: Session<{ cart?: Item[]; prefs?: Prefs | null }> = {} as Session<Partial<Pick<Data, 'cart' | 'prefs'>>>
  void other
}

export async function aWrongKeyIsSeenInsideToo(): Promise<void> {
  const session = await createCrossDomainSession<Data>({ store }).getSession()
  // @ts-expect-error in an object
  await session.update((data) => ({ ...data, prefs: { theme: 'dark', colour: 'red' } }))
  // @ts-expect-error behind a spread
  await session.update((data) => ({ ...data, prefs: { theme: 'dark', ...data.prefs, colour: 'red' } }))
  // @ts-expect-error in an item that a list gains
  await session.update((data) => ({ ...data, cart: [...(data.cart ?? []), { sku: 'tea', quantity: 1, color: 'red' }] }))
  // @ts-expect-error in each item of a list
  await session.update((data) => ({ ...data, cart: (data.cart ?? []).map((one) => ({ ...one, color: 'red' })) }))
  // @ts-expect-error in an object of an item
  await session.update((data) => ({ ...data, cart: [{ sku: 'tea', quantity: 1, gift: { text: 'For Ada', from: 'Bob' } }] }))
  // @ts-expect-error in a list of an item
  await session.update((data) => ({ ...data, orders: [{ lines: [{ sku: 'tea', quantity: 1, color: 'red' }] }] }))
  // @ts-expect-error in one of two answers
  await session.update((data) => (data.prefs ? data : { ...data, prefs: { theme: 'dark', colour: 'red' } }))
  // @ts-expect-error in one kind of several
  await session.update((data) => ({ ...data, payment: { kind: 'invoice', to: { name: 'Ada', vat: '1' } } }))
  // @ts-expect-error in what contains itself
  await session.update((data) => ({ ...data, tree: { name: 'a', children: [{ name: 'b', children: [], size: 1 }] } }))
  // @ts-expect-error that may be there, of a value that was made before
  await session.update((data) => ({ ...data, ...({} as { basket?: string[] }) }))
  // @ts-expect-error in a value that is set
  await session.set('prefs', { theme: 'dark', colour: 'red' })
  // @ts-expect-error in a value that is set, behind a spread
  await session.set('cart', [{ ...item, color: 'red' }])
}

export function aWrongKeyOfAMergeIsSeenWhereItsAnswerIsNamed(): void {
  createCrossDomainSession<Data>({ store, merge: (kept, other): Partial<Data> => ({ ...other, ...kept }) })
  // TypeScript looks at no answer that is not: this one compiles.
  createCrossDomainSession<Data>({ store, merge: (kept, other) => ({ ...other, ...kept, basket: 1 }) })
  // @ts-expect-error a key that Data does not have
  createCrossDomainSession<Data>({ store, merge: (kept, other): Partial<Data> => ({ ...other, ...kept, basket: 1 }) })
  // @ts-expect-error a rule for a key that Data does not have
  createCrossDomainSession<Data>({ store, merge: mergeBy({ basket: (kept) => kept }) })
}
