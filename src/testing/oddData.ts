import assert from 'node:assert/strict'
import type { Json } from '../core/values/json.js'
import { elsewhere, lifetime, liveOf, newHash, save, visit } from './given.js'
import type { Fact } from './fact.js'

const deep = Array.from({ length: 200 }).reduce<Json>((inner) => ({ inner: [inner] }), 'bottom')

const values: Readonly<Record<string, Json>> = {
  'empty things': [{}, [], '', null],
  numbers: [0, 1.5, -1e21, 1e-7, 9007199254740991, 0.1],
  booleans: [true, false, 'true', 'null', '1'],
  unicode: 'ä 漢 💥 \u2028 \u200d \ud83d\ude00 \u0001 \t \n',
  quotes: `'"\\\`$1 \${x} %s :name ?`,
  'looks like JSON': '{"a":1}',
  deep,
  large: 'x'.repeat(1_000_000),
}
const keys = [
  '',
  ' ',
  'a.b',
  'a"b',
  "a'b",
  '$',
  '{}',
  '0',
  'ключ',
  '💥',
  'constructor',
  'toString',
  'data',
  'd:x',
]

export const oddDataFacts: readonly Fact[] = [
  ...Object.entries(values).map(([name, value]): Fact => ({
    title: `gives back what it was given: ${name}`,
    run: async ({ store }) => {
      const hash = newHash()
      const record = await save(store, hash, { set: { value }, domainSet: { value } })
      assert.deepEqual(record.data, { value })
      const read = await liveOf(store, hash)
      assert.deepEqual([read.data, read.domains[visit.domain]?.data], [{ value }, { value }])
    },
  })),
  {
    title: 'gives back what it was given: odd keys, which can be deleted too',
    run: async ({ store }) => {
      const hash = newHash()
      await save(store, hash, { set: Object.fromEntries(keys.map((key) => [key, key])) })
      assert.deepEqual((await liveOf(store, hash)).data, Object.fromEntries(keys.map((key) => [key, key])))
      await save(store, hash, { delete: keys.slice(1) })
      assert.deepEqual((await liveOf(store, hash)).data, { '': '' })
    },
  },
  {
    title: 'takes odd visitors, users and domains',
    run: async ({ store }) => {
      const [from, to] = [newHash(), newHash()]
      const odd = {
        domain: 'https://xn--bcher-kva.example:8443',
        ip: null,
        userAgent: `${'"\\\'$'.repeat(100)}`,
      }
      const userId = `'"\\ $1 💥 ${newHash()}`
      await save(store, from, {}, { visit: odd })
      await store.read([from], elsewhere)
      await store.rotate({ from, to, userId, keepData: true, remembered: true, visit: odd, lifetime })
      const record = await liveOf(store, to)
      assert.deepEqual([record.ip, record.userAgent, record.userId], [null, odd.userAgent, userId])
      assert.deepEqual(
        (await store.listUser(userId)).map(({ hash }) => hash),
        [to],
      )
    },
  },
]
