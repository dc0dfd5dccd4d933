import type { Rows, Store } from '../../core/store/store.js'
import { within } from '../../shared/within.js'
import type { KvClient } from './client.js'
import { rowsOnCluster } from './cluster.js'
import { isClusterOfNodeRedis, watchForStuckConnections } from './nodeRedis.js'
import { keysIn, rowsFrom, type KeptRow, type Keys } from './rows.js'

/** How `kvStore` names its keys, and how long it waits. */
export interface KvStoreOptions {
  /** Begins every key. Default: `crossdomain:`. */
  readonly prefix?: string
  /** Milliseconds after which an operation counts as failed. Default: 2,000. */
  readonly timeoutMs?: number
  /**
   * Whether keys are on several nodes. Default: true for a `Cluster` of `ioredis` or a client made by
   * `createCluster` of `redis`. Set it if a proxy hides the nodes. Otherwise Redis refuses with `CROSSSLOT`.
   */
  readonly cluster?: boolean
}

/**
 * Keeps sessions in Redis: Vercel KV, Upstash, or your own server. Each row has one key, which expires by
 * itself.
 * @param client Your client: `kv` of `@vercel/kv`, `new Redis(…)` of `@upstash/redis` or `ioredis`, or a
 * connected
 *   client of `redis`.
 */
export function kvStore(client: KvClient, options: KvStoreOptions = {}): Store {
  const isCluster = ('isCluster' in client && client.isCluster === true) || isClusterOfNodeRedis(client)
  const { prefix = 'crossdomain:', timeoutMs = 2000, cluster = isCluster } = options
  watchForStuckConnections(client)
  const keys = keysIn(client, prefix)
  // A client repeats a command only while somebody waits for the answer.
  const { read, swap } = (cluster ? rowsOnCluster : rowsOnOneNode)(keys, 2 * timeoutMs)

  async function listUser(userId: string): Promise<Rows> {
    const { nowMs, body } = await keys.look(userId)
    const ids = body.split(' ').filter(Boolean)
    if (ids.length === 0) return { nowMs, rows: [] }
    const found = await read(ids)
    const rows = found.rows.filter((row) => row.userId === userId)
    const others = ids.filter((id) => !rows.some((row) => row.id === id))
    // On a cluster a row is listed before it is written, so there only time takes it out.
    if (others.length > 0 && !cluster) await keys.unlist(userId, others).catch(() => {})
    return { nowMs: found.nowMs, rows }
  }

  return {
    read: (ids) => within(timeoutMs, read(ids)),
    swap: (changes, thenRead) => within(timeoutMs, swap(changes, thenRead)),
    listUser: (userId) => within(timeoutMs, listUser(userId)),
    sweep: async () => 0,
  }
}

/** Each is one script: all of it is done or nothing. */
function rowsOnOneNode(keys: Keys, rememberMs: number): Pick<Store, 'read' | 'swap'> {
  return {
    read: (ids) =>
      keys
        .read<(KeptRow | null)[]>(ids.map(keys.rowKey))
        .then(({ nowMs, body }) => ({ nowMs, rows: rowsFrom(ids, body) })),

    async swap(changes, thenRead = []) {
      const ids = [...changes.map(({ id }) => id), ...thenRead]
      // A client that repeats the command finds the note, and is told that it is done.
      const note = [`${keys.rowKey(ids[0] ?? '')}:${crypto.randomUUID()}`, 'null', '1', rememberMs] as const
      const writes = changes.map((change) => keys.stepOf(change))
      const reads = thenRead.map((id) => [keys.rowKey(id), '', '', 0] as const)
      const { nowMs, body } = await keys.swap<[1 | null, ...KeptRow[]]>([note, ...writes, ...reads], changes)
      const done = body[0] === 1
      const from = done ? changes.length : 0
      return { done, nowMs, rows: rowsFrom(ids.slice(from), body.slice(1 + from) as KeptRow[]) }
    },
  }
}
