import { describe, expect, test } from 'vitest'
import { mergeBy, newest, sumQuantities, union } from '../../src/index.js'

interface Data {
  cart: { sku: string; quantity: number; note?: string }[]
  wishlist: string[]
  seen: { id: number }[]
  address: { street: string; at: string }
  locale: string
}

const merge = mergeBy<Data>({ cart: sumQuantities('sku'), wishlist: union(), seen: union('id'), address: newest(({ at }) => at) })

test('keeps every key, and the value of the kept side where there is no rule', () => {
  expect(merge({ locale: 'de' }, { locale: 'en', wishlist: ['a'] })).toEqual({ locale: 'de', wishlist: ['a'] })
})

describe('rules', () => {
  test('lists: each item once, those of the kept side first', () => {
    expect(merge({ wishlist: ['a', 'b'], seen: [{ id: 1 }] }, { wishlist: ['b', 'c'], seen: [{ id: 2 }, { id: 1 }] })).toEqual({ wishlist: ['a', 'b', 'c'], seen: [{ id: 1 }, { id: 2 }] })
  })
  test('quantities are added up, and other fields are those of the kept side', () => {
    const kept = { cart: [{ sku: 'tea', quantity: 1, note: 'gift' }] }
    expect(merge(kept, { cart: [{ sku: 'cup', quantity: 1 }, { sku: 'tea', quantity: 2 }] })).toEqual({
      cart: [{ sku: 'tea', quantity: 3, note: 'gift' }, { sku: 'cup', quantity: 1 }],
    })
    expect(kept.cart[0]?.quantity).toBe(1)
  })
  test('the newer of two values, and the kept one of two at the same time', () => {
    const [old, fresh] = [{ street: 'A', at: '2026-01-01' }, { street: 'B', at: '2026-02-01' }]
    expect([merge({ address: old }, { address: fresh }), merge({ address: fresh }, { address: old })]).toEqual([{ address: fresh }, { address: fresh }])
    expect(merge({ address: old }, { address: { ...old, street: 'C' } })).toEqual({ address: old })
  })
  test('are not asked where one side has nothing', () => {
    expect(merge({}, { cart: [{ sku: 'tea', quantity: 2 }] })).toEqual({ cart: [{ sku: 'tea', quantity: 2 }] })
  })
})
