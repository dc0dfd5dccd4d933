import assert from 'node:assert/strict'
import type { Store } from '../core/store/store.js'
import { atOnce, change, newIds, twenty, type Facts } from './given.js'
import { addName, hasNames } from './races.js'

interface Job {
  readonly name: string
  readonly claims: readonly string[]
  readonly pair: readonly string[]
}

/**
 * What a process that `startProcess` starts has to do.
 * @param job As `startProcess` was given it.
 * @returns What `startProcess` has to answer.
 */
export async function runJob(store: Store, job: string): Promise<string> {
  const { name, claims, pair } = JSON.parse(job) as Job
  const won: string[] = []
  for (const id of claims) {
    const answers = await atOnce([1, 2, 3, 4, 5], [store], (on, by) => on.swap([change(id, 0, { name, by })]))
    for (const { done } of answers) if (done) won.push(id)
  }
  await atOnce(twenty, [store], (on, by) =>
    addName(on, by % 2 === 0 ? pair : pair.toReversed(), `${name}${by}`),
  )
  return JSON.stringify(won)
}

/** Several instances of an application, with one database. */
export const processFacts = (startProcess: (job: string) => Promise<string>): Facts => ({
  'inserts once and loses no swap when four processes try at once': async (bench) => {
    const [claims, pair, names] = [newIds(20), newIds(2), ['p', 'q', 'r', 's']]
    const jobs = names.map((name) => JSON.stringify({ name, claims, pair } satisfies Job))
    const answers = await Promise.all(jobs.map(startProcess))
    const won = answers.flatMap((answer) => JSON.parse(answer) as string[])
    assert.deepEqual(won.sort(), claims.toSorted())
    const added = names.flatMap((name) => twenty.map((by) => `${name}${by}`))
    for (const id of pair) await hasNames(bench.store, id, added)
  },
})
