// What the benchmarks have in common: options, a session to work on, times, and how they are printed.
import { parseArgs } from 'node:util'

/** What a session holds: a few hundred bytes. */
export const value = {
  state: 'live',
  cart: [1, 2, 3].map((quantity) => ({ sku: `SKU-${1000 + quantity}`, quantity, priceCents: 1999 })),
  domains: { 'https://shop.example': { theme: 'dark' }, 'https://brand.example': { currency: 'EUR' } },
  userAgent: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36',
}
export const livesMs = 30 * 86_400_000

/** Reads `--name N` from the command line, for each name that has a default. */
export function optionsFrom(defaults) {
  const options = Object.fromEntries(Object.keys(defaults).map((name) => [name, { type: 'string' }]))
  const { values } = parseArgs({ args: process.argv.slice(3), options })
  const given = Object.entries(values).map(([name, text]) => [name, Number(text)])
  const wrong = given.find(([, number]) => !(number > 0))
  if (wrong !== undefined) throw new RangeError(`--${wrong[0]} takes a number above 0`)
  return { ...defaults, ...Object.fromEntries(given) }
}

/**
 * Measures every item once in each turn, so that whatever else the machine does meets all of them. The order changes. Two
 * more turns come first, which connect and compile.
 * @returns For each item, what was measured in each turn.
 */
export async function inTurns(turns, items, measure) {
  const results = items.map(() => [])
  for (let turn = -2; turn < turns; turn++)
    for (let place = 0; place < items.length; place++) {
      const index = (turn + 2 + place) % items.length
      const result = await measure(items[index])
      if (turn >= 0) results[index].push(result)
    }
  return results
}

/** Calls `send` again and again from several sides at once. Answers how many milliseconds each call took. */
export async function timesOf(send, sides, isOver) {
  const times = []
  const work = async (side) => {
    while (!isOver()) {
      const sentMs = performance.now()
      await send(side)
      times.push(performance.now() - sentMs)
    }
  }
  await Promise.all(Array.from({ length: sides }, (_, side) => work(side)))
  return times
}

export function after(ms) {
  const endMs = performance.now() + ms
  return () => performance.now() >= endMs
}

/** @param {number} part 0.5 gives the median, 1 the largest. */
export function quantile(numbers, part) {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]
}

/** @param {Record<string, Record<string, number>>} lines By what they are about. */
export function printTable(title, lines) {
  const short = (_, cell) => (typeof cell === 'number' ? Number(cell.toFixed(2)) : cell)
  console.log(`\n${title}`)
  console.table(JSON.parse(JSON.stringify(lines, short)))
}
