import assert from 'node:assert/strict'
import { change, holdsUntil, hourMs, newId, now, sweepAway, turns, write, type Facts } from './given.js'
import { livesMs } from './lifetimes.js'

// There is one clock for all tests that run at once.
const oneClock = turns()

/** Calls while the clock of this process is off. */
const withClockOff = <T>(hours: number, call: () => Promise<T>): Promise<T> =>
  oneClock(async () => {
    const right = globalThis.Date
    const wrong = () => right.now() + hours * hourMs
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

/** Two instances of an application, one with a clock that is hours slow or fast. */
export const clockFacts: Facts = {
  "goes by the store's clock, whether an application's is slow or fast": async (bench) => {
    const { store, advanceSeconds } = bench
    const cases = [-5, 5].map((hours) => ({
      off: <T>(call: () => Promise<T>) => withClockOff(hours, call),
      byWrong: change(newId(), 0, {}, { livesMs }),
      byRight: change(newId(), 0, {}, { livesMs }),
    }))
    const untilMs = (await store.read([])).nowMs + livesMs
    for (const { off, byWrong, byRight } of cases) {
      await off(() => write(store, byWrong))
      await write(store, byRight)
      for (const call of [() => store.read([]), () => store.swap([byWrong]), () => store.listUser('nobody')])
        assert.ok(Math.abs((await off(call)).nowMs - now()) < hourMs)
    }
    await advanceSeconds(3.5)
    for (const { off, byWrong, byRight } of cases) {
      await off(() => sweepAway(bench, 1000, []))
      await off(() => holdsUntil(store, untilMs, byWrong, byRight))
      await holdsUntil(store, untilMs, byWrong, byRight)
    }
    await advanceSeconds(3.5)
    // The slow application too sweeps its rows, though by its clock their time is not over.
    for (const { off, byWrong, byRight } of cases)
      await off(() => sweepAway(bench, 1000, [byWrong.id, byRight.id]))
  },
}
