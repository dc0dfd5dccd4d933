import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { Options } from '../../src/core/config.js'
import { decide } from '../../src/core/session/decide.js'
import { flashEntry, flashMessages } from '../../src/core/data/flash.js'
import type { JsonObject } from '../../src/core/values/json.js'
import { mergeFor } from '../../src/core/session/mergeFor.js'
import type { SessionRecord } from '../../src/core/store/row.js'
import { newRecord } from '../../src/core/session/changes.js'
import { memoryStore } from '../../src/stores/memory.js'
import { Deployment, third } from '../support/fakeBrowser.js'

const schema = z.object({ cart: z.array(z.string()).default([]), locale: z.enum(['en', 'de']).default('en') })
type Data = Partial<z.output<typeof schema>>

const live = (data: JsonObject, userId: string | null = null) =>
  ({ ...newRecord(0, null, { idleSeconds: 1, absoluteSeconds: 1 }), data, userId }) satisfies SessionRecord

async function meet(kept: JsonObject, other: JsonObject, options: Options): Promise<JsonObject> {
  const { config } = new Deployment(memoryStore(), options)
  const merged = []
  // The kept side is the primary, and then the signed-in secondary.
  for (const [primary, secondary] of [
    [live(kept), live(other)],
    [live(other), live(kept, 'ada')],
  ] as const) {
    const rule = await mergeFor(config, primary, secondary)
    merged.push(decide(primary, secondary, rule, config, third).content?.data)
  }
  expect(merged[0]).toEqual(merged[1])
  return merged[0] ?? {}
}

const merge = ((kept: Data, other: Data): Data => ({
  ...other,
  ...kept,
  cart: [...(kept.cart ?? []), ...(other.cart ?? [])].map((item) => item.trim()),
})) as Options['merge']

describe('a merge of sessions that a schema describes', () => {
  test('is given what fits, and no defaults', async () => {
    const given: unknown[] = []
    const watch: Options['merge'] = (kept, other) => (given.push([kept, other]), { ...other, ...kept })
    expect(await meet({ cart: 'a,b' }, { cart: ['c'], locale: 'de' }, { schema, merge: watch })).toEqual({
      cart: ['c'],
      locale: 'de',
    })
    expect(given[0]).toEqual([{}, { cart: ['c'], locale: 'de' }])
  })
  test('does not break for a stored row that no longer fits', async () => {
    await expect(meet({ cart: 7 }, { cart: ['c'] }, { merge })).rejects.toThrow(TypeError)
    expect(await meet({ cart: 7 }, { cart: ['c'] }, { schema, merge })).toEqual({ cart: ['c'] })
    expect(await meet({ cart: ['c'] }, { cart: [7] }, { schema, merge })).toEqual({ cart: ['c'] })
  })
  test('is given what the application repairs, and that alone stays', async () => {
    const repairData: Options['repairData'] = ({ basket }) => ({ cart: String(basket).split(',') })
    const strict = z.strictObject({ cart: z.array(z.string()).default([]) })
    expect(await meet({ basket: 'a,b' }, { cart: ['c'] }, { schema: strict, merge, repairData })).toEqual({
      cart: ['a', 'b', 'c'],
    })
  })
  test('keeps stored keys that the schema does not know, and those that fit no more', async () => {
    expect(
      await meet({ old: 1, both: 'kept' }, { older: 2, both: 'other', locale: 'fr' }, { schema }),
    ).toEqual({ old: 1, older: 2, both: 'kept', locale: 'fr' })
  })
  test('is of the data of the application alone: messages go on', async () => {
    const data = await meet(
      { cart: ['a'], ...flashEntry('hello', 1, {}) },
      { cart: ['b'] },
      { schema, merge },
    )
    expect([data['cart'], flashMessages(data)]).toEqual([['a', 'b'], ['hello']])
  })
  test('that answers no JSON throws: CDS202', async () => {
    await expect(
      meet({ a: 1 }, { b: 1 }, { merge: () => ({ at: new Date() }) as never }),
    ).rejects.toMatchObject({ code: 'CDS202' })
  })
})
