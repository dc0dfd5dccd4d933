import { isLater, type NowOrLater } from '../../core/values/later.js'
import { closeMixedUp } from './nodeRedis.js'

/** `@vercel/kv` and `@upstash/redis`: over HTTP, so it runs on the edge too. */
export interface UpstashClient {
  eval(script: string, keys: string[], args: string[]): Promise<unknown>
  evalsha(sha1: string, keys: string[], args: string[]): Promise<unknown>
}

/** `ioredis`: `Redis` or `Cluster`. */
export interface IoredisClient {
  eval(script: string, numberOfKeys: number, ...keysAndArgs: string[]): Promise<unknown>
  evalsha(sha1: string, numberOfKeys: number, ...keysAndArgs: string[]): Promise<unknown>
  /** Not called; tells this client from the others. */
  readonly defineCommand: unknown
}

/** `redis` (node-redis): what `createClient` or `createCluster` gives, connected. */
export interface NodeRedisClient {
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
  evalSha(sha1: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
}

/** A connection to Redis that you already have, told apart by its shape. */
export type KvClient = UpstashClient | IoredisClient | NodeRedisClient

/** A Lua script: its commands are all done at once. Redis names one that it has seen by its SHA-1. */
export type Script = { readonly source: string; sha1?: NowOrLater<string> }

/** @param body Lua that returns JSON. It knows `now` in milliseconds, `KEYS`, and `ARGV` from 2 on. */
export const script = (body: string): Script => ({
  source: `local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function run()${body}
end
return '["' .. ARGV[1] .. '",' .. now .. ',' .. run() .. ']'`,
})

/**
 * Runs a script by its digest. If the server does not know it (at first, or after a restart), sends the
 * source.
 *
 * Each call has a number of its own. It keeps caches of HTTP answers away, such as the one that `next dev`
 * has for hot reloads. An answer with another number is refused, because `redis` can mix up a connection that
 * broke (see `nodeRedis.ts`): nobody is shown a stranger's row, and no write counts that was not made.
 * @returns What the Lua returned, and the time of the server in milliseconds since 1970.
 */
export async function runScript<T>(
  client: KvClient,
  script: Script,
  keys: string[],
  args: readonly (string | number)[] = [],
): Promise<{ readonly nowMs: number; readonly body: T }> {
  const call = `${(processName ??= crypto.randomUUID())}.${++calls}`
  const all = [call, ...args.map(String)]
  const sha1 = (script.sha1 ??= sha1Of(script.source).then((text) => (script.sha1 = text)))
  let raw: unknown
  try {
    raw = await send(client, true, isLater(sha1) ? await sha1 : sha1, keys, all)
  } catch (error) {
    if (!(error instanceof Error && error.message.includes('NOSCRIPT'))) throw error
    raw = await send(client, false, script.source, keys, all)
  }
  const [number, nowMs, body] = parseAnswer<T>(raw)
  if (number === call) return { nowMs, body }
  closeMixedUp(client, keys[0] ?? '')
  throw new Error('Redis answered another question: its client has mixed up a connection')
}

// Made when they are needed: a Worker may not ask for random bits or a digest while its modules load.
let processName: string | undefined
let calls = 0

async function sha1Of(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-1', new TextEncoder().encode(text))
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function send(client: KvClient, isSha1: boolean, text: string, keys: string[], args: string[]) {
  if ('evalSha' in client) return client[isSha1 ? 'evalSha' : 'eval'](text, { keys, arguments: args })
  const name = isSha1 ? 'evalsha' : 'eval'
  if ('defineCommand' in client) return client[name](text, keys.length, ...keys, ...args)
  return client[name](text, keys, args)
}

/** Some clients parse JSON by themselves. What answers another call may be anything. */
function parseAnswer<T>(raw: unknown): readonly [call: unknown, nowMs: number, body: T] {
  try {
    const answer: unknown = typeof raw === 'string' ? JSON.parse(raw) : raw
    if (Array.isArray(answer)) return answer as unknown as [unknown, number, T]
  } catch {}
  return [null, 0, null as T]
}
