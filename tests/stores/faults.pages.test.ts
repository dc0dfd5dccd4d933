import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AppVisitor } from '../support/appVisitor.js'
import { planApp } from '../support/builtApp.js'
import { insist, meanwhile } from '../support/faults.js'
import { engines, startEngines } from '../support/harmedEngines.js'

// What a fault of a real server looks like from outside: on the pages of an application that Next.js has built, and that nobody restarts.

const folder = 'tests/apps/faults'
/** What the application gives its store, and what an answer may take longer on a busy machine. */
const [timeoutMs, marginMs] = [1000, 1500]
const guest = { isAvailable: false, userId: null, count: 0 }
const toClose: (() => unknown)[] = []

beforeAll(async () => {
  toClose.push(await startEngines())
  ;(await planApp(folder)).build()
}, 240_000)
afterAll(async () => {
  for (const close of toClose.reverse()) await close()
}, 30_000)

describe.each(engines)('$name', ({ driver, url, faults, harms, repeats, holdReader, holdWriter }) => {
  let app: Awaited<ReturnType<typeof planApp>>
  let running: Awaited<ReturnType<typeof app.start>>
  beforeAll(async () => {
    app = await planApp(folder)
    running = await app.start({ STORE: driver, STORE_URL: url() })
    toClose.push(() => running.stop())
  }, 60_000)

  /** Somebody signed in, with one session on both domains, who has counted to one. */
  async function visitor() {
    const browser = new AppVisitor(app)
    const userId = `user-${Math.random()}`
    await insist(async () =>
      expect(await browser.open('primary')).toMatchObject({ shown: { isAvailable: true } }),
    )
    expect(await browser.write({ user: userId })).toMatchObject({ told: 'saved' })
    const own = { isAvailable: true, userId, count: 1 }
    expect(await browser.write()).toMatchObject({ told: 'saved', shown: own })
    await browser.open('secondary')
    expect(await browser.exchange()).toMatchObject({ result: 'replaced', shown: own })
    browser.cookiesSet.length = 0
    return { browser, own }
  }

  /** Expects that all is there, that a write works, and that no cookie was touched on the whole way. */
  async function isAsBefore(browser: AppVisitor, own: object, count: number): Promise<void> {
    await insist(async () => expect((await browser.open('secondary')).shown).toEqual({ ...own, count }))
    const shown = { ...own, count: count + 1 }
    expect(await browser.write()).toMatchObject({ told: 'saved', shown })
    expect(await browser.exchange()).toMatchObject({ result: 'use_current', shown })
    expect(browser.cookiesSet).toEqual([])
  }

  const table = Object.entries(faults).map(
    ([what, fault]) => [what, fault.page, fault.writer, fault] as const,
  )
  test.each(table)(
    'while the server %s, pages show the %s, a writer is told %s, and afterwards all is there',
    async (_what, _page, _writer, fault) => {
      const { browser, own } = await visitor()
      const inTime = async <T>(limits: number, answer: Promise<T>): Promise<T> => {
        const started = performance.now()
        return answer.finally(() =>
          expect(performance.now() - started).toBeLessThan(limits * timeoutMs + marginMs),
        )
      }
      const shown = fault.page === 'visitor' ? own : guest
      const end = await fault.begin(app, own.userId)
      try {
        const looked = [
          inTime(1, browser.open('primary')),
          inTime(1, browser.open('secondary')),
          inTime(2, browser.exchange()),
        ]
        expect(await Promise.all(looked)).toMatchObject([
          { shown },
          { shown },
          { shown, result: fault.exchange },
        ])
        const { told, shown: afterwards } = await inTime(1, browser.write())
        expect(told).toBe(fault.writer)
        expect(afterwards).toEqual(told === 'saved' ? { ...own, count: 2 } : shown)
      } finally {
        await end()
      }
      await isAsBefore(browser, own, 1 + fault.counts)
    },
  )

  test(`a page whose connection is cut while it waits shows ${repeats ? 'the visitor, as the driver asks again' : 'a guest'}, and the next one works`, async () => {
    const { browser, own } = await visitor()
    const { cut, release } = await holdReader()
    const asked = browser.open('primary')
    await cut()
    await release()
    expect((await asked).shown).toEqual(repeats ? own : guest)
    await isAsBefore(browser, own, 1)
  })

  test(`a write whose connection is cut while it waits is ${repeats ? 'made once, as the driver sends it again' : 'refused, and not made'}`, async () => {
    const { browser, own } = await visitor()
    const { cut, release } = await holdWriter(own.userId)
    const asked = browser.write()
    await cut()
    await release()
    expect((await asked).told).toBe(repeats ? 'saved' : 'CDS301')
    await isAsBefore(browser, own, repeats ? 2 : 1)
  })

  test.each(Object.entries(harms))(
    'while %s, nobody sees an error, and no step is lost or counted twice',
    async (_, harm) => {
      const { browser, own } = await visitor()
      const told = { saved: 0, CDS301: 0 }
      const seen: object[] = []
      let harmed = 0
      const isOver = () => told.saved >= 40 && harmed > 2
      const writer = async () => {
        while (!isOver()) {
          const answer = (await browser.write()).told
          expect(answer).toBeOneOf(Object.keys(told))
          told[answer as keyof typeof told] += 1
        }
      }
      const reader = async () => {
        while (!isOver()) seen.push((await browser.open('secondary')).shown)
      }
      await meanwhile(
        () => harm().then(() => (harmed += 1)),
        80,
        Promise.all([writer(), writer(), writer(), reader()]),
      )
      const count = await insist(async () => {
        const { shown } = await browser.open('primary')
        expect(shown.isAvailable).toBe(true)
        return shown.count
      })
      expect(count).toBeGreaterThanOrEqual(1 + told.saved)
      expect(count).toBeLessThanOrEqual(1 + told.saved + told.CDS301)
      for (const each of seen) expect([guest, { ...own, count: expect.any(Number) }]).toContainEqual(each)
      await isAsBefore(browser, own, count)
    },
  )

  test('one process has answered all of this, and met nothing that nobody handled', async () => {
    expect((await new AppVisitor(app).open('primary')).process).toEqual({ pid: running.pid, unhandled: [] })
    expect(running.output.join('')).not.toMatch(/error|unhandled|uncaught/i)
  })
})
