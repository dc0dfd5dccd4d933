import { describe, expect, test } from 'vitest'
import { memoryStore } from '../../src/memory.js'
import { runJob, testStore } from '../../src/testing.js'
import type { Fault } from './faults.js'
import { rowFaults } from './rowFaults.js'
import { swapFaults } from './swapFaults.js'

// A suite that cannot fail proves nothing. Each of these stores has one fault, and a fact has to find it.
const faults = { ...swapFaults, ...rowFaults }

/** The facts of the suite about a store with this fault, and what proves each. */
function factsOf(fault: Fault): ReadonlyMap<string, () => Promise<void>> {
  let movedMs = 0
  const now = () => performance.timeOrigin + performance.now() + movedMs
  const sound = memoryStore({ now })
  const store = { ...sound, ...fault(sound, { now }) }
  const facts = new Map<string, () => Promise<void>>()
  testStore({
    test: (title, run) => facts.set(title, run),
    createStore: () => store,
    otherConnections: () => [store],
    advanceSeconds: async (seconds) => void (movedMs += seconds * 1000),
    startProcess: (job) => runJob(store, job),
  })
  return facts
}

describe('the suite for stores', () => {
  test('finds nothing in a sound store', async () => {
    for (const run of factsOf(() => ({})).values()) await run()
  })

  test('has no fact that never fails', () => {
    expect(Object.keys(faults).sort()).toEqual([...factsOf(() => ({})).keys()].sort())
  })

  const cases = Object.entries(faults).flatMap(([fact, each]) =>
    Object.entries(each).map(([name, fault]) => ({ name, fact, fault })),
  )
  test.each(cases)('finds a store that $name', async ({ fact, fault }) => {
    await expect(factsOf(fault).get(fact)?.()).rejects.toThrow()
  })
})
