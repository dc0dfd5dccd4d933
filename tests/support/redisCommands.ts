import type { Cluster } from 'ioredis'
import type { UpstashClient } from '../../src/kv.js'
import { change, newId, write } from '../../src/testing/given.js'
import type { Store } from '../../src/core/store/store.js'

/** Ids in order, each on another of the three nodes of a cluster. */
export async function idsOnThreeNodes(redis: Cluster): Promise<[string, string, string]> {
  for (;;) {
    const ids = [newId(), newId(), newId()].sort()
    const slots = await Promise.all(ids.map((id) => redis.cluster('KEYSLOT', id)))
    const nodes = slots.map((slot) => Math.floor(slot / (16384 / 3)))
    if (new Set(nodes).size === 3) return ids as [string, string, string]
  }
}

/** Has every node learn every script, so that each step is one command. */
export async function teachScripts(store: Store): Promise<void> {
  await Promise.all(
    Array.from({ length: 20 }, async () => {
      const ids = [newId(), newId()]
      await write(store, ...ids.map((id) => change(id, 0, {}, { userId: id })))
      await store.read(ids)
      await Promise.all(ids.map((id) => store.listUser(id)))
    }),
  )
}

/** A client whose commands go one after the other, each with a number from 0 on. */
export function oneByOne(redis: Cluster, before: (number: number) => Promise<unknown>) {
  let sent = 0
  let last: Promise<unknown> = Promise.resolve()
  const next = (send: () => Promise<unknown>): Promise<unknown> => {
    const answer = last.then(async () => {
      await before(sent++)
      return send()
    })
    last = answer.catch(() => {})
    return answer
  }
  const client: UpstashClient = {
    eval: (source, keys, args) => next(() => redis.eval(source, keys.length, ...keys, ...args)),
    evalsha: (sha1, keys, args) => next(() => redis.evalsha(sha1, keys.length, ...keys, ...args)),
  }
  return {
    client,
    /** Waits for commands that nobody waits for. @returns How many there were in all. */
    async end(): Promise<number> {
      await last
      return sent
    },
  }
}
