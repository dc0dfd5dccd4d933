import type { Config } from '../config.js'
import { maxLifetimeSeconds } from '../lifetime.js'
import { refuseFlashKeys } from '../data/flash.js'
import { CrossDomainError } from '../errors/catalogue.js'
import type { Key, LiveRow, SessionKind, SessionRecord } from '../store/row.js'
import { Rows } from '../store/rows.js'
import { keysWithoutRights } from '../store/standing.js'
import type { Store } from '../store/store.js'
import { storeCall } from '../store/storeCall.js'
import { checkUserId, createToken, fingerprintOf } from '../values/ids.js'
import { parseData } from '../values/json.js'
import { ended, newRecord } from './changes.js'
import { tokenCredential } from './find.js'

/** One of a user's sessions, for a list of devices. */
export interface ListedSession {
  /** The `session.fingerprint` of that session. */
  readonly fingerprint: string
  readonly kind: SessionKind
  readonly createdAt: Date
  readonly lastSeenAt: Date
  readonly ip: string | null
  readonly userAgent: string | null
  /** The domains at which it was used; none for a token that has never been used. */
  readonly domains: readonly {
    readonly origin: string
    readonly firstSeenAt: Date
    readonly lastSeenAt: Date
  }[]
  /** Ends it on all domains. @throws {CrossDomainError} `CDS301`. */
  destroy(): Promise<void>
}

/** To whom a program's session belongs, what it holds, and how long it lives. */
export interface ApiSessionOptions<Data extends object> {
  /** The user. Default: none. */
  readonly userId?: string | undefined
  readonly data?: Data | undefined
  /** Days after which the session ends, at most a hundred years. Default: `lifetime.absoluteSeconds`. */
  readonly days?: number | undefined
}

/** A new session for a program. */
export interface ApiSession {
  /**
   * Send it as `Authorization: Bearer <token>`. You get it only this once, because the store holds its hash.
   */
  readonly token: string
  readonly fingerprint: string
}

/** Sessions other than the one of the request. Every method asks the store. */
export interface Sessions<Data extends object> {
  /** Lists the live sessions of a user, last seen first. */
  list(userId: string): Promise<readonly ListedSession[]>
  /**
   * Ends all sessions of a user, including those of programs.
   * @param options.except The fingerprint of a session that stays.
   * @returns How many sessions it ended.
   */
  destroyAll(userId: string, options?: { readonly except?: string | null }): Promise<number>
  /**
   * Makes a session for a program, which has no cookies.
   * @throws {CrossDomainError} `CDS110`, `CDS202`, `CDS203`, `CDS204`, `CDS208`, `CDS301`.
   */
  createApiSession(options?: ApiSessionOptions<Data>): Promise<ApiSession>
  /**
   * Deletes rows that are no longer needed, in batches. Call it from a cron job. If the store expires rows by
   * itself, it does nothing.
   * @returns How many rows it deleted.
   */
  sweep(): Promise<number>
}

/** Small enough that a batch is over before anybody notices. */
const sweepBatch = 250

/** How often `destroyAll` looks for sessions that began while it ended the others. */
const mostRounds = 10

export function createSessions(getConfig: () => Config, store: Store): Sessions<object> {
  const open = (): Rows => new Rows(store, getConfig().clock)

  async function liveOf(rows: Rows, userId: string): Promise<LiveRow[]> {
    const found = await rows.ofUser(userId)
    return found.filter((row) => row.state === 'live').filter((row) => row.session.userId === userId)
  }

  /**
   * Ends a session, or the one that it has become, if it still has its user.
   * @param isMeant False for one that is to stay, also if the session has become that one.
   * @returns Whether it did.
   */
  async function end(
    rows: Rows,
    { id, session: { userId } }: LiveRow,
    isMeant: (row: LiveRow) => boolean = () => true,
  ): Promise<boolean> {
    for (;;) {
      const row = await rows.follow(id)
      if (row.state !== 'live' || row.session.userId !== userId || !isMeant(row)) return false
      if (await rows.swap([ended(row, keysWithoutRights(row, rows.nowMs))])) return true
    }
  }

  async function tellEnd({ id, signIns, session: { kind, userId } }: LiveRow): Promise<void> {
    const type = userId === null || kind === 'api' ? 'ended' : 'signed-out'
    await getConfig().emit({ type, domain: null, fingerprint: fingerprintOf(id, signIns), userId })
  }

  function listed(row: LiveRow): ListedSession {
    const { kind, createdAtMs, lastSeenAtMs, ip, userAgent } = row.session
    const domains = Object.entries(row.session.domains).map(
      ([origin, { firstSeenAtMs, lastSeenAtMs: last }]) => ({
        origin,
        firstSeenAt: new Date(firstSeenAtMs),
        lastSeenAt: new Date(last),
      }),
    )
    const times = { createdAt: new Date(createdAtMs), lastSeenAt: new Date(lastSeenAtMs) }
    return {
      fingerprint: fingerprintOf(row.id, row.signIns),
      kind,
      ...times,
      ip,
      userAgent,
      domains,
      async destroy() {
        const rows = open()
        const isEnded = await storeCall(async () => {
          await rows.read([row.id])
          return end(rows, row)
        })
        if (isEnded) await tellEnd(row)
      },
    }
  }

  return {
    async list(userId) {
      checkUserId(userId)
      const live = await storeCall(() => liveOf(open(), userId))
      return live.sort((a, b) => b.session.lastSeenAtMs - a.session.lastSeenAtMs).map(listed)
    },

    async destroyAll(userId, { except } = {}) {
      checkUserId(userId)
      const rows = open()
      const isMeant = ({ id, signIns }: LiveRow): boolean => fingerprintOf(id, signIns) !== except
      const over: LiveRow[] = []
      await storeCall(async () => {
        for (let round = 0; round < mostRounds; round++) {
          const meant = (await liveOf(rows, userId)).filter(isMeant)
          if (meant.length === 0) return
          const isEnded = await Promise.all(meant.map((row) => end(rows, row, isMeant)))
          over.push(...meant.filter((_, index) => isEnded[index]))
        }
      })
      for (const row of over) await tellEnd(row)
      return over.length
    },

    async createApiSession({ userId, data, days } = {}) {
      const config = getConfig()
      if (userId !== undefined) checkUserId(userId)
      const { maxDataBytes, lifetime } = config
      const set = parseData(await config.shape.check(parseData(data ?? {}, maxDataBytes)), maxDataBytes)
      refuseFlashKeys(Object.keys(set))
      const absoluteSeconds = days === undefined ? lifetime.absoluteSeconds : Math.round(days * 86_400)
      if (!(absoluteSeconds > 0 && absoluteSeconds <= maxLifetimeSeconds)) {
        throw new CrossDomainError('CDS110', `days is ${days}`)
      }
      const token = createToken()
      const rows = open()
      const { id, keyHash: hash, domain } = tokenCredential(token)
      await storeCall(async () => {
        await rows.read([id])
        // A program may rest for longer than a visitor.
        const record = newRecord(rows.nowMs, null, { idleSeconds: absoluteSeconds, absoluteSeconds })
        const session: SessionRecord = { ...record, kind: 'api', userId: userId ?? null, data: set }
        const keys: Key[] = [{ hash, domain, is: 'good', atMs: rows.nowMs }]
        await rows.swap([{ ...rows.get(id), keys, state: 'live', session }])
      })
      const fingerprint = fingerprintOf(id, 0)
      await config.emit({ type: 'created', domain: null, fingerprint, userId: userId ?? null })
      return { token, fingerprint }
    },

    async sweep() {
      let total = 0
      for (;;) {
        const swept = await storeCall(() => store.sweep(sweepBatch))
        total += swept
        if (swept < sweepBatch) return total
      }
    },
  }
}
