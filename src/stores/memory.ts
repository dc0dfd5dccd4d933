import type { Store, StoredRow } from '../core/store/store.js'

/** A row with its value as JSON text, so that nobody outside has a part of it. */
interface KeptRow {
  readonly version: number
  readonly userId: string | null
  readonly json: string
  readonly untilMs: number
}

/**
 * In Next.js, all memory stores of one process share their rows, because Next.js loads this file once for
 * each of its bundles, and again in development. Elsewhere, such as in tests, each store has its own rows.
 */
function rowsOfProcess(): Map<string, KeptRow> {
  if (process.env.NEXT_RUNTIME === undefined) return new Map()
  const shared = globalThis as { [name: symbol]: Map<string, KeptRow> | undefined }
  return (shared[Symbol.for('next-crossdomain-session:rows')] ??= new Map())
}

/**
 * Keeps sessions in the memory of this process, for tests and for development with one process. They are gone
 * when the process ends, and other processes do not see them.
 * @param options.now Milliseconds since 1970; this store's clock. Default: `Date.now`.
 */
export function memoryStore({ now = () => Date.now() }: { readonly now?: () => number } = {}): Store {
  const kept = rowsOfProcess()

  function find(ids: Iterable<string>): StoredRow[] {
    return [...new Set(ids)].flatMap((id) => {
      const row = kept.get(id)
      return row === undefined ? [] : [parseRow(id, row)]
    })
  }

  return {
    read: async (ids) => ({ nowMs: now(), rows: find(ids) }),

    async swap(changes, thenRead = []) {
      const nowMs = now()
      const done = changes.every(({ id, version }) => (kept.get(id)?.version ?? 0) === version)
      for (const { id, version, userId, value, livesMs } of done ? changes : []) {
        const json = JSON.stringify(value)
        kept.set(id, { version: version + 1, userId, json, untilMs: nowMs + livesMs })
      }
      return { done, nowMs, rows: find(done ? thenRead : [...changes.map(({ id }) => id), ...thenRead]) }
    },

    async listUser(userId) {
      const ids = [...kept].filter(([, row]) => row.userId === userId).map(([id]) => id)
      return { nowMs: now(), rows: find(ids) }
    },

    async sweep(limit) {
      const nowMs = now()
      const over = [...kept].filter(([, { untilMs }]) => untilMs <= nowMs).slice(0, limit)
      for (const [id] of over) kept.delete(id)
      return over.length
    },
  }
}

function parseRow(id: string, { version, userId, json }: KeptRow): StoredRow {
  return { id, version, userId, value: JSON.parse(json) as StoredRow['value'] }
}
