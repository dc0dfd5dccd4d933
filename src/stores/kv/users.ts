import type { SessionHash } from '../../core/store/record.js'
import { runScript, script, type KvClient } from './client.js'

/*
 * Which sessions a user has: a sorted set for each user. It is a help for looking, and the sessions themselves decide. A hash is listed
 * before its session has the user, because one that is not listed would survive `endUser`; so the list may hold sessions that never
 * came about, have ended, or have expired. They go when somebody looks.
 *
 * A score holds two times, in minutes: when the session is over at the latest, and after that when it was listed.
 */
const prelude = `
local shift = 67108864
local minute = math.floor(redis.call('TIME')[1] / 60)
local function text(number) return string.format('%.0f', number) end
`

/** ARGV: hash to add, s that it can live. */
const enlistScript = script(`${prelude}
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(' .. text(minute * shift))
local known = redis.call('ZSCORE', KEYS[1], ARGV[1])
local over = math.max(minute + 1 + math.ceil(ARGV[2] / 60), known and math.floor(known / shift) or 0)
redis.call('ZADD', KEYS[1], text(over * shift + minute), ARGV[1])
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2]
redis.call('EXPIREAT', KEYS[1], text(math.floor(last / shift) * 60))
return '["enlisted"]'`)

const listScript = script(`${prelude}
return cjson.encode({ minute, redis.call('ZRANGE', KEYS[1], 0, -1) })`)

/** ARGV: minute, '' for none; hashes that were not listed before it stay. Then the hashes. */
const removeScript = script(`${prelude}
for i = 2, argc do
  local score = redis.call('ZSCORE', KEYS[1], ARGV[i])
  if score and (ARGV[1] == '' or score % shift < tonumber(ARGV[1])) then redis.call('ZREM', KEYS[1], ARGV[i]) end
end
return '["removed"]'`)

interface Listed {
  readonly hashes: readonly SessionHash[]
  /** The server's time. */
  readonly minute: number
}

export interface UserLists {
  enlist(userId: string, hash: SessionHash, seconds: number): Promise<void>
  list(userId: string): Promise<Listed>
  /**
   * Takes out sessions that have ended. Never rejects: what stays listed is removed another time.
   * @param seen As they were seen when they were not the user's, some of them perhaps not yet: only those go that were listed a minute before.
   */
  remove(userId: string, hashes: readonly SessionHash[], seen?: Listed): Promise<void>
}

export function userLists(client: KvClient, prefix: string): UserLists {
  const key = (userId: string): string => `${prefix}user:${userId}`
  return {
    async enlist(userId, hash, seconds) {
      await runScript(client, enlistScript, key(userId), [hash, String(Math.ceil(seconds))])
    },

    async list(userId) {
      const [minute, hashes] = (await runScript(client, listScript, key(userId), [])) as [number, unknown]
      // An empty list leaves cjson as an object.
      return { minute, hashes: Array.isArray(hashes) ? (hashes as SessionHash[]) : [] }
    },

    async remove(userId, hashes, seen) {
      if (hashes.length === 0) return
      const before = seen === undefined ? '' : String(seen.minute - 1)
      await runScript(client, removeScript, key(userId), [before, ...hashes]).catch(() => {})
    },
  }
}
