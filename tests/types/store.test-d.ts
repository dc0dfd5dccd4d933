// Compiled by `npm run types`; nothing here runs. A store of somebody else's needs one entry of the kit and no other.
import {
  endedFrom,
  rotatedOnSeconds,
  touchAfterSeconds,
  type Change,
  type DomainRecord,
  type Ended,
  type Json,
  type JsonObject,
  type Lifetime,
  type Rotation,
  type SessionHash,
  type SessionKind,
  type SessionRecord,
  type SessionState,
  type SettledContent,
  type Settlement,
  type Store,
  type Visit,
  type WriteOptions,
  type WriteResult,
} from '../../src/store.js'

declare const database: {
  ask(statement: string, ...values: readonly (Json | Date | undefined)[]): Promise<readonly { readonly [column: string]: Json }[]>
}

function recordFrom(row: { readonly [column: string]: Json }): SessionRecord {
  const domain: DomainRecord = { data: {}, firstSeenAt: new Date(0), lastSeenAt: new Date(0) }
  return {
    hash: row['hash'] as SessionHash,
    kind: row['kind'] as SessionKind,
    userId: row['user_id'] as string | null,
    data: row['data'] as JsonObject,
    domains: { 'https://shop.example': domain },
    version: Number(row['version']),
    ip: null,
    userAgent: null,
    createdAt: new Date(0),
    lastSeenAt: new Date(0),
    idleSeconds: Number(row['idle_seconds']),
    absoluteExpiresAt: new Date(0),
    remembered: true,
  }
}

async function stateOf(hash: SessionHash, visit: Visit | null): Promise<SessionState> {
  const [row] = await database.ask('read', hash, visit?.domain, touchAfterSeconds(3600))
  if (row === undefined) return { state: 'blank' }
  return row['ended'] === null ? { state: 'live', record: recordFrom(row) } : { state: 'ended', successor: row['successor'] as SessionHash, rotated: true }
}

async function save(hash: SessionHash, { set, domainSet }: Change, { visit, lifetime }: WriteOptions): Promise<WriteResult> {
  const { idleSeconds }: Lifetime = lifetime
  const [row] = await database.ask('write', hash, set, domainSet, visit?.domain, idleSeconds)
  return row === undefined ? { status: 'conflict', current: await stateOf(hash, null) } : { status: 'saved', record: recordFrom(row) }
}

async function rotate({ from, to, userId }: Rotation): Promise<{ readonly status: 'rotated'; readonly record: SessionRecord } | Ended> {
  const [row] = await database.ask('rotate', from, to, userId, rotatedOnSeconds)
  return row === undefined ? endedFrom(await stateOf(from, null)) : { status: 'rotated', record: recordFrom(row) }
}

async function settle({ primary, secondary }: Settlement): Promise<'settled' | 'conflict'> {
  const content: SettledContent | null = primary.content
  const rows = await database.ask('settle', content?.createdAt, content?.data, secondary?.hash)
  return rows.length > 0 ? 'settled' : 'conflict'
}

export const store: Store = {
  read: (hashes, visit) => Promise.all(hashes.map((hash) => stateOf(hash, visit))),
  write: save,
  rotate,
  end: async (hash) => endedFrom(await stateOf(hash, null)),
  listUser: async (userId) => (await database.ask('list', userId)).map(recordFrom),
  endUser: async (userId, { except }) => (await database.ask('end', userId, except)).length,
  redeem: async (ticketId, _, hashes) => ({ first: (await database.ask('burn', ticketId)).length > 0, states: await Promise.all(hashes.map((hash) => stateOf(hash, null))), renewed: null }),
  settle,
  sweep: async (limit) => (await database.ask('sweep', limit)).length,
}

// @ts-expect-error a store has nine methods
export const incomplete: Store = { ...store, settle: undefined }
