import assert from 'node:assert/strict'
import type { SessionHash } from '../core/store/record.js'
import {
  contentOf,
  isEnded,
  lifetime,
  liveOf,
  newHash,
  now,
  save,
  stateOf,
  tombstoneSeconds,
  visit,
} from './given.js'
import type { Fact } from './fact.js'

const short = { idleSeconds: 6, absoluteSeconds: 12, tombstoneSeconds: 6 }

let lastTurn: Promise<unknown> = Promise.resolve()

/** Calls while the clock of this process is off. One after another, as there is one clock for all tests that run at once. */
function withClockOff<T>(hours: number, call: () => Promise<T>): Promise<T> {
  const turn = lastTurn.then(async () => {
    const right = globalThis.Date
    const wrong = () => right.now() + hours * 3_600_000
    globalThis.Date = new Proxy(right, {
      construct: (date, args) => (args.length === 0 ? new date(wrong()) : Reflect.construct(date, args)),
      get: (date, key) => (key === 'now' ? wrong : Reflect.get(date, key)),
    })
    try {
      return await call()
    } finally {
      globalThis.Date = right
    }
  })
  lastTurn = turn.catch(() => {})
  return turn
}

/** Two instances of an application, one with a clock that is hours slow or fast. */
export const clockFacts: readonly Fact[] = [
  {
    title: "a session lives by the store's clock, whether an application's is slow or fast",
    run: async ({ store, advanceSeconds }) => {
      const over: (() => Promise<unknown>)[] = []
      for (const hours of [-5, 5]) {
        const off = <T>(call: () => Promise<T>) => withClockOff(hours, call)
        const [hash, other, to, soon, sooner] = [newHash(), newHash(), newHash(), newHash(), newHash()]
        const record = await off(() => save(store, hash, { set: { a: 1 } }))
        assert.ok(Math.abs(record.createdAt.getTime() - now()) < 3_600_000)
        assert.deepEqual(await liveOf(store, hash), record)
        const read = await save(store, other, {})
        assert.deepEqual(await off(() => store.read([other], visit)), [{ state: 'live', record: read }])
        const rotated = await off(() =>
          store.rotate({ from: hash, to, userId: null, keepData: true, remembered: true, visit, lifetime }),
        )
        assert.ok(rotated.status === 'rotated')
        const { createdAt, lastSeenAt, absoluteExpiresAt } = await liveOf(store, to)
        assert.deepEqual(createdAt, record.createdAt)
        assert.ok(
          Math.abs(absoluteExpiresAt.getTime() - lastSeenAt.getTime() - lifetime.absoluteSeconds * 1000) <= 1,
        )

        await off(() => save(store, soon, {}, { lifetime: short }))
        await save(store, sooner, {}, { lifetime: short })
        over.push(
          () => stateOf(store, soon),
          () => off(() => stateOf(store, sooner)),
        )
      }
      await advanceSeconds(7)
      for (const state of over) assert.notEqual(((await state()) as { state: string }).state, 'live')
    },
  },
  {
    title: "what is ended or burnt stays so by the store's clock, whether an application's is slow or fast",
    run: async ({ store }) => {
      for (const hours of [-5, 5]) {
        const off = <T>(call: () => Promise<T>) => withClockOff(hours, call)
        const tickets = [newHash(), newHash()]
        assert.equal((await off(() => store.redeem(tickets[0] ?? '', 60, []))).first, true)
        assert.equal((await store.redeem(tickets[0] ?? '', 60, [])).first, false)
        assert.equal((await store.redeem(tickets[1] ?? '', 60, [])).first, true)
        assert.equal((await off(() => store.redeem(tickets[1] ?? '', 60, []))).first, false)

        const [p, s] = [await save(store, newHash(), {}), await save(store, newHash(), {})]
        const settlement = {
          primary: { ...p, content: contentOf(s) },
          secondary: { ...s, successorSeconds: 60 },
          tombstoneSeconds,
        }
        assert.equal(await off(() => store.settle(settlement)), 'settled')
        assert.deepEqual(await stateOf(store, s.hash), { state: 'ended', successor: p.hash })
        await off(() => store.end(p.hash, tombstoneSeconds))
        await isEnded(store, p.hash)
        const late = (hash: SessionHash) => store.write(hash, { set: { late: 1 } }, { visit, lifetime })
        assert.deepEqual(
          [(await late(p.hash)).status, (await off(() => late(p.hash))).status],
          ['ended', 'ended'],
        )
      }
    },
  },
]
