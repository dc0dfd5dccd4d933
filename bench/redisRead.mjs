/**
 * What one read of a session costs this process in CPU, against what a team would write by hand. Needs a build.
 *
 *     node bench/redisRead.mjs [rounds]       about twenty seconds
 *
 * The rounds are interleaved, and one of the ways is measured twice: what the two differ by is noise.
 */
import { Redis } from 'ioredis'
import { kvStore } from 'next-crossdomain-session/kv'
import { createClient } from 'redis'
import { startRedis } from '../fixtures/redis.mjs'

const rounds = Number(process.argv[2] ?? 15)
const readsPerRound = 3000
const concurrency = 4
const [id, other] = [
  'q7Zk0p9m3n5b7v1c2x4z6a8s0d1f3g5h7j9k2l4w6e8',
  'a7Zk0p9m3n5b7v1c2x4z6a8s0d1f3g5h7j9k2l4w6e8',
]
const cart = Array.from({ length: 3 }, (_, n) => ({ sku: `SKU-${n}`, quantity: n + 1, priceCents: 1999 }))
const value = { cart, locale: 'en' }

const server = await startRedis()
const io = new Redis(server.url)
const node = await createClient({ url: server.url }).connect()
for (const each of [id, other]) {
  const change = { id: each, version: 0, userId: 'ada', value, livesMs: 86_400_000 }
  await kvStore(io).swap([change])
  await io.set(each, JSON.stringify({ version: 1, userId: 'ada', value }))
}

function waysOf(client, { mGet, timeAndGets }) {
  const store = kvStore(client)
  const byHand = async () => [JSON.parse(await client.get(id))]
  const asRows = (texts) => texts.map((text) => JSON.parse(text))
  return {
    'by hand': byHand,
    'by hand, again': byHand,
    'the store': async () => (await store.read([id])).rows,
    'TIME and GET in one pipeline': async () => asRows((await timeAndGets([id])).slice(1)),
    'two rows by hand': async () => asRows(await mGet([id, other])),
    'two rows by the store': async () => (await store.read([id, other])).rows,
    'two rows by two scripts': async () =>
      (await Promise.all([store.read([id]), store.read([other])])).flatMap(({ rows }) => rows),
    'two rows by TIME and two GETs': async () => asRows((await timeAndGets([id, other])).slice(1)),
  }
}

const drivers = {
  ioredis: waysOf(io, {
    mGet: (ids) => io.mget(ids),
    timeAndGets: async (ids) => {
      const pipeline = io.pipeline().time()
      for (const each of ids) pipeline.get(each)
      return (await pipeline.exec()).map(([, answer]) => answer)
    },
  }),
  redis: waysOf(node, {
    mGet: (ids) => node.mGet(ids),
    timeAndGets: (ids) => Promise.all([node.time(), ...ids.map((each) => node.get(each))]),
  }),
}

/** Microseconds of CPU, of one read. */
async function costOf(read, rows) {
  const before = process.cpuUsage()
  let left = readsPerRound
  const worker = async () => {
    while (left-- > 0) {
      const found = await read()
      if (found.length !== rows || found[0].value.cart.length !== 3) throw new Error('not what was written')
    }
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
  const { user, system } = process.cpuUsage(before)
  return (user + system) / readsPerRound
}

const costs = Object.entries(drivers).flatMap(([driver, ways]) =>
  Object.entries(ways).map(([way, read]) => ({ driver, way, read, own: [] })),
)
for (let round = -2; round < rounds; round++)
  // None is always the one that follows a certain other.
  for (const { way, read, own } of round % 2 === 0 ? costs : costs.toReversed()) {
    const cost = await costOf(read, way.startsWith('two') ? 2 : 1)
    // The first rounds compile.
    if (round >= 0) own.push(cost)
  }
io.disconnect()
node.destroy()
await server.stop()

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]
for (const { driver, way, own } of costs) {
  const base = costs.find((each) => each.driver === driver).own
  const ratio = median(own.map((cost, round) => cost / base[round]))
  console.log(
    `${driver.padEnd(8)} ${way.padEnd(30)} ${median(own).toFixed(1).padStart(6)} µs   ${ratio.toFixed(2)} ×`,
  )
}
