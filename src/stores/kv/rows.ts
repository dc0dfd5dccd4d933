import type { RowChange, StoredRow } from '../../core/store/store.js'
import type { JsonObject } from '../../core/values/json.js'
import { runScript, script, type KvClient } from './client.js'

/**
 * A row as it is kept, in JSON. Its partner is the row that was written with it in its last move; see
 * `cluster.ts`.
 */
export type KeptRow = readonly [version: number, userId: string | null, value: JsonObject, partner?: Partner]
type Partner = readonly [id: string, version: number]

/** The rows that are there, each once. */
export function rowsFrom(ids: readonly string[], kept: readonly (KeptRow | null | undefined)[]): StoredRow[] {
  const rows = new Map<string, StoredRow>()
  for (const [index, id] of ids.entries()) {
    const row = kept[index]
    if (row) rows.set(id, { id, version: row[0], userId: row[1], value: row[2] })
  }
  return [...rows.values()]
}

/**
 * What one key is to hold, if now it begins with `begins`. `null` is no value; a `next` of '' leaves the key
 * alone.
 */
export type Step = readonly [key: string, begins: string, next: string, livesMs: number]

const lifeOf = ({ livesMs }: RowChange): number => Math.max(1, Math.ceil(livesMs))

/** What is kept in Redis. Each call is one script, on one node of a cluster. */
export function keysIn(client: KvClient, prefix: string) {
  // What is about one row has these braces in its name, which keep it on one node.
  const rowKey = (id: string): string => `${prefix}row:{${id}}`
  const listKey = (userId: string): string => `${prefix}user:${userId}`
  return {
    rowKey,
    /** Writes a row. */
    stepOf: (change: RowChange, partner?: RowChange): Step => {
      const { id, version, userId, value } = change
      const together = partner === undefined ? [] : [[partner.id, partner.version + 1]]
      const row = JSON.stringify([version + 1, userId, value, ...together])
      return [rowKey(id), version === 0 ? 'null' : `[${version},`, row, lifeOf(change)]
    },
    /** Answers what each key holds. */
    read: <T>(keys: string[]) => runScript<T>(client, readScript, keys),
    /**
     * Takes all steps or none, and lists the rows for their users. Answers what each key of a step holds
     * then.
     */
    swap: <T>(steps: readonly Step[], listed: readonly RowChange[] = []) => {
      const lists = listed.flatMap(({ userId }) => (userId === null ? [] : [listKey(userId)]))
      const lives = listed.flatMap((row) => (row.userId === null ? [] : [row.id, lifeOf(row)]))
      const args = [steps.length, ...steps.flatMap(([, ...step]) => step), ...lives]
      return runScript<T>(client, swapScript, [...steps.map(([key]) => key), ...lists], args)
    },
    /** Answers the ids that are listed for a user, with a space between them. */
    look: (userId: string) => runScript<string>(client, lookScript, [listKey(userId)]),
    /** Takes rows off a user's list that do not have the user. */
    unlist: (userId: string, ids: readonly string[]) => {
      const keys = [listKey(userId), ...ids.map(rowKey)]
      return runScript(client, unlistScript, keys, [JSON.stringify(userId), ...ids])
    },
  }
}

export type Keys = ReturnType<typeof keysIn>

const readScript = script(`
local found = {}
for i, key in ipairs(KEYS) do found[i] = redis.call('GET', key) or 'null' end
return '[' .. table.concat(found, ',') .. ']'`)

/*
 * Values are never parsed here, because cjson takes an empty list for an object and rounds numbers. In a
 * mark, the time takes the place of "@". A row keeps its partner, unless it gets another one.
 *
 * The list of a user is a sorted set, by the time until which a row may have that user. It only helps to
 * look, and the rows decide. The time is an hour late, because on a cluster a row is written a while after it
 * is listed.
 */
const swapScript = script(`
local count, found, holds = tonumber(ARGV[2]), {}, true
for i = 1, count do
  found[i] = redis.call('GET', KEYS[i]) or 'null'
  holds = holds and string.sub(found[i], 1, #ARGV[3 * i]) == ARGV[3 * i]
end
for i = 1, holds and #KEYS - count or 0 do
  local list, id = KEYS[count + i], ARGV[3 * count + 2 * i + 1]
  local untilMs = now + ARGV[3 * count + 2 * i + 2] + 3600000
  -- First what a server without memory refuses.
  redis.call('ZADD', list, math.max(untilMs, tonumber(redis.call('ZSCORE', list, id) or 0)), id)
  redis.call('ZREMRANGEBYSCORE', list, '-inf', now)
  redis.call('PEXPIREAT', list, redis.call('ZRANGE', list, -1, -1, 'WITHSCORES')[2])
end
for i = 1, holds and count or 0 do
  local next, partner = ARGV[3 * i + 1], string.match(string.sub(found[i], -150), ',%["[^"]*",%d+%]%]$')
  if partner and string.sub(next, -2) == '}]' then next = string.sub(next, 1, -2) .. partner end
  if string.sub(next, 1, 2) == '["' then next = string.gsub(next, '"@"', now, 1) end
  if next == 'null' then redis.call('DEL', KEYS[i])
  elseif next ~= '' then redis.call('SET', KEYS[i], next, 'PX', ARGV[3 * i + 2]) end
end
for i = 1, count do found[i] = redis.call('GET', KEYS[i]) or 'null' end
return '[' .. table.concat(found, ',') .. ']'`)

const lookScript = script(`
return '"' .. table.concat(redis.call('ZRANGEBYSCORE', KEYS[1], now, '+inf'), ' ') .. '"'`)

const unlistScript = script(`
for i = 2, #KEYS do
  local user = string.match(redis.call('GET', KEYS[i]) or '', '^%[%d+,(.*)') or ''
  if string.sub(user, 1, #ARGV[2]) ~= ARGV[2] then redis.call('ZREM', KEYS[1], ARGV[1 + i]) end
end
return 'null'`)
