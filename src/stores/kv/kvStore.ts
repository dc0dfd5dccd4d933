import type { SessionHash, SessionRecord, SessionState } from '../../core/store/record.js'
import {
  chooseRenewal,
  rotatedOnSeconds,
  touchAfterSeconds,
  type Rotation,
  type SettledContent,
  type Store,
  type Visit,
} from '../../core/store/store.js'
import { within } from '../within.js'
import { createCallId, runScript, type KvClient, type Script } from './client.js'
import {
  answerFrom,
  contentFields,
  dataField,
  domainField,
  endedAnswer,
  nullable,
  pairsOf,
  recordFrom,
  stateFrom,
  type Answer,
} from './fields.js'
import {
  commit,
  epitaphArgs,
  finish,
  patiently,
  prepare,
  release,
  settled,
  type Epitaph,
  type Move,
  type Run,
} from './moves.js'
import { watchForStuckConnections } from './nodeRedis.js'
import { burnScript, endScript, readScript, writeScript } from './scripts.js'
import { userLists } from './users.js'

/** How `kvStore` names its keys, and how long it waits. */
export interface KvStoreOptions {
  /** Begins every key. Default: `crossdomain:`. */
  readonly prefix?: string
  /** Milliseconds after which an operation counts as failed. Default: 2,000. */
  readonly timeoutMs?: number
}

/**
 * Keeps sessions in Redis: Vercel KV, Upstash, or a server of your own. One hash per session; what is over expires by itself.
 * @param client Yours: `kv` of `@vercel/kv`, `new Redis(…)` of `@upstash/redis` or `ioredis`, a connected client of `redis`.
 */
export function kvStore(client: KvClient, options: KvStoreOptions = {}): Store {
  const { prefix = 'crossdomain:', timeoutMs = 2000 } = options
  watchForStuckConnections(client)
  const ask = async (script: Script, key: string, args: readonly string[]): Promise<Answer> =>
    answerFrom(await runScript(client, script, `${prefix}${key}`, args))
  const users = userLists(client, prefix)
  const run: Run = (script, hash, ...args) => ask(script, `session:${hash}`, args)
  const inTime = <T>(work: () => Promise<T>): Promise<T> => within(timeoutMs, work())

  async function readOne(hash: SessionHash, visit: Visit | null): Promise<SessionState> {
    const touch = [touchAfterSeconds(Infinity), touchAfterSeconds(1)].map(String)
    const answer = await run(readScript, hash, ...visitor(visit), ...touch)
    return stateFrom(hash, await settled(run, hash, answer))
  }
  const readAll = (hashes: readonly SessionHash[], visit: Visit | null): Promise<SessionState[]> =>
    Promise.all(hashes.map((hash) => readOne(hash, visit)))

  async function enlist(
    userId: string | null | undefined,
    hash: SessionHash,
    seconds: number,
  ): Promise<void> {
    if (typeof userId === 'string') await users.enlist(userId, hash, seconds)
  }
  async function delist(userId: string | null | undefined, hash: SessionHash): Promise<void> {
    if (typeof userId === 'string') await users.remove(userId, [hash])
  }

  function end(
    hash: SessionHash,
    epitaph: Epitaph,
    only: { version?: string; user?: string } = {},
  ): Promise<Answer> {
    const args = [only.version ?? '', only.user ?? '', ...epitaphArgs(epitaph)]
    const nonce = createCallId()
    return patiently(run, hash, () => run(endScript, hash, nonce, ...args))
  }

  /** Steps 2 and 3 of a move whose first step is done, of a session as it was then. */
  async function complete(
    move: Move,
    { fields, nowMs }: Answer,
    version: number,
    content: SettledContent,
  ): Promise<Answer | null> {
    await enlist(content.userId, move.target, secondsLeft(content, nowMs))
    const answer = await commit(run, move.token, move.target, version, String(nowMs), contentFields(content))
    if (answer.status !== 'committed') {
      await release(run, move)
      return null
    }
    await Promise.all([finish(run, move.token, move.from, move.epitaph), delist(fields.get('u'), move.from)])
    return answer
  }

  /** @param guestOnly True: one that has become a user's meanwhile stays as it is, and the answer is `ended`. */
  async function rotate(
    { from, to, userId, keepData, remembered, visit, lifetime }: Rotation,
    guestOnly = false,
  ): ReturnType<Store['rotate']> {
    const epitaph = {
      tombstoneSeconds: lifetime.tombstoneSeconds,
      rotatedOn: visit.domain,
      seconds: rotatedOnSeconds,
    }
    const move: Move = { token: createCallId(), from, target: to, epitaph }
    const prepared = await prepare(run, move, '')
    if (prepared.status !== 'prepared') return endedAnswer(from, prepared)
    const state = stateFrom(from, prepared)
    const old = state.state === 'live' ? state.record : null
    if (guestOnly && typeof old?.userId === 'string') {
      await release(run, move)
      return { status: 'ended' }
    }
    const now = new Date(prepared.nowMs)
    const kept =
      keepData && old !== null ? old : { data: {}, domains: {} as SessionRecord['domains'], createdAt: now }
    const domain = kept.domains[visit.domain] ?? { data: {}, firstSeenAt: now }
    const answer = await complete(move, prepared, 0, {
      kind: 'cookie',
      userId,
      data: kept.data,
      domains: { ...kept.domains, [visit.domain]: { ...domain, lastSeenAt: now } },
      ip: visit.ip,
      userAgent: visit.userAgent,
      createdAt: kept.createdAt,
      idleSeconds: lifetime.idleSeconds,
      remembered,
      absoluteExpiresAt: new Date(prepared.nowMs + lifetime.absoluteSeconds * 1000),
    })
    // Somebody found the mark after its time and undid the move.
    if (answer === null) throw new Error('the session changed its id for longer than others could wait')
    return { status: 'rotated', record: recordFrom(to, answer.fields) }
  }

  return {
    read: (hashes, visit) => inTime(() => readAll(hashes, visit)),

    write: (hash, change, { visit, lifetime, kind, userId, remembered, ifVersion }) =>
      inTime(async () => {
        await enlist(userId, hash, lifetime.absoluteSeconds)
        const inDomain = (key: string): string => domainField(visit?.domain ?? '', key)
        const drop = [
          ...(change.delete ?? []).map(dataField),
          ...(visit === null ? [] : (change.domainDelete ?? []).map(inDomain)),
        ]
        const set = [
          ...pairsOf(change.set, dataField),
          ...(visit === null ? [] : pairsOf(change.domainSet, inDomain)),
        ]
        const who = [...visitor(visit), kind ?? 'cookie', nullable(userId), remembered === false ? '0' : '1']
        const life = [String(lifetime.idleSeconds), String(lifetime.absoluteSeconds)]
        const args = [
          createCallId(),
          ifVersion === undefined ? '' : String(ifVersion),
          ...who,
          ...life,
          String(drop.length),
          ...drop,
          ...set,
        ]
        const answer = await patiently(run, hash, () => run(writeScript, hash, ...args))
        if (answer.status === 'saved') return { status: 'saved', record: recordFrom(hash, answer.fields) }
        return answer.status === 'conflict'
          ? { status: 'conflict', current: stateFrom(hash, answer) }
          : endedAnswer(hash, answer)
      }),

    rotate: (rotation) => inTime(() => rotate(rotation)),

    end: (hash, tombstoneSeconds) =>
      inTime(async () => {
        const answer = await end(hash, { tombstoneSeconds, seconds: 0 })
        if (answer.status === 'gone') return endedAnswer(hash, answer)
        await delist(answer.fields.get('u'), hash)
        return { status: 'ended' }
      }),

    listUser: (userId) =>
      inTime(async () => {
        const listed = await users.list(userId)
        const states = await readAll(listed.hashes, null)
        const records = states.flatMap((state) =>
          state.state === 'live' && state.record.userId === userId ? [state.record] : [],
        )
        const own = new Set(records.map(({ hash }) => hash))
        await users.remove(
          userId,
          listed.hashes.filter((hash) => !own.has(hash)),
          listed,
        )
        return records.sort((a, b) => b.lastSeenAt.getTime() - a.lastSeenAt.getTime())
      }),

    endUser: (userId, { tombstoneSeconds, except }) =>
      inTime(async () => {
        const done = new Set(except === undefined ? [] : [except])
        for (let round = 0, count = 0; round < 20; round++) {
          const listed = await users.list(userId)
          const hashes = listed.hashes.filter((hash) => !done.has(hash))
          const answers = await Promise.all(
            hashes.map((hash) => end(hash, { tombstoneSeconds, seconds: 0 }, { user: `=${userId}` })),
          )
          const those = (status: string) => hashes.filter((_, index) => answers[index]?.status === status)
          const [ended, gone] = [those('ended'), those('gone')]
          await Promise.all([
            users.remove(userId, ended),
            users.remove(userId, [...gone, ...those('conflict')], listed),
          ])
          count += ended.length
          // One that is gone has perhaps just moved. Where to was listed before it went, but not always before we looked, or was still blank.
          if (gone.length === 0) return count
          for (const hash of [...ended, ...gone]) done.add(hash)
        }
        throw new Error("the user's sessions change their ids faster than they can be ended")
      }),

    redeem: (ticketId, ttlSeconds, hashes, renewal) =>
      inTime(async () => {
        const nonce = createCallId()
        const [burnt, states] = await Promise.all([
          ask(burnScript, `ticket:${ticketId}`, [nonce, String(Math.ceil(ttlSeconds))]),
          readAll(hashes, null),
        ])
        const first = burnt.status === 'first'
        const stateOf = (hash: SessionHash): SessionState =>
          states[hashes.indexOf(hash)] ?? { state: 'blank' }
        const chosen = first && renewal !== undefined ? chooseRenewal(renewal, stateOf) : null
        if (renewal === undefined || chosen === null) return { first, states, renewed: null }
        const { status } = await rotate({ ...renewal, ...chosen, userId: null, keepData: true }, true)
        return { first, states, renewed: status === 'rotated' ? chosen.to : null }
      }),

    settle: ({ primary, secondary, tombstoneSeconds }) =>
      inTime(async () => {
        const said =
          secondary !== null && 'replacedOn' in secondary
            ? { replacedOn: secondary.replacedOn, seconds: rotatedOnSeconds }
            : { successor: primary.hash, seconds: secondary?.successorSeconds ?? 0 }
        const epitaph: Epitaph = { tombstoneSeconds, ...said }
        if (primary.content === null) {
          if (secondary === null) return 'settled'
          const answer = await end(secondary.hash, epitaph, { version: String(secondary.version) })
          if (answer.status !== 'ended') return 'conflict'
          await delist(answer.fields.get('u'), secondary.hash)
          return 'settled'
        }
        const token = createCallId()
        if (secondary === null) {
          await enlist(primary.content.userId, primary.hash, secondsLeft(primary.content, 0))
          return (await commit(run, token, primary.hash, primary.version, '', contentFields(primary.content)))
            .status === 'committed'
            ? 'settled'
            : 'conflict'
        }
        const move: Move = { token, from: secondary.hash, target: primary.hash, epitaph }
        const prepared = await prepare(run, move, String(secondary.version))
        if (prepared.status !== 'prepared') return 'conflict'
        return (await complete(move, prepared, primary.version, primary.content)) === null
          ? 'conflict'
          : 'settled'
      }),

    /** Nothing to do: every key has its time to live. */
    sweep: async () => 0,
  }
}

/** Who a script is told that it is; no origin for nobody. */
function visitor(visit: Visit | null): readonly [string, string, string] {
  return visit === null ? ['', '', ''] : [visit.domain, nullable(visit.ip), nullable(visit.userAgent)]
}

/** Seconds for which a session can still live; a little too many do no harm. */
function secondsLeft(content: SettledContent, nowMs: number): number {
  return Math.max(60, (content.absoluteExpiresAt.getTime() - (nowMs || content.createdAt.getTime())) / 1000)
}
