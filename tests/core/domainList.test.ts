import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { defineConfig, type Config, type Options } from '../../src/core/config.js'
import type { CrossDomainError } from '../../src/core/errors/catalogue.js'
import { within } from '../../src/shared/within.js'

const listed = ['https://shop.example', 'https://brand.example']
const good: Options = {
  primary: 'https://shop.example',
  domains: listed,
  secret: 'x'.repeat(32),
}
const define = (options: Options) => defineConfig(options, {}, () => 0, within)

describe('a list of domains from a function', () => {
  test('is asked again after 60 seconds, and a removed domain is gone then', async () => {
    let now = 0
    let list = ['https://shop.example', 'https://brand.example']
    let asked = 0
    const config = defineConfig({ ...good, domains: async () => ((asked += 1), list) }, {}, () => now, within)
    expect((await config.domains()).has('https://brand.example')).toBe(true)
    list = ['https://shop.example']
    now = 59
    expect((await config.domains()).has('https://brand.example')).toBe(true)
    now = 60
    expect((await config.domains()).has('https://brand.example')).toBe(false)
    expect(asked).toBe(2)
  })
  test.each<[string, () => Promise<never>]>([
    ['rejects', () => Promise.reject(new Error('no table'))],
    [
      'throws',
      () => {
        throw new Error('no table')
      },
    ],
  ])('that %s is CDS111, and is asked again at the next request', async (_, fail) => {
    let fails = true
    const config = define({
      ...good,
      domains: () => (fails ? fail() : Promise.resolve(['https://shop.example'])),
    })
    await expect(config.domains()).rejects.toMatchObject({ code: 'CDS111' })
    fails = false
    expect((await config.domains()).primary).toBe('https://shop.example')
  })
  test('that fails later goes on with the last good list, tells of it, and is asked again soon', async () => {
    let now = 0
    let asked = 0
    let answer = async () => ['https://shop.example', 'https://brand.example']
    const errors: unknown[] = []
    const domains = () => ((asked += 1), answer())
    const config = defineConfig(
      { ...good, domains, onError: (error) => errors.push(error) },
      {},
      () => now,
      within,
    )
    await config.domains()
    answer = () => Promise.reject(new Error('no table'))
    now = 60
    const lists = await Promise.all([config.domains(), config.domains()])
    expect(lists.map((list) => list.has('https://brand.example'))).toEqual([true, true])
    now = 64
    await config.domains()
    expect([asked, errors]).toMatchObject([2, [{ code: 'CDS111' }]])
    now = 65
    await config.domains()
    expect(asked).toBe(3)
    answer = async () => ['https://shop.example']
    now = 70
    expect((await config.domains()).has('https://brand.example')).toBe(false)
    now = 129
    await config.domains()
    expect(asked).toBe(4)
  })
  describe('that hangs', () => {
    const brand = 'https://brand.example'
    let now: number
    let errors: unknown[]
    /** What each call answers, in the order of the calls. */
    let calls: { answer(list: string[]): void; fail(): void }[]
    let domains: Config['domains']
    beforeEach(() => {
      vi.useFakeTimers()
      ;[now, errors, calls] = [0, [], []]
      const source = () =>
        new Promise<string[]>((answer, reject) =>
          calls.push({ answer, fail: () => reject(new Error('no table')) }),
        )
      ;({ domains } = defineConfig(
        { ...good, domains: source, onError: (error) => errors.push(error) },
        {},
        () => now,
        within,
      ))
    })
    afterEach(() => vi.useRealTimers())
    const pass = async (seconds: number) => {
      now += seconds
      await vi.advanceTimersByTimeAsync(seconds * 1000)
    }
    /** Of one request: whether the brand is listed, or the code of the failure; `waits` where there is no answer yet. */
    function ask(): { outcome: unknown } {
      const request: { outcome: unknown } = { outcome: 'waits' }
      Promise.resolve(domains()).then(
        (list) => (request.outcome = list.has(brand)),
        (error: CrossDomainError) => (request.outcome = error.code),
      )
      return request
    }
    async function begin(): Promise<void> {
      const first = ask()
      await pass(0)
      calls[0]?.answer(['https://shop.example', brand])
      await pass(0)
      expect(first.outcome).toBe(true)
    }

    test('has failed after 3 seconds: the last good list goes on, and it is asked again soon', async () => {
      await begin()
      await pass(60)
      const requests = [ask(), ask()]
      await pass(2)
      expect(requests.map(({ outcome }) => outcome)).toEqual(['waits', 'waits'])
      await pass(1)
      expect([requests.map(({ outcome }) => outcome), errors]).toMatchObject([
        [true, true],
        [{ code: 'CDS111' }],
      ])
      const meanwhile = ask()
      await pass(4)
      expect([meanwhile.outcome, calls.length]).toEqual([true, 2])
      await pass(1)
      const later = ask()
      await pass(0)
      calls[2]?.answer(['https://shop.example'])
      await pass(0)
      expect([later.outcome, errors.length, vi.getTimerCount()]).toEqual([false, 1, 0])
    })
    test('is CDS111 where no list is known yet, and is asked again at the next request', async () => {
      const first = ask()
      await pass(3)
      expect([first.outcome, errors]).toEqual(['CDS111', []])
      const second = ask()
      await pass(0)
      calls[1]?.answer(['https://shop.example', brand])
      await pass(0)
      expect(second.outcome).toBe(true)
    })
    test('and answers after all is believed, for as long as if it had been in time', async () => {
      const first = ask()
      await pass(3)
      await pass(1)
      calls[0]?.answer(['https://shop.example', brand])
      await pass(0)
      const second = ask()
      await pass(55)
      ask()
      await pass(0)
      expect([first.outcome, second.outcome, calls.length]).toEqual(['CDS111', true, 1])
      await pass(1)
      ask()
      await pass(0)
      expect(calls.length).toBe(2)
    })
    test('and answers after a later call changes nothing', async () => {
      await begin()
      await pass(60)
      ask()
      await pass(3)
      await pass(5)
      ask()
      await pass(0)
      calls[2]?.answer(['https://shop.example'])
      calls[1]?.answer(['https://shop.example', brand])
      await pass(1)
      const last = ask()
      await pass(0)
      expect([last.outcome, calls.length]).toEqual([false, 3])
    })
    test('and fails late is told of once', async () => {
      await begin()
      await pass(60)
      ask()
      await pass(3)
      calls[1]?.fail()
      await pass(1)
      expect(errors).toMatchObject([{ code: 'CDS111' }])
    })
  })
  test('that lists no origins is CDS111, and tells of ten rows', async () => {
    const errors: unknown[] = []
    const domains = async () => Array.from({ length: 1000 }, () => 'shop.example')
    const config = define({ ...good, domains, onError: (error) => errors.push(error) })
    await expect(config.domains()).rejects.toMatchObject({ code: 'CDS111' })
    expect(errors).toHaveLength(10)
  })
  test.each([
    ['CDS105', 'https://*.shop.example'],
    ['CDS105', 'https://brand.example/path'],
    ['CDS105', null],
    ['CDS106', 'http://other.example'],
    ['CDS108', 'https://brand.example:8443'],
    ['CDS108', 'http://127.0.0.1'],
  ])('leaves a bad row out, and tells of it: %s %s', async (code, row) => {
    const errors: unknown[] = []
    const rows = ['https://127.0.0.1', 'https://brand.example', row, 'https://third.example', ...listed]
    const config = define({
      ...good,
      domains: async () => rows as string[],
      onError: (error) => errors.push(error),
    })
    const domains = await config.domains()
    expect(['shop.example', 'brand.example', 'third.example'].map((host) => domains.byHost(host))).toEqual([
      'https://shop.example',
      'https://brand.example',
      'https://third.example',
    ])
    expect(errors).toMatchObject([{ code }])
    expect(domains.has(String(row))).toBe(false)
  })
  test('of 100,000 origins lets other requests go on meanwhile', async () => {
    const brands = Array.from({ length: 100_000 }, (_, index) => `https://brand-${index}.example`)
    const config = define({ ...good, domains: async () => ['https://shop.example', ...brands] })
    let isOver = false
    const asked = Promise.resolve(config.domains()).finally(() => (isOver = true))
    let turns = 0
    for (; !isOver; turns++) await new Promise(setImmediate)
    expect(turns).toBeGreaterThan(40)
    expect((await asked).byHost('brand-99999.example')).toBe('https://brand-99999.example')
  })
})
