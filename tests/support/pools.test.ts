import { expect, test } from 'vitest'
import { startPostgres } from '../../fixtures/postgres.mjs'
import { sleep, watchProcess } from './faults.js'
import { openPool } from './pools.js'

test('a pool that ended a moment before its server reaches nobody', { timeout: 60_000 }, async () => {
  const watch = watchProcess()
  const server = await startPostgres()
  const pool = openPool(server.url, 1)
  const { rows } = await pool.query<{ pid: number }>('select pg_backend_pid() as pid')
  const backend = rows[0]?.pid ?? 0
  // Not yet served: the goodbye of the pool.
  process.kill(backend, 'SIGSTOP')
  await pool.end()
  const stopped = server.stop()
  await sleep(100)
  process.kill(backend, 'SIGCONT')
  await stopped
  await sleep(50)
  watch.stop()
  expect(watch.seen).toEqual([])
})
