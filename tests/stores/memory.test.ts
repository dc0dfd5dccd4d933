import { describe, test } from 'vitest'
import { memoryStore } from '../../src/stores/memory.js'
import { testStore } from '../../src/testing.js'

describe('the memory store', () => {
  let now = Date.now()
  let store = memoryStore({ now: () => now })
  testStore({
    test,
    createStore: () => (store = memoryStore({ now: () => now })),
    otherConnections: () => [store],
    advanceSeconds: async (seconds) => void (now += seconds * 1000),
  })
})
