import type { Json } from '../core/values/json.js'
import { change, hold, holds, newId, twenty, write, type Facts } from './given.js'

const control = String.fromCharCode(...Array.from({ length: 31 }, (_, index) => index + 1))
const keys = ['', ' ', 'a.b', 'a"b', "a'b", '$', '{}', '0', 'ключ', '💥', control, 'constructor', 'length']

/** All that the kit lets through: JSON without NUL, lone surrogates and `__proto__`. */
const values: Readonly<Record<string, Json>> = {
  'empty things': [{}, [], '', null, [[]], [{}], { '': {} }],
  numbers: [0, -0, 1.5, -1e21, 1e-7, 1e308, 5e-324, 9007199254740991, -9007199254740991, 0.1, 0.1 + 0.2],
  unicode: 'ä 漢 💥 e\u0301 \u2028 \u2029 \u200d \ufeff \ufffd \uffff \u{10ffff}',
  'control characters': `${control}\u007f\u0080\u009f`,
  quotes: `'"\\\`$1 \${x} %s :name ? -- /* */ ;`,
  'texts like JSON': ['{"a":1}', '\\u0041', '"', 'null', '1', { $date: 0 }, '2024-02-30T00:00:00.000Z'],
  'a hundred deep': [...Array(50).keys()].reduce<Json>((inner) => ({ inner: [inner] }), 'bottom'),
  '200 kB in one text': 'x💥'.repeat(40_000),
  '200 kB in many keys': Object.fromEntries([...Array(9000).keys()].map((key) => [`key ${key}`, [key]])),
  'odd keys': Object.fromEntries(keys.map((key) => [key, key])),
}

/** Each character that an id may have. They are 64, and `newId` gives 36. */
const allowed = '-_:ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz012345678'

const givesBack = ([name, value]: readonly [string, Json]): [string, Facts[string]] => [
  `gives back what it was given: ${name}`,
  async ({ store }) => {
    const [id, other] = [newId(), newId()]
    const [row, another] = [change(id, 0, { value }, { userId: id }), change(other, 0, { [name]: [value] })]
    await write(store, row, another)
    await holds(store, row, another)
    hold((await store.listUser(id)).rows, row)
    hold((await store.swap([change(newId(), 0)], [id, other])).rows, row, another)
    hold((await store.swap([change(id, 7)], [other])).rows, row, another)
  },
]

export const oddDataFacts: Facts = {
  ...Object.fromEntries(Object.entries(values).map(givesBack)),

  'tells ids of a hundred characters apart by each of them, upper and lower case too': async ({ store }) => {
    const id = `${newId()}${allowed}`
    const ids = [id, id.slice(1), id.slice(0, -1), id.replace('_', '-'), id.replace(':', '_')]
    for (const index of twenty) ids.push(`${id.slice(0, 99 - index)}9${id.slice(100 - index)}`)
    ids.push(id.slice(0, 36) + allowed.toLowerCase(), id.slice(0, 36) + allowed.toUpperCase())
    const rows = ids.map((each, index) => change(each, 0, { index }))
    for (const row of rows) await write(store, row)
    await holds(store, ...rows)
    for (const row of rows) await holds(store, row)
  },
}
