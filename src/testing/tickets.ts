import assert from 'node:assert/strict'
import { atOnce, newHash, save } from './given.js'
import type { Fact } from './testStore.js'

export const ticketFacts: readonly Fact[] = [
  {
    title: 'a ticket is burnt once, and the sessions are read with it',
    run: async ({ store }) => {
      const [ticket, live, blank] = [newHash(), newHash(), newHash()]
      const record = await save(store, live, { set: { a: 1 } })
      const states = [{ state: 'live', record }, { state: 'blank' }]
      assert.deepEqual(await store.redeem(ticket, 60, [live, blank]), { first: true, states })
      assert.deepEqual(await store.redeem(ticket, 60, [live, blank]), { first: false, states })
      assert.deepEqual(await store.redeem(newHash(), 60, []), { first: true, states: [] })
    },
  },
  {
    title: 'of twenty that redeem one ticket at once, one is first: twenty times over',
    run: async ({ connections }) => {
      for (let round = 0; round < 20; round++) {
        const ticket = newHash()
        const results = await atOnce(20, connections, (on) => on.redeem(ticket, 60, []))
        assert.equal(results.filter(({ first }) => first).length, 1)
      }
    },
  },
]
