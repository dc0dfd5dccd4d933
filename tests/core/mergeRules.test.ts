import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mergeBy, newest, sumQuantities, union } from '../../src/index.js'
import type { Merge } from '../../src/core/data/merge.js'
import { memoryStore } from '../../src/stores/memory.js'
import { Deployment, FakeBrowser, primary, secondary } from '../support/fakeBrowser.js'

interface Item {
  sku: string
  quantity: number
  note?: string
}
interface Data {
  cart: Item[]
  wishlist: string[]
  seen: { id: number }[]
  address: { street: string; at: string }
  locale: string
}

const merge = mergeBy<Data>({
  cart: sumQuantities('sku'),
  wishlist: union(),
  seen: union('id'),
  address: newest(({ at }) => at),
})

test('keeps every key, and the value of the kept side where there is no rule', () => {
  expect(merge({ locale: 'de' }, { locale: 'en', wishlist: ['a'] })).toEqual({
    locale: 'de',
    wishlist: ['a'],
  })
})

test('a rule is not asked where one side has nothing, or null', () => {
  expect(merge({}, { cart: [{ sku: 'tea', quantity: 2 }] })).toEqual({ cart: [{ sku: 'tea', quantity: 2 }] })
  expect(merge({ cart: null } as never, { cart: [{ sku: 'tea', quantity: 2 }] })).toEqual({
    cart: [{ sku: 'tea', quantity: 2 }],
  })
})

describe('union', () => {
  test('has each item once, those of the kept side first', () => {
    expect(
      merge(
        { wishlist: ['a', 'b'], seen: [{ id: 1 }] },
        { wishlist: ['b', 'c'], seen: [{ id: 2 }, { id: 1 }] },
      ),
    ).toEqual({ wishlist: ['a', 'b', 'c'], seen: [{ id: 1 }, { id: 2 }] })
  })
  test('has an item once that one side has twice', () => {
    expect(union<string[]>()(['a'], ['b', 'b'])).toEqual(['a', 'b'])
    expect(union<string[]>()(['a', 'a'], [])).toEqual(['a'])
  })
  test('knows an item by its JSON, whatever the order of keys', () => {
    expect(union<object[]>()([{ a: 1, b: { c: 2, d: 3 } }], [{ b: { d: 3, c: 2 }, a: 1 }])).toEqual([
      { a: 1, b: { c: 2, d: 3 } },
    ])
    expect(union<unknown[]>()([1, null], ['1', 'null'])).toEqual([1, null, '1', 'null'])
  })
  test('loses no item that has no name', () => {
    expect(
      union<{ id?: number; text: string }[]>('id')([{ text: 'a' }], [{ text: 'b' }, { text: 'a' }]),
    ).toEqual([{ text: 'a' }, { text: 'b' }])
  })
})

describe('sumQuantities', () => {
  const sum = sumQuantities<Item[]>('sku')
  const tea = (quantity: unknown, more = {}) => ({ sku: 'tea', quantity, ...more }) as Item

  test('adds up the same item, and other fields are those of the kept side', () => {
    const kept = [tea(1, { note: 'gift' })]
    expect(sum(kept, [{ sku: 'cup', quantity: 1 }, tea(2)])).toEqual([
      tea(3, { note: 'gift' }),
      { sku: 'cup', quantity: 1 },
    ])
    expect(kept).toEqual([tea(1, { note: 'gift' })])
  })
  test.each([
    ['the kept side', [tea(1), tea(2)], [tea(3)]],
    ['the other side', [tea(1)], [tea(2), tea(3)]],
    ['one side alone', [], [tea(1), tea(2), tea(3)]],
  ])('counts an item that is twice on %s', (_, kept, other) => expect(sum(kept, other)).toEqual([tea(6)]))
  test.each([
    [undefined, 3],
    [null, 3],
    ['many', 3],
    ['', 3],
    [true, 3],
    ['4', 6],
    [0, 2],
    [0.5, 2.5],
  ])('takes the quantity %j as one of it, unless it is a number', (quantity, total) => {
    expect(sum([tea(quantity)], [tea(2)])).toEqual([tea(total)])
  })
  test('leaves an item alone that only one side has, whatever its quantity', () => {
    expect(sum([tea('many')], [{ sku: 'cup', quantity: 1 }])).toEqual([
      tea('many'),
      { sku: 'cup', quantity: 1 },
    ])
  })
})

describe('newest', () => {
  const byAt = newest<{ at: string | number; street?: string }>(({ at }) => at)

  test('takes the newer of two values, and the kept one of two at the same time', () => {
    const [old, fresh] = [
      { street: 'A', at: '2026-01-01' },
      { street: 'B', at: '2026-02-01' },
    ]
    expect([
      merge({ address: old }, { address: fresh }),
      merge({ address: fresh }, { address: old }),
    ]).toEqual([{ address: fresh }, { address: fresh }])
    expect(merge({ address: old }, { address: { ...old, street: 'C' } })).toEqual({ address: old })
  })
  test.each([
    ['2026-01-01T00:00:00+02:00', '2025-12-31T23:00:00Z'],
    ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.5Z'],
    [9, 10],
    ['1970-01-01T00:00:01Z', 2000],
    ['yesterday', '1970-01-01'],
    ['', -5],
    [NaN, '1960-01-01'],
  ])('knows that %j is older than %j', (old, fresh) => {
    expect([byAt({ at: old }, { at: fresh }).at, byAt({ at: fresh }, { at: old }).at]).toEqual([fresh, fresh])
  })
  test('takes a value without a usable time for the oldest, and of two such the kept one', () => {
    const [kept, other] = [{ at: 'never' }, { at: undefined as never }]
    expect(byAt(kept, other)).toBe(kept)
  })
})

test('a value that fits no rule is kept as it is', () => {
  const odd = { cart: 'three', wishlist: { a: 1 }, seen: [null, 7] } as never
  expect(merge(odd, { cart: [{ sku: 'tea', quantity: 1 }], wishlist: ['a'], seen: [{ id: 1 }] })).toEqual({
    cart: [{ sku: 'tea', quantity: 1 }],
    wishlist: ['a'],
    seen: [null, 7, { id: 1 }],
  })
  expect(merge({ cart: [{ sku: 'tea', quantity: 1 }] }, odd)).toMatchObject({
    cart: [{ sku: 'tea', quantity: 1 }],
  })
  expect(merge(odd, odd)).toEqual(odd)
})

describe('for all data', () => {
  const quantity = fc.integer({ min: 0, max: 1000 })
  const item: fc.Arbitrary<Item> = fc.record({ sku: fc.constantFrom('tea', 'cup', 'pot', 'tin'), quantity })
  const data: fc.Arbitrary<Partial<Data>> = fc.record(
    {
      cart: fc.array(item),
      wishlist: fc.array(fc.constantFrom('a', 'b', 'c', 'd')),
      seen: fc.array(fc.record({ id: fc.nat(5) })),
      address: fc.record({
        street: fc.string(),
        at: fc.oneof(
          fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
          fc.string(),
        ),
      }),
      locale: fc.string(),
    },
    { requiredKeys: [] },
  )
  const total = ({ cart = [] }: Partial<Data>, sku: string) =>
    cart.reduce((sum, entry) => sum + (entry.sku === sku ? entry.quantity : 0), 0)

  test('the same two sides make the same, and stay as they are', () => {
    fc.assert(
      fc.property(data, data, (kept, other) => {
        const before = structuredClone([kept, other])
        expect(merge(kept, other)).toEqual(merge(structuredClone(kept), structuredClone(other)))
        expect([kept, other]).toEqual(before)
      }),
    )
  })
  test('no key and no item is lost', () => {
    fc.assert(
      fc.property(data, data, (kept, other) => {
        const merged = merge(kept, other)
        expect(new Set(Object.keys(merged))).toEqual(new Set([...Object.keys(kept), ...Object.keys(other)]))
        expect(new Set(merged.wishlist)).toEqual(
          new Set([...(kept.wishlist ?? []), ...(other.wishlist ?? [])]),
        )
      }),
    )
  })
  test('a side that has nothing changes nothing', () => {
    fc.assert(
      fc.property(data, (some) => {
        expect([merge(some, {}), merge({}, some)]).toEqual([some, some])
      }),
    )
  })
  test('the quantity of each item is the sum of both sides', () => {
    fc.assert(
      fc.property(data, data, (kept, other) => {
        const merged = merge(kept, other)
        for (const sku of ['tea', 'cup', 'pot', 'tin'])
          expect(total(merged, sku)).toBe(total(kept, sku) + total(other, sku))
      }),
    )
  })
  test('a union is the same after a second one', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.array(fc.jsonValue()), (kept, other) => {
        const once = union<unknown[]>()(kept, other)
        expect(union<unknown[]>()(once, other)).toEqual(once)
      }),
    )
  })
})

test('two exchanges merge once: the second one changes nothing', async () => {
  const browser = new FakeBrowser(new Deployment(memoryStore(), { merge: merge as unknown as Merge }))
  const cart = { cart: [{ sku: 'tea', quantity: 1 }], wishlist: ['a'] }
  for (const origin of [primary, secondary]) {
    await browser.visit(origin)
    await (await browser.session(origin)).update(() => cart)
  }
  for (const result of ['replaced', 'use_current']) {
    expect((await browser.sync(secondary)).result).toEqual({ result })
    for (const origin of [primary, secondary])
      expect((await browser.session(origin)).data).toEqual({
        cart: [{ sku: 'tea', quantity: 2 }],
        wishlist: ['a'],
      })
  }
})
