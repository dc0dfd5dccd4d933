import type { JsonObject } from '../core/values/json.js'
import type { DomainRecord, SessionHash, SessionRecord, SessionState } from '../core/store/record.js'
import {
  chooseRenewal,
  endedFrom,
  rotatedOnSeconds,
  touchAfterSeconds,
  type Change,
  type Ended,
  type Rotation,
  type Store,
  type Visit,
} from '../core/store/store.js'

type Row =
  | { readonly record: SessionRecord; readonly expiresAtMs: number }
  | { readonly record: null; readonly says: Epitaph; readonly untilMs: number; readonly purgeAtMs: number }

/** What a tombstone says. */
interface Epitaph {
  readonly successor?: SessionHash
  readonly rotatedOn?: string
  readonly replacedOn?: string
}

/**
 * Keeps sessions in the memory of this process: for tests and for development with one process. They are gone when it ends, and
 * other processes do not see them.
 * @param options.now Milliseconds since 1970; this store's clock. Default: `Date.now`.
 */
export function memoryStore(options: { readonly now?: () => number } = {}): Store {
  const now = options.now ?? Date.now
  const rows = new Map<SessionHash, Row>()
  const tickets = new Map<string, number>()

  const isLive = (row: Row | undefined): row is Row & { record: SessionRecord } =>
    row !== undefined && row.record !== null && row.expiresAtMs > now()

  function stateOf(hash: SessionHash): SessionState {
    const row = rows.get(hash)
    if (row === undefined) return { state: 'blank' }
    if (isLive(row)) return { state: 'live', record: structuredClone(row.record) }
    if (row.record !== null) return { state: 'ended', expired: true }
    return {
      state: 'ended',
      ...(row.untilMs > now() && row.says),
      ...(row.says.rotatedOn !== undefined && { rotated: true }),
    }
  }

  function keep(record: SessionRecord): SessionRecord {
    const own = structuredClone(record)
    const expiresAtMs = Math.min(
      own.lastSeenAt.getTime() + own.idleSeconds * 1000,
      own.absoluteExpiresAt.getTime(),
    )
    rows.set(own.hash, { record: own, expiresAtMs })
    return structuredClone(own)
  }

  function bury(hash: SessionHash, tombstoneSeconds: number, says: Epitaph = {}, seconds = 0): void {
    rows.set(hash, {
      record: null,
      says,
      untilMs: now() + seconds * 1000,
      purgeAtMs: now() + tombstoneSeconds * 1000,
    })
  }

  function create(
    hash: SessionHash,
    visit: Visit | null,
    idleSeconds: number,
    absoluteSeconds: number,
  ): SessionRecord {
    const createdAt = new Date(now())
    return {
      hash,
      kind: 'cookie',
      userId: null,
      data: {},
      domains: {},
      version: 0,
      ip: visit?.ip ?? null,
      userAgent: visit?.userAgent ?? null,
      createdAt,
      lastSeenAt: createdAt,
      idleSeconds,
      absoluteExpiresAt: new Date(now() + absoluteSeconds * 1000),
      remembered: true,
    }
  }

  function seen(record: SessionRecord, visit: Visit | null, change: Change = {}): SessionRecord {
    if (visit === null) return record
    const lastSeenAt = new Date(now())
    const known: DomainRecord = record.domains[visit.domain] ?? {
      data: {},
      firstSeenAt: lastSeenAt,
      lastSeenAt,
    }
    const domain: DomainRecord = {
      ...known,
      lastSeenAt,
      data: changed(known.data, change.domainSet, change.domainDelete),
    }
    return {
      ...record,
      lastSeenAt,
      ip: visit.ip,
      userAgent: visit.userAgent,
      domains: { ...record.domains, [visit.domain]: domain },
    }
  }

  function rotate({
    from,
    to,
    userId,
    keepData,
    remembered,
    visit,
    lifetime,
  }: Rotation): { readonly status: 'rotated'; readonly record: SessionRecord } | Ended {
    const row = rows.get(from)
    if (row !== undefined && !isLive(row)) return endedFrom(stateOf(from))
    const fresh = create(to, visit, lifetime.idleSeconds, lifetime.absoluteSeconds)
    const kept =
      keepData && row !== undefined
        ? { data: row.record.data, domains: row.record.domains, createdAt: row.record.createdAt }
        : {}
    const record = keep({ ...seen({ ...fresh, ...kept }, visit), userId, remembered, version: 1 })
    bury(from, lifetime.tombstoneSeconds, { rotatedOn: visit.domain }, rotatedOnSeconds)
    return { status: 'rotated', record }
  }

  return {
    async read(hashes, visit) {
      for (const hash of visit === null ? [] : hashes) {
        const row = rows.get(hash)
        if (visit === null || !isLive(row)) continue
        const last = row.record.domains[visit.domain]?.lastSeenAt.getTime() ?? -Infinity
        if (now() - last > touchAfterSeconds(row.record.idleSeconds) * 1000) keep(seen(row.record, visit))
      }
      return hashes.map(stateOf)
    },

    async write(hash, change, { visit, lifetime, kind, userId, remembered, ifVersion }) {
      const row = rows.get(hash)
      if (row !== undefined && !isLive(row)) return endedFrom(stateOf(hash))
      if (ifVersion !== undefined && ifVersion !== (row?.record.version ?? 0))
        return { status: 'conflict', current: stateOf(hash) }
      const before = row?.record ?? {
        ...create(hash, visit, lifetime.idleSeconds, lifetime.absoluteSeconds),
        kind: kind ?? 'cookie',
        userId: userId ?? null,
        remembered: remembered ?? true,
      }
      const data = changed(before.data, change.set, change.delete)
      return {
        status: 'saved',
        record: keep({ ...seen(before, visit, change), data, version: before.version + 1 }),
      }
    },

    rotate: async (rotation) => rotate(rotation),

    async end(hash, tombstoneSeconds) {
      const row = rows.get(hash)
      if (row?.record === null) return endedFrom(stateOf(hash))
      bury(hash, tombstoneSeconds)
      return { status: 'ended' }
    },

    async listUser(userId) {
      const records = [...rows.values()].filter(isLive).map((row) => row.record)
      const own = records.filter((record) => record.userId === userId)
      return structuredClone(own.sort((a, b) => b.lastSeenAt.getTime() - a.lastSeenAt.getTime()))
    },

    async endUser(userId, { tombstoneSeconds, except }) {
      const own = [...rows].filter(
        ([hash, row]) => isLive(row) && row.record.userId === userId && hash !== except,
      )
      for (const [hash] of own) bury(hash, tombstoneSeconds)
      return own.length
    },

    async redeem(ticketId, ttlSeconds, hashes, renewal) {
      const first = (tickets.get(ticketId) ?? 0) <= now()
      if (first) tickets.set(ticketId, now() + ttlSeconds * 1000)
      const states = hashes.map(stateOf)
      const chosen = first && renewal !== undefined ? chooseRenewal(renewal, stateOf) : null
      if (renewal === undefined || chosen === null) return { first, states, renewed: null }
      const { status } = rotate({ ...renewal, ...chosen, userId: null, keepData: true })
      return { first, states, renewed: status === 'rotated' ? chosen.to : null }
    },

    async settle({ primary, secondary, tombstoneSeconds }) {
      const holds = (hash: SessionHash, version: number): boolean => {
        const row = rows.get(hash)
        return version === 0 ? row === undefined : isLive(row) && row.record.version === version
      }
      if (primary.content !== null && !holds(primary.hash, primary.version)) return 'conflict'
      if (secondary !== null && !holds(secondary.hash, secondary.version)) return 'conflict'
      if (primary.content !== null) {
        keep({
          ...primary.content,
          hash: primary.hash,
          version: primary.version + 1,
          lastSeenAt: new Date(now()),
        })
      }
      if (secondary !== null && 'replacedOn' in secondary)
        bury(secondary.hash, tombstoneSeconds, { replacedOn: secondary.replacedOn }, rotatedOnSeconds)
      else if (secondary !== null)
        bury(secondary.hash, tombstoneSeconds, { successor: primary.hash }, secondary.successorSeconds)
      return 'settled'
    },

    async sweep(limit) {
      const oldRows = [...rows].filter(
        ([, row]) => (row.record === null ? row.purgeAtMs : row.expiresAtMs) <= now(),
      )
      const oldTickets = [...tickets].filter(([, untilMs]) => untilMs <= now())
      const batch = [
        ...oldRows.map(
          ([hash]) =>
            () =>
              rows.delete(hash),
        ),
        ...oldTickets.map(
          ([id]) =>
            () =>
              tickets.delete(id),
        ),
      ].slice(0, limit)
      for (const remove of batch) remove()
      return batch.length
    },
  }
}

function changed(data: JsonObject, set: JsonObject = {}, drop: readonly string[] = []): JsonObject {
  const kept = Object.entries(data).filter(([key]) => !drop.includes(key))
  return { ...Object.fromEntries(kept), ...structuredClone(set) }
}
