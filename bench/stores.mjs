/**
 * `npm run bench:stores`: the Postgres and the Redis store through every driver, at 1,000 and at a million sessions, side by side.
 * Starts its own servers and ends them. Figures compare within one run and one machine only.
 *
 *     npm run bench:stores                                        about four minutes, four gigabytes of memory, four of disk
 *     npm run bench:stores -- --sessions 50000 --seconds 1        a quick look
 */
import os from 'node:os'
import { parseArgs } from 'node:util'
import { onRightNode } from '../scripts/lib/rightNode.mjs'
import { buildKit, ensureDependencies, ensureEngines } from '../scripts/setup.mjs'

const few = 1000
const concurrency = 8
const longestMs = 50
/** PGlite is for development, in one process and its memory: more sessions than this would say nothing. */
const manyInProcess = 100_000
const { sessions: many, seconds } = parseOptions()

await onRightNode()
await ensureDependencies()
await buildKit()
await ensureEngines()
// Only now: these import what a fresh clone lacks.
const [
  { startEngines, connectDrivers },
  { fillPostgres, fillRedis },
  { measureResolves, measureWrites, measureSweeps },
  { planOfResolve },
] = await Promise.all([
  import('./drivers.mjs'),
  import('./fill.mjs'),
  import('./measure.mjs'),
  import('./plan.mjs'),
])

const closers = []
let interrupted = false
// Ctrl-C ends the servers as well, and their clients complain of that wherever they are.
process.on('uncaughtException', (error) => {
  if (interrupted) return
  console.error(error)
  void closeAll().then(() => process.exit(1))
})
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    interrupted = true
    void closeAll().then(() => process.exit(130))
  })
}

try {
  await main()
} catch (error) {
  // Whatever still ran has lost its server.
  if (interrupted) await new Promise(() => {})
  console.error(error)
  process.exitCode = 1
}
await closeAll()

async function main() {
  const engines = await startEngines((close) => closers.push(close))
  console.log(
    `${os.cpus().length} × ${os.cpus()[0]?.model ?? 'unknown processor'}, load ${os.loadavg()[0].toFixed(1)}; Node ${process.versions.node}, ${engines.versions.join(', ')} (no fsync), all on this machine`,
  )
  console.log(
    `${concurrency} requests at a time, ${seconds} s per figure, in turns at ${short(few)} and ${short(many)}\n`,
  )

  const started = performance.now()
  const manyIn = { postgres: many, redis: many, pglite: Math.min(many, manyInProcess) }
  const [postgres, redis] = await Promise.all([
    fillPostgres(engines.db, { few, many }),
    fillRedis(engines, { few, many }),
  ])
  const filled = {
    postgres,
    redis,
    pglite: await fillPostgres(engines.pgliteDb, { few, many: manyIn.pglite }),
  }
  console.log(`filled in ${((performance.now() - started) / 1000).toFixed(0)} s\n`)

  const plan = await planOfResolve(engines, many)
  console.log(
    `How Postgres resolves one of ${short(many)}:\n${plan.lines.map((line) => `  ${line}`).join('\n')}\n`,
  )
  if (!plan.isByIndex)
    throw new Error('Postgres does not resolve a session by its index alone; see the plan above.')

  // One connection more, for the sweep.
  const drivers = await connectDrivers(engines, (close) => closers.push(close), concurrency + 1)
  const rows = []
  for (const { name, kind, storeAt } of drivers) {
    process.stderr.write(`… ${name}\n`)
    const sizes = [
      { count: few, store: storeAt('few') },
      { count: manyIn[kind], store: storeAt('many') },
    ]
    const [small, large] = await measureResolves(sizes, { concurrency, seconds })
    const writes = await measureWrites(sizes[1], { concurrency, seconds })
    const ratio = large.p99 / small.p99
    rows.push([
      name,
      ...figures(small),
      ...figures(large),
      ratio.toFixed(2),
      ratio <= 2 ? 'yes' : 'NO',
      writes.p50.toFixed(2),
      writes.p99.toFixed(2),
      String(filled[kind].bytesPerSession),
    ])
  }
  const at = (count) => [`${short(count)} req/s`, 'p50 ms', 'p99 ms']
  printTable([
    ['', ...at(few), ...at(many), 'p99 ratio', '≤ 2', 'write p50', 'write p99', 'B/session'],
    ...rows,
  ])
  console.log(
    '\n* through a gateway on this machine, in this process: the figure is of the gateway as much as of the store',
  )
  console.log(`† in this process, which it keeps busy; ${short(manyIn.pglite)} sessions at most`)

  process.stderr.write('… sweeps\n')
  const node = drivers.find(({ name }) => name === 'node-postgres')
  const expired = Math.min(100_000, Math.floor(many / 10))
  console.log(
    `\nResolves through node-postgres at ${short(many)}, while ${expired.toLocaleString('en')} expired rows are swept in batches of 250`,
  )
  const options = { store: node.storeAt('many'), expired, untouched: 6 * expired, many }
  // As many requests as above keep every core busy, so that the longest is one that waited for a core; two leave some room.
  for (const [index, atOnce] of [2, concurrency].entries()) {
    printSweeps(
      atOnce,
      await measureSweeps(engines, { ...options, first: index * 3 * expired, concurrency: atOnce }),
    )
  }
  console.log('\nRedis has nothing to sweep: every key has its time to live.')
}

function printSweeps(atOnce, rounds) {
  const line = (title, { p50, p99, max, perSecond }) => [
    title,
    perSecond.toFixed(0),
    p50.toFixed(2),
    p99.toFixed(2),
    max.toFixed(1),
  ]
  console.log()
  printTable([
    [`${atOnce} at a time`, 'req/s', 'p50 ms', 'p99 ms', 'longest ms'],
    ...rounds.flatMap(({ swept, calm, seconds: took }, index) => [
      line(`${index + 1}: sweep, ${took.toFixed(1)} s`, swept),
      line(`${index + 1}: no sweep`, calm),
    ]),
  ])
  // One visitor who waited too long is one too many, so the longest of all counts. What it is without a sweep is the machine's share.
  const [longest, calm] = ['swept', 'calm'].map((series) =>
    Math.max(...rounds.map((round) => round[series].max)),
  )
  const batch = Math.max(...rounds.map(({ batchMs }) => batchMs))
  console.log(
    `longest of all: ${longest.toFixed(1)} ms, without a sweep ${calm.toFixed(1)} ms; ≤ ${longestMs} ms: ${longest <= longestMs ? 'yes' : 'NO'} (longest batch: ${batch.toFixed(0)} ms)`,
  )
}

function figures({ perSecond, p50, p99 }) {
  return [perSecond.toFixed(0), p50.toFixed(2), p99.toFixed(2)]
}

/** @param {number} count @returns {string} `1 k`, `1 M` */
function short(count) {
  return count >= 1e6 ? `${count / 1e6} M` : `${count / 1e3} k`
}

/** @param {string[][]} rows Of equal length; the first is the heading. */
function printTable(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  for (const row of rows)
    console.log(
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column])))
        .join('  '),
    )
}

function parseOptions() {
  try {
    const { values } = parseArgs({
      options: {
        sessions: { type: 'string', default: '1000000' },
        seconds: { type: 'string', default: '3' },
      },
    })
    const [sessions, seconds] = [Number(values.sessions), Number(values.seconds)]
    if (!Number.isInteger(sessions) || sessions < 10 * few || !(seconds > 0))
      throw new RangeError(`--sessions takes a whole number from ${10 * few} on, --seconds one above 0`)
    return { sessions, seconds }
  } catch (error) {
    console.error(`${error.message}\nUse: npm run bench:stores -- [--sessions N] [--seconds N]`)
    process.exit(2)
  }
}

/** Last opened, first closed; twice does nothing. */
async function closeAll() {
  for (let close = closers.pop(); close !== undefined; close = closers.pop())
    await close().catch((error) => interrupted || console.error(error))
}
