import { describe, test } from 'vitest'
import { memoryStore } from '../../src/stores/memory.js'
import { testStore } from '../../src/testing.js'

describe('the memory store', () => {
  // A clock that is not the `Date` of this process, which the suite turns back and forth.
  let movedMs = 0
  const now = () => performance.timeOrigin + performance.now() + movedMs
  let store = memoryStore({ now })
  testStore({
    test,
    createStore: () => (store = memoryStore({ now })),
    otherConnections: () => [store],
    advanceSeconds: async (seconds) => void (movedMs += seconds * 1000),
  })
})
