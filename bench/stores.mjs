/**
 * Every driver at a thousand and at a million rows: how long a `read` takes, and a `swap` of one row and of two. Also how
 * Postgres finds a row, and how long a `read` takes while expired rows are swept.
 *
 *     npm run bench:stores                                     some minutes, some gigabytes of memory
 *     npm run bench:stores -- --rows 20000 --seconds 0.3       a quick look
 */
import { postgresStore } from 'next-crossdomain-session/postgres'
import { idOf, insertRows, startDrivers, userOf } from './drivers.mjs'
import { after, inTurns, livesMs, optionsFrom, printTable, quantile, timesOf, value } from './measure.mjs'

const { rows, seconds } = optionsFrom({ rows: 1_000_000, seconds: 2 })
const [sides, turns] = [4, 6]
const expired = Math.min(100_000, rows)
if (rows % sides !== 0 || rows < 1000)
  throw new RangeError(`--rows takes a multiple of ${sides} from 1000 on`)

// One connection more, for the sweep.
const { drivers, pgPool } = await startDrivers(rows, sides + 1)
console.log(`\nHow Postgres reads one row of ${rows}:\n${await planOfRead()}`)

const figures = {}
for (const [driver, sizes] of Object.entries(drivers))
  for (const operation of ['read', 'swap of 1', 'swap of 2'])
    figures[`${driver}: ${operation}`] = await compare(sizes.map((size) => senderOf(operation, size)))
printTable(`Milliseconds with 1,000 rows and with ${rows}, ${sides} calls at a time`, figures)
console.log('* through a gateway in this process, measured with it   † in this process, at most 100,000 rows')

const sweeps = {}
for (const round of [1, 2, 3]) {
  const { swept, calm } = await sweep()
  Object.assign(sweeps, { [`${round}: sweep`]: summaryOf(swept), [`${round}: no sweep`]: summaryOf(calm) })
}
printTable(`Milliseconds of a read through pg, while ${expired} rows are swept and as long without`, sweeps)

/** Calls of one operation on random rows. All have to succeed, because a refusal would be quick. */
function senderOf(operation, { store, count, versions }) {
  const randomBelow = (end) => Math.floor(Math.random() * end)
  if (operation === 'read')
    return async () => {
      const found = await store.read([idOf(randomBelow(count))])
      if (found.rows.length !== 1) throw new Error('a row is not there')
    }
  // Each side writes rows of its own, so that no swap meets another one.
  return async (side) => {
    const one = side + sides * randomBelow(count / sides)
    const other = (one + sides * (1 + randomBelow(count / sides - 1))) % count
    const chosen = operation === 'swap of 1' ? [one] : [one, other]
    const changeOf = (n) => ({ id: idOf(n), version: versions[n], userId: userOf(n), value, livesMs })
    const { done } = await store.swap(chosen.map(changeOf))
    if (!done) throw new Error('a swap was refused')
    for (const n of chosen) versions[n] += 1
  }
}

async function compare(senders) {
  const run = (send) => timesOf(send, sides, after((seconds * 1000) / turns))
  const [few, many] = (await inTurns(turns, senders, run)).map((times) => summaryOf(times.flat()))
  const times = { 'few p50': few.p50, 'few p99': few.p99, 'many p50': many.p50, 'many p99': many.p99 }
  return { ...times, 'p50 ratio': many.p50 / few.p50, 'p99 ratio': many.p99 / few.p99 }
}

/** The plan that Postgres keeps, whatever the id, for the very statement that the store prepares. */
async function planOfRead() {
  const sent = []
  const watched = { query: (config) => (sent.push(config.text), pgPool.query(config)) }
  await postgresStore(watched, { table: 'many' }).read([idOf(0)])
  const client = await pgPool.connect()
  await client.query(`set plan_cache_mode = force_generic_plan; prepare one as ${sent[0]}`)
  const explained = await client.query(`explain (costs off) execute one('{${idOf(0)}}')`)
  client.release(true)
  const plan = explained.rows.map((line) => `  ${line['QUERY PLAN']}`).join('\n')
  if (sent.length !== 1 || !plan.includes('many_pkey') || plan.includes('Seq Scan'))
    throw new Error(`A read is ${sent.length} statements, and not one select by primary key:\n${plan}`)
  return plan
}

/** Times of reads, two at once so that no read waits for a processor. */
async function sweep() {
  await insertRows(pgPool, 'many', rows, expired, `now() - random() * interval '1 day'`)
  const [, many] = drivers.pg
  const read = senderOf('read', many)
  await timesOf(read, 2, after(300))

  let deleted = 0
  let isOver = false
  const deleteAll = async () => {
    for (let last = 1; last > 0; deleted += last) last = await many.store.sweep(250)
    isOver = true
  }
  const startMs = performance.now()
  const [swept] = await Promise.all([timesOf(read, 2, () => isOver), deleteAll()])
  if (deleted !== expired) throw new Error(`the sweep deleted ${deleted} rows of ${expired}`)
  return { swept, calm: await timesOf(read, 2, after(performance.now() - startMs)) }
}

function summaryOf(times) {
  return { p50: quantile(times, 0.5), p99: quantile(times, 0.99), longest: quantile(times, 1) }
}
