import { mkdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import type { Redis } from 'ioredis'
import { expect } from 'vitest'
import { insist, sleep } from './faults.js'

export const reasons = ['READONLY', 'OOM', 'MISCONF'] as const

/** What makes a server refuse writes, by the first word of what it says then. Its snapshots have to be in `folder`. */
export function refusing(
  admin: Redis,
  folder: string,
): Readonly<Record<(typeof reasons)[number], { begin(): Promise<unknown>; end(): Promise<unknown> }>> {
  const snapshot = path.join(folder, 'dump.rdb')
  const save = (status: 'ok' | 'err'): Promise<void> =>
    insist(async () => {
      await admin.bgsave()
      await sleep(50)
      expect(await admin.info('persistence')).toContain(`rdb_last_bgsave_status:${status}`)
    })
  return {
    READONLY: { begin: () => admin.replicaof('127.0.0.1', 1), end: () => admin.replicaof('NO', 'ONE') },
    OOM: {
      begin: () => admin.config('SET', 'maxmemory', '1'),
      end: () => admin.config('SET', 'maxmemory', '0'),
    },
    // A snapshot cannot be written over a folder; then Redis takes no writes, as its `stop-writes-on-bgsave-error` says by default.
    MISCONF: {
      begin: () => {
        rmSync(snapshot, { force: true })
        mkdirSync(snapshot)
        return save('err')
      },
      end: () => {
        rmSync(snapshot, { recursive: true })
        return save('ok')
      },
    },
  }
}
