// Sends requests and notes how long each took.
import { setImmediate } from 'node:timers/promises'
import { getTableConfig } from 'drizzle-orm/pg-core'
import { tablesOf } from './drivers.mjs'
import { hashInSql, hashOf, lifetime, visit } from './fill.mjs'

/** @typedef {{ store: import('next-crossdomain-session').Store, count: number }} Size A store and how many sessions it has. */
/** @typedef {{ perSecond: number, p50: number, p99: number, max: number }} Figures Milliseconds. */

/** Turns that one figure is measured in, so that what else the machine does meets all of them. */
const turns = 6

/**
 * Visits of random sessions, each in turn at every size.
 * @param {Size[]} sizes
 * @param {{ concurrency: number, seconds: number }} options
 * @returns {Promise<Figures[]>} In the order of the sizes.
 */
export async function measureResolves(sizes, { concurrency, seconds }) {
  const series = sizes.map(({ store, count }) => createSeries(() => resolve(store, randomHash(0, count))))
  // Connections, and the first compilation of everything.
  for (const each of series) await each.warmUp(concurrency, 300)
  for (let turn = 0; turn < turns; turn++) {
    // Forth and back: neither is always the one that follows the other.
    for (const each of turn % 2 === 0 ? series : series.toReversed())
      await each.run(concurrency, deadline((seconds * 1000) / turns))
  }
  return series.map((each) => each.figures())
}

/**
 * Changes of one key in random sessions.
 * @param {Size} size
 * @param {{ concurrency: number, seconds: number }} options
 */
export async function measureWrites({ store, count }, { concurrency, seconds }) {
  const series = createSeries(async () => {
    const { status } = await store.write(
      randomHash(0, count),
      { set: { step: Math.floor(Math.random() * 1000) } },
      { visit, lifetime },
    )
    if (status !== 'saved') throw new Error(`a write answered ${status}`)
  })
  await series.warmUp(concurrency, 200)
  await series.run(concurrency, deadline(seconds * 1000))
  return series.figures()
}

/**
 * Visits while expired rows are deleted, then as long again without: what remains of the longest is the machine's.
 * @param {import('./drivers.mjs').Engines} engines
 * @param {{ store: Size['store'], first: number, expired: number, untouched: number, many: number, concurrency: number }} options
 *   `expired` rows per round, from the session `first` on; all after `untouched` stay.
 * @returns {Promise<{ swept: Figures, calm: Figures, seconds: number, batchMs: number }[]>} `batchMs` is the longest batch.
 */
export async function measureSweeps({ pool }, { store, first, expired, untouched, many, concurrency }) {
  const rounds = []
  for (let round = 0; round < 3; round++) {
    const begin = first + round * expired
    await expire(pool, begin, begin + expired)
    const swept = createSeries(() => resolve(store, randomHash(untouched, many)))
    const calm = createSeries(() => resolve(store, randomHash(untouched, many)))
    await calm.warmUp(concurrency, 300)

    const started = performance.now()
    let sweeping = true
    const [batchMs] = await Promise.all([
      sweepAll(store, expired).finally(() => (sweeping = false)),
      swept.run(concurrency, () => !sweeping),
    ])
    const tookMs = performance.now() - started
    await calm.run(concurrency, deadline(tookMs))
    rounds.push({ swept: swept.figures(), calm: calm.figures(), seconds: tookMs / 1000, batchMs })
  }
  return rounds
}

async function expire(pool, begin, end) {
  const { name } = getTableConfig(tablesOf.many.sessions)
  await pool.query(`
    update ${name} set expires_at = now() - interval '1 minute', purge_at = now() - random() * interval '1 day'
    where hash in (select ${hashInSql} from generate_series(${begin}, ${end - 1}) n)`)
  await pool.query(`vacuum analyze ${name}`)
  await pool.query('checkpoint')
}

async function sweepAll(store, expected) {
  let longest = 0
  let deleted = 0
  for (let last = 1; last > 0; deleted += last) {
    const started = performance.now()
    last = await store.sweep(250)
    longest = Math.max(longest, performance.now() - started)
  }
  if (deleted !== expected) throw new Error(`the sweep deleted ${deleted} of ${expected}`)
  return longest
}

async function resolve(store, hash) {
  const [state] = await store.read([hash], visit)
  if (state.state !== 'live') throw new Error(`${hash} is ${state.state}`)
}

function createSeries(send) {
  const times = []
  let busyMs = 0
  const run = async (concurrency, isOver, note) => {
    const started = performance.now()
    await Promise.all(
      Array.from({ length: concurrency }, async () => {
        while (!isOver()) {
          const sent = performance.now()
          await send()
          note(performance.now() - sent)
        }
      }),
    )
    return performance.now() - started
  }
  return {
    async run(concurrency, isOver) {
      // What the last turn left to do is not this one's.
      await setImmediate()
      busyMs += await run(concurrency, isOver, (ms) => times.push(ms))
    },
    warmUp: (concurrency, ms) => run(concurrency, deadline(ms), () => {}),
    figures() {
      const sorted = Float64Array.from(times).sort()
      const at = (part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]
      return { perSecond: (sorted.length / busyMs) * 1000, p50: at(0.5), p99: at(0.99), max: at(1) }
    },
  }
}

function deadline(ms) {
  const end = performance.now() + ms
  return () => performance.now() >= end
}

function randomHash(first, end) {
  return hashOf(first + Math.floor(Math.random() * (end - first)))
}
