import assert from 'node:assert/strict'
import { atOnce, liveOf, newHash, save, savePair, tombstoneSeconds } from './given.js'
import type { Fact } from './fact.js'

export const ticketFacts: readonly Fact[] = [
  {
    title: 'a ticket is burnt once, and the sessions are read with it',
    run: async ({ store }) => {
      const { p, s } = await savePair(store)
      const [ticket, ended, blank] = [newHash(), newHash(), newHash()]
      const secondary = { hash: ended, version: 0, successorSeconds: 60 }
      await store.settle({ primary: { ...p, content: null }, secondary, tombstoneSeconds })
      const states = [
        { state: 'live', record: s },
        { state: 'blank' },
        { state: 'ended', successor: p.hash },
        { state: 'live', record: p },
      ]
      const hashes = [s.hash, blank, ended, p.hash]
      assert.deepEqual(await store.redeem(ticket, 60, hashes), { first: true, states, renewed: null })
      assert.deepEqual(await store.redeem(ticket, 60, hashes), { first: false, states, renewed: null })
      assert.deepEqual(await store.redeem(newHash(), 60, []), { first: true, states: [], renewed: null })
      assert.deepEqual(await liveOf(store, p.hash), p)
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
  {
    title: 'tickets know nothing of each other, nor of sessions',
    run: async ({ store, connections }) => {
      const hash = newHash()
      const record = await save(store, hash, { set: { a: 1 } })
      const tickets = [hash, ...Array.from({ length: 10 }, (_, index) => `${hash}${index}`), `${hash}'"\\ 💥`]
      const results = await atOnce(tickets.length, connections, (on, index) =>
        on.redeem(tickets[index] ?? '', 60, [hash]),
      )
      for (const result of results)
        assert.deepEqual(result, { first: true, states: [{ state: 'live', record }], renewed: null })
    },
  },
]
