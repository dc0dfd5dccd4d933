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

/** A Lua script that works on one key, which makes it atomic, and possible on a cluster. */
export interface Script {
  readonly source: string
  /** SHA-1 of the source, in hex: how Redis names a script that it has seen. */
  readonly sha1: Promise<string>
}

/**
 * @param body Lua that returns JSON. It has the arguments `ARGV[1]` to `ARGV[argc]`; one more is the number of the call, which the answer repeats.
 */
export function script(body: string): Script {
  const source = `local argc = #ARGV - 1
local function run()
${body.trim()}
end
return '["' .. ARGV[argc + 1] .. '",' .. run() .. ']'`
  // Made when the script is first run: a Worker may not ask for a digest while its modules load.
  let digest: Promise<string> | undefined
  return {
    source,
    get sha1() {
      return (digest ??= sha1Hex(source))
    },
  }
}

/**
 * Runs a script by its digest, and sends the source where the server does not know it: at first, after a restart, after SCRIPT FLUSH.
 * Each call has a number of its own. It keeps caches of HTTP answers away, like the one that `next dev` has for hot reloads; and an answer
 * with another number is refused, as `redis` can mix up a connection that broke (`nodeRedis.ts`): nobody is shown a stranger's session, and
 * no write counts that was not made.
 * @returns What the script's JSON says, whether the client has parsed it or not.
 */
export async function runScript(
  client: KvClient,
  { source, sha1 }: Script,
  key: string,
  args: readonly string[],
): Promise<unknown> {
  const call = createCallId()
  const run = runner(client, key, [...args, call])
  const raw = await run.digest(await sha1).catch((error: unknown) => {
    if (!isUnknownScript(error)) throw error
    return run.source(source)
  })
  const answer = parseAnswer(raw)
  if (!Array.isArray(answer) || answer[0] !== call) {
    closeMixedUp(client, key)
    throw new Error('Redis answered another question: its client has mixed up a connection')
  }
  return answer[1]
}

/** A stranger's answer may be anything. */
function parseAnswer(raw: unknown): unknown {
  try {
    return typeof raw === 'string' ? JSON.parse(raw) : raw
  } catch {
    return undefined
  }
}

/** 64 random bits: tells one call from another, and opens nothing. */
export function createCallId(): string {
  return hexOf(crypto.getRandomValues(new Uint8Array(8)))
}

interface Runner {
  digest(sha1: string): Promise<unknown>
  source(source: string): Promise<unknown>
}

function runner(client: KvClient, key: string, args: string[]): Runner {
  if ('evalSha' in client && typeof client.evalSha === 'function') {
    const options = { keys: [key], arguments: args }
    return {
      digest: (sha1) => client.evalSha(sha1, options),
      source: (source) => client.eval(source, options),
    }
  }
  if ('defineCommand' in client && typeof client.defineCommand === 'function') {
    return {
      digest: (sha1) => client.evalsha(sha1, 1, key, ...args),
      source: (source) => client.eval(source, 1, key, ...args),
    }
  }
  const upstash = client as UpstashClient
  return {
    digest: (sha1) => upstash.evalsha(sha1, [key], args),
    source: (source) => upstash.eval(source, [key], args),
  }
}

function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.includes('NOSCRIPT')
}

async function sha1Hex(text: string): Promise<string> {
  return hexOf(new Uint8Array(await crypto.subtle.digest('SHA-1', new TextEncoder().encode(text))))
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
