import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Snapshot } from '../../src/client/snapshot.js'
import { islandName } from '../../src/client/agreements.js'

let document: EventTarget & { hidden: boolean; cookie: string }
/** The island's, while an exchange is under way. */
let lock: Promise<void>
let window: EventTarget
let asked: string[]
let answers: ((body: object | null) => void)[]
let stops: (() => void)[]

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
  document = Object.assign(new EventTarget(), { hidden: false, cookie: '' })
  lock = Promise.resolve()
  window = new EventTarget()
  ;[asked, answers, stops] = [[], [], []]
  vi.stubGlobal('document', document)
  vi.stubGlobal('navigator', { locks: { request: () => lock } })
  vi.stubGlobal('addEventListener', window.addEventListener.bind(window))
  vi.stubGlobal('fetch', (url: string) => {
    asked.push(url)
    return new Promise((resolve) =>
      answers.push((body) =>
        resolve(body === null ? new Response(null, { status: 503 }) : Response.json(body)),
      ),
    )
  })
})
afterEach(() => {
  for (const stop of stops) stop()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

/** One component begins to listen. @returns What it was told so far, and what ends it. */
function listen(snapshot: Snapshot): { readonly told: object[]; readonly stop: () => void } {
  const told: object[] = []
  const stop = snapshot.subscribe(() => told.push(snapshot.read()))
  stops.push(stop)
  return { told, stop }
}

/** Everything that is on its way is answered. */
async function answer(body: object | null = {}): Promise<void> {
  for (let rounds = 0; rounds < 5; rounds++) {
    await new Promise((resolve) => setTimeout(resolve, 1))
    for (const send of answers.splice(0)) send(body)
  }
}

/** What a component is told of the first answer. */
const firstAnswer = (session: object) =>
  [false, true].map((isSettled) => ({ session, isLoading: false, isSettled }))

const comeBack = {
  'to a tab that was hidden': () => (
    document.dispatchEvent(new Event('visibilitychange')),
    window.dispatchEvent(new Event('focus'))
  ),
  'to a window beside another': () => window.dispatchEvent(new Event('focus')),
  'to a page in sight that has no focus': () => document.dispatchEvent(new Event('visibilitychange')),
}

test('however many components listen, there is one request', async () => {
  const snapshot = new Snapshot('/shop/crossdomain')
  const [one, other] = [listen(snapshot), listen(snapshot)]
  expect(snapshot.read()).toEqual({ session: null, isLoading: true, isSettled: false })
  await answer({ name: 'ada' })
  expect(asked).toEqual(['/shop/crossdomain/session'])
  for (const { told } of [one, other]) expect(told).toEqual(firstAnswer({ name: 'ada' }))
})

test('a component that is mounted twice at once, as in Strict Mode, asks once', async () => {
  const snapshot = new Snapshot('/crossdomain')
  listen(snapshot).stop()
  listen(snapshot)
  await answer()
  expect(asked).toHaveLength(1)
})

test('asks again when a page begins to listen after another one has stopped, and shows what was known meanwhile', async () => {
  const snapshot = new Snapshot('/crossdomain')
  const { stop } = listen(snapshot)
  await answer({ name: null })
  stop()
  listen(snapshot)
  expect(snapshot.read()).toEqual({ session: { name: null }, isLoading: false, isSettled: true })
  await answer({ name: 'ada' })
  expect([asked.length, snapshot.read().session]).toEqual([2, { name: 'ada' }])
})

test.each(Object.entries(comeBack))('asks once when somebody comes back %s', async (_, event) => {
  listen(new Snapshot('/crossdomain'))
  await answer()
  vi.setSystemTime(Date.now() + 60_000)
  event()
  await answer()
  expect(asked).toHaveLength(2)
  vi.setSystemTime(Date.now() + 60_000)
  event()
  await answer()
  expect(asked).toHaveLength(3)
})

test('asks nothing when the page goes out of sight, and nothing when nobody listens', async () => {
  const { stop } = listen(new Snapshot('/crossdomain'))
  await answer()
  vi.setSystemTime(Date.now() + 60_000)
  document.hidden = true
  document.dispatchEvent(new Event('visibilitychange'))
  document.hidden = false
  stop()
  for (const event of Object.values(comeBack)) event()
  await answer()
  expect(asked).toHaveLength(1)
})

test('asks again after an exchange, which the island tells to all pages of the origin', async () => {
  listen(new Snapshot('/crossdomain'))
  await answer()
  const other = new BroadcastChannel(islandName)
  other.postMessage('')
  await vi.waitFor(async () => {
    await answer()
    expect(asked).toHaveLength(2)
  })
  other.close()
})

test('goes on where the browser refuses the channel, as Firefox does without cookies', async () => {
  vi.stubGlobal(
    'BroadcastChannel',
    class {
      constructor() {
        throw new DOMException('The operation is insecure.', 'SecurityError')
      }
    },
  )
  const { told } = listen(new Snapshot('/crossdomain'))
  await answer({ name: null })
  expect(told).toEqual(firstAnswer({ name: null }))
})

test('what is asked while an answer is on its way is asked once more after it', async () => {
  const snapshot = new Snapshot('/crossdomain')
  listen(snapshot)
  await new Promise((resolve) => setTimeout(resolve, 1))
  void snapshot.refresh()
  const refreshed = snapshot.refresh()
  await answer({ name: 'ada' })
  await refreshed
  expect(asked).toHaveLength(2)
})

test('an answer that does not come changes nothing', async () => {
  const snapshot = new Snapshot('/crossdomain')
  listen(snapshot)
  await answer({ name: 'ada' })
  void snapshot.refresh()
  await answer(null)
  expect(snapshot.read()).toEqual({ session: { name: 'ada' }, isLoading: false, isSettled: true })
})

describe('a guest is told from a visitor who is not yet known', () => {
  const cookie = (state: string) => `__Host-crossdomain-sync=${state}%2Fcrossdomain`
  /** An exchange that begins with the page. @returns Its end, which leaves this state. */
  const exchange = () => {
    document.cookie = cookie('before')
    let release = () => {}
    lock = new Promise((resolve) => (release = resolve))
    return (state: string) => {
      document.cookie = cookie(state)
      lock = Promise.resolve()
      release()
    }
  }

  test('while an exchange is under way, nothing is settled, and afterwards it is', async () => {
    const end = exchange()
    const { told } = listen(new Snapshot('/crossdomain'))
    await answer({ name: null })
    expect(told).toEqual([{ session: { name: null }, isLoading: false, isSettled: false }])
    end('before')
    await answer()
    expect([told.at(-1), asked.length]).toEqual([
      { session: { name: null }, isLoading: false, isSettled: true },
      1,
    ])
  })

  test('what an exchange has replaced is asked for once more, before it is settled', async () => {
    const end = exchange()
    const { told } = listen(new Snapshot('/crossdomain'))
    await answer({ name: null })
    end('after')
    await answer({ name: 'ada' })
    expect(told).toEqual([
      { session: { name: null }, isLoading: false, isSettled: false },
      ...firstAnswer({ name: 'ada' }),
    ])
  })

  test('what was settled once stays settled while something is asked again', async () => {
    const snapshot = new Snapshot('/crossdomain')
    const { told } = listen(snapshot)
    await answer({ name: null })
    exchange()
    void snapshot.refresh()
    await answer({ name: 'ada' })
    expect(told.at(-1)).toEqual({ session: { name: 'ada' }, isLoading: false, isSettled: true })
  })

  test.each([
    ['refuses the lock', { locks: { request: () => Promise.reject(new DOMException('', 'SecurityError')) } }],
    ['has no lock', {}],
  ])('a browser that %s has no exchange', async (_, navigator) => {
    vi.stubGlobal('navigator', navigator)
    const { told } = listen(new Snapshot('/crossdomain'))
    await answer({ name: null })
    expect(told).toEqual(firstAnswer({ name: null }))
  })
})

test.each(['development', 'production'] as const)(
  'in %s the console hears of an answer that is none, and in production nothing',
  async (mode) => {
    vi.stubEnv('NODE_ENV', mode)
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    listen(new Snapshot('/crossdomain'))
    await answer(null)
    const told = warn.mock.calls.flat().map(String)
    expect(told).toEqual(
      mode === 'production' ? [] : [expect.stringContaining('/crossdomain/session, which answered 503')],
    )
    warn.mockRestore()
    vi.unstubAllEnvs()
  },
)
