import assert from 'node:assert/strict'
import type { SessionHash } from '../core/store/record.js'
import type { Store } from '../core/store/store.js'
import { lifetime, liveOf, newHash, visit } from './given.js'
import type { Fact } from './fact.js'

interface Job {
  readonly hash: SessionHash
  readonly tickets: readonly string[]
}

/**
 * What a process that `startProcess` starts has to do.
 * @param job As `startProcess` was given it.
 * @returns What `startProcess` has to answer.
 */
export async function runJob(store: Store, job: string): Promise<string> {
  const { hash, tickets } = JSON.parse(job) as Job
  const firsts: number[] = []
  for (const ticket of tickets) {
    const redeemed = await Promise.all(Array.from({ length: 5 }, () => store.redeem(ticket, 60, [])))
    firsts.push(redeemed.filter(({ first }) => first).length)
  }
  for (let done = 0; done < 5;) {
    const [state] = await store.read([hash], null)
    const [n, ifVersion] =
      state?.state === 'live' ? [Number(state.record.data['n']), state.record.version] : [0, 0]
    if ((await store.write(hash, { set: { n: n + 1 } }, { visit, lifetime, ifVersion })).status === 'saved')
      done += 1
  }
  return JSON.stringify(firsts)
}

/** Several instances of an application, with one database. */
export const processFacts = (startProcess: (job: string) => Promise<string>): readonly Fact[] => [
  {
    title:
      'of twenty tickets with twenty redeemers each, in four processes, each is burnt once, and of twenty updates none is lost',
    run: async ({ store }) => {
      const job: Job = { hash: newHash(), tickets: Array.from({ length: 20 }, newHash) }
      const answers = await Promise.all(Array.from({ length: 4 }, () => startProcess(JSON.stringify(job))))
      const firsts = answers.map((answer) => JSON.parse(answer) as number[])
      assert.deepEqual(
        job.tickets.map((_, index) => firsts.reduce((sum, list) => sum + (list[index] ?? 0), 0)),
        job.tickets.map(() => 1),
      )
      assert.deepEqual((await liveOf(store, job.hash)).data, { n: 20 })
    },
  },
]
