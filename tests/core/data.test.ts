import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isSameJson, parseData, type JsonObject } from '../../src/core/values/json.js'
import { mergeByKey } from '../../src/core/data/merge.js'
import { decide } from '../../src/core/session/decide.js'
import { newRecord } from '../../src/core/session/changes.js'
import { betterOf } from '../../src/core/session/find.js'
import { blankRow, type Row } from '../../src/core/store/row.js'
import { Rows } from '../../src/core/store/rows.js'
import { sha256 } from '../../src/core/values/ids.js'
import { memoryStore } from '../../src/stores/memory.js'
import { Deployment, primary, secondary } from '../support/fakeBrowser.js'

const data = fc.dictionary(
  fc.string({ maxLength: 8 }).filter((key) => key !== '__proto__' && !key.includes('\0')),
  fc.jsonValue({ noUnicodeString: true }) as fc.Arbitrary<never>,
) as fc.Arbitrary<JsonObject>

const saved = newRecord(Date.now(), null, { idleSeconds: 1000, absoluteSeconds: 1000 })

describe('data', () => {
  test('that is JSON comes back as any store would give it', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (input) => {
        let parsed: JsonObject
        try {
          parsed = parseData(input, 1e6)
        } catch (error) {
          // Only what jsonb cannot hold is refused.
          expect(JSON.stringify(input)).toMatch(/\\u0000|\\ud[89a-f]|__proto__/i)
          return
        }
        expect(parsed).toEqual(JSON.parse(JSON.stringify(input)))
      }),
    )
  })
  const circle: Record<string, unknown> = {}
  circle['self'] = circle
  test.each<[string, unknown]>([
    ['a string', 'x'],
    ['null', null],
    ['an array', []],
    ['a date inside', { at: new Date() }],
    ['a map', { m: new Map() }],
    ['NaN', { n: NaN }],
    ['infinity', { n: [Infinity] }],
    ['a function', { f: () => 1 }],
    ['a bigint', { n: 1n }],
    ['NUL', { s: 'a\0b' }],
    ['a lone surrogate', { s: '\ud800' }],
    ['NUL in a key', { 'a\0': 1 }],
    ['__proto__', JSON.parse('{"__proto__":1}')],
    ['a circle', circle],
    ['a list that says itself what its JSON is', { l: Object.assign([], { toJSON: () => [NaN] }) }],
    ['a hidden `toJSON`', { h: Object.defineProperty({}, 'toJSON', { value: () => NaN }) }],
    [
      'a kind of list that says itself what its JSON is',
      {
        l: new (class extends Array {
          toJSON() {
            return ['\0']
          }
        })(),
      },
    ],
    ['undefined in an array', { a: [undefined] }],
    [
      'a class',
      {
        c: new (class A {
          x = 1
        })(),
      },
    ],
  ])('with %s is refused: CDS202', (_, input) => expect(() => parseData(input, 1e6)).toThrow(/^CDS202/))
  test('may have a key called toJSON', () => expect(parseData({ toJSON: 'x' }, 100)).toEqual({ toJSON: 'x' }))
  test('leaves undefined keys out, and keeps emoji', () =>
    expect(parseData({ a: undefined, b: '💥' }, 100)).toEqual({ b: '💥' }))
  test('is limited in UTF-8 bytes: CDS203', () => {
    expect(parseData({ a: 'x'.repeat(92) }, 100)).toBeDefined()
    expect(() => parseData({ a: 'x'.repeat(93) }, 100)).toThrow(/^CDS203/)
    expect(() => parseData({ a: '💥'.repeat(24) }, 100)).toThrow(/^CDS203/)
  })
  test('is the same whatever the order of keys', () => {
    expect(isSameJson({ a: 1, b: [{ c: null }] }, { b: [{ c: null }], a: 1 })).toBe(true)
    for (const other of [
      { a: 1 },
      { a: 1, b: [{}] },
      { a: 1, b: { 0: { c: null } } },
      { a: 1, b: [{ c: 0 }] },
    ])
      expect(isSameJson({ a: 1, b: [{ c: null }] }, other)).toBe(false)
  })
})

describe('the default merge', () => {
  test('keeps every key of both, and the value of the kept side', () => {
    fc.assert(
      fc.property(data, data, (kept, other) => {
        const merged = mergeByKey(kept, other)
        expect(new Set(Object.keys(merged))).toEqual(new Set([...Object.keys(kept), ...Object.keys(other)]))
        for (const key of Object.keys(merged))
          expect(merged[key]).toBe(Object.hasOwn(kept, key) ? kept[key] : other[key])
      }),
    )
  })
  test('changes nothing when run twice', () => {
    fc.assert(
      fc.property(data, data, (kept, other) => {
        expect(mergeByKey(mergeByKey(kept, other), other)).toEqual(mergeByKey(kept, other))
      }),
    )
  })
  test('of domains keeps the first visit and the last', () => {
    const visit = (first: number, last: number, own: JsonObject) => ({
      data: own,
      firstSeenAtMs: first,
      lastSeenAtMs: last,
    })
    const kept = { ...saved, domains: { a: visit(5, 6, { x: 'kept' }) } }
    const other = { ...saved, domains: { a: visit(1, 9, { x: 'other', y: 1 }), b: visit(2, 3, {}) } }
    expect(
      decide(kept, other, mergeByKey, new Deployment(memoryStore()).config, secondary).content?.domains,
    ).toEqual({
      a: visit(1, 9, { x: 'kept', y: 1 }),
      b: visit(2, 3, {}),
    })
  })
})

describe('of the two cookies of the primary', () => {
  const guest = (row: Row): Row => ({ ...row, state: 'live', session: saved })
  const user = (row: Row): Row => ({ ...row, state: 'live', session: { ...saved, userId: 'ada' } })
  const listed = (row: Row): Row => ({
    ...user(row),
    keys: [{ hash: sha256(`key of ${row.id}`), domain: primary, is: 'good', atMs: 0 }],
  })
  const blank = (row: Row): Row => row
  const ended = (row: Row): Row => ({ ...row, state: 'ended', wasSaved: true })
  test.each<[string, (row: Row) => Row, (row: Row) => Row, number, string]>([
    ['a saved session counts before a newer blank one', guest, blank, 9, 'session'],
    ['a saved link counts before a blank session', blank, guest, 0, 'link'],
    ['the session cookie counts if both are saved', guest, guest, 9, 'session'],
    ['a user’s link counts before a guest’s session', guest, listed, 0, 'link'],
    ['a user’s session counts before a guest’s link', listed, guest, 9, 'session'],
    ['a guest’s link counts before a session cookie that no longer opens its user’s', user, guest, 0, 'link'],
    ['the newer of two blank ones counts: link', blank, blank, 9, 'link'],
    ['the newer of two blank ones counts: session', blank, blank, 1, 'session'],
    ['an ended session never counts', ended, blank, 0, 'link'],
    ['an ended link never counts', blank, ended, 9, 'session'],
  ])('%s', async (_, first, second, linkIat, chosen) => {
    expect(await better(first, second, linkIat)).toMatchObject({ cookie: { id: chosen } })
  })
  test('none counts if both have ended', async () => {
    expect((await better(ended, ended, 9))?.seat.standing).toBe('out')
  })

  async function better(first: (row: Row) => Row, second: (row: Row) => Row, linkIat: number) {
    const { config } = new Deployment(memoryStore())
    const rows = new Rows(memoryStore(), config.clock)
    for (const row of [first(blankRow('session')), second(blankRow('link'))])
      expect(await rows.swap([row])).toBe(true)
    const cookie = (id: string, age: number) => {
      const iat = config.clock() - 10 + age
      return { id, key: `key of ${id}`, iat, domain: primary, isOutdated: false }
    }
    return betterOf(config, rows, cookie('session', 5), cookie('link', linkIat))
  }
})
