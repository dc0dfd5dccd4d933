import { askStore } from '../store/storeCall.js'
import { maxLifetimeSeconds, type Config } from '../config.js'
import { endSession } from '../exchange/overtaken.js'
import { CrossDomainError } from '../errors/errors.js'
import { refuseFlashKeys } from '../data/flash.js'
import { apiTokenOf, createSessionId, fingerprintOfHash, hashSessionId } from '../values/ids.js'
import { parseData } from '../values/json.js'
import type { SessionKind, SessionRecord } from '../store/record.js'
import { checkUserId } from './session.js'
import type { Store } from '../store/store.js'

/** One of a user's sessions, for a list of devices. */
export interface ListedSession {
  /** The same as `session.fingerprint` of that session. */
  readonly fingerprint: string
  readonly kind: SessionKind
  readonly createdAt: Date
  readonly lastSeenAt: Date
  readonly ip: string | null
  readonly userAgent: string | null
  /** Where it was used: none for a token that has yet to be. */
  readonly domains: readonly {
    readonly origin: string
    readonly firstSeenAt: Date
    readonly lastSeenAt: Date
  }[]
  /** Ends it on all domains. @throws {CrossDomainError} `CDS301`, and `CDS302` where it has signed in again since it was listed: list once more. */
  destroy(): Promise<void>
}

/** Whose a session of the API is, what it holds, and how long it lives. */
export interface ApiSessionOptions<Data extends object> {
  /** Whose it is. Default: nobody's. */
  readonly userId?: string | undefined
  readonly data?: Data | undefined
  /** Days after which it ends in any case, a hundred years at most. Default: `lifetime.absoluteSeconds`. */
  readonly days?: number | undefined
}

/** A new session of the API. */
export interface ApiSession {
  /** Sent as `Authorization: Bearer <token>`. Shown this once; the store holds its hash alone. */
  readonly token: string
  readonly fingerprint: string
}

/** Sessions other than that of the request. Every method asks the store. */
export interface Sessions<Data extends object> {
  /** Live sessions of a user, last seen first. */
  list(userId: string): Promise<readonly ListedSession[]>
  /** Ends all sessions of a user, those of the API too. @param options.except Fingerprint of one that stays. @returns How many it ended. */
  destroyAll(userId: string, options?: { readonly except?: string | null }): Promise<number>
  /** Makes a session for a program, which has no cookies. @throws {CrossDomainError} `CDS202`, `CDS203`, `CDS204`, `CDS208`, `CDS301`. */
  createApiSession(options?: ApiSessionOptions<Data>): Promise<ApiSession>
  /** Deletes what nobody can ask for any more, in batches. For a cron job; stores that expire by themselves have nothing to do. @returns How many rows. */
  sweep(): Promise<number>
}

/** Small enough that a batch is over before anybody notices. */
const sweepBatch = 250

export function createSessions(getConfig: () => Config, store: Store): Sessions<object> {
  async function end(record: SessionRecord): Promise<void> {
    const { rotated } = await askStore(() =>
      endSession(store, record.hash, getConfig().lifetime.tombstoneSeconds),
    )
    // It goes on under an id that the list did not know: nobody may believe that the device is signed out.
    if (rotated) throw new CrossDomainError('CDS302')
    await tellEnd(record)
  }

  async function tellEnd({ hash, kind, userId }: SessionRecord): Promise<void> {
    const type = userId === null || kind === 'api' ? 'ended' : 'signed-out'
    await getConfig().emit({ type, domain: null, fingerprint: await fingerprintOfHash(hash), userId })
  }

  async function listed(record: SessionRecord): Promise<ListedSession> {
    const { kind, createdAt, lastSeenAt, ip, userAgent } = record
    const domains = Object.entries(record.domains).map(([origin, { firstSeenAt, lastSeenAt: last }]) => ({
      origin,
      firstSeenAt,
      lastSeenAt: last,
    }))
    return {
      fingerprint: await fingerprintOfHash(record.hash),
      kind,
      createdAt,
      lastSeenAt,
      ip,
      userAgent,
      domains,
      destroy: () => end(record),
    }
  }

  return {
    async list(userId) {
      checkUserId(userId)
      return Promise.all((await askStore(() => store.listUser(userId))).map(listed))
    },

    async destroyAll(userId, { except } = {}) {
      checkUserId(userId)
      const { tombstoneSeconds } = getConfig().lifetime
      const records = await askStore(() => store.listUser(userId))
      const fingerprints = await Promise.all(records.map(({ hash }) => fingerprintOfHash(hash)))
      const kept = records.find((_, index) => fingerprints[index] === except)
      const count = await askStore(() =>
        store.endUser(userId, { tombstoneSeconds, ...(kept && { except: kept.hash }) }),
      )
      for (const record of records) if (record !== kept) await tellEnd(record)
      return count
    },

    async createApiSession({ userId, data, days } = {}) {
      const config = getConfig()
      if (userId !== undefined) checkUserId(userId)
      const set = parseData(
        await config.shape.check(parseData(data ?? {}, config.maxDataBytes)),
        config.maxDataBytes,
      )
      refuseFlashKeys(Object.keys(set))
      const absoluteSeconds = days === undefined ? config.lifetime.absoluteSeconds : Math.round(days * 86_400)
      if (!(absoluteSeconds > 0 && absoluteSeconds <= maxLifetimeSeconds))
        throw new CrossDomainError('CDS110', `days is ${days}`)
      const sid = createSessionId()
      const result = await askStore(async () =>
        store.write(
          await hashSessionId(sid),
          { set },
          {
            kind: 'api',
            userId: userId ?? null,
            visit: null,
            // A program may rest for longer than a visitor.
            lifetime: { ...config.lifetime, idleSeconds: absoluteSeconds, absoluteSeconds },
          },
        ),
      )
      if (result.status !== 'saved') throw new CrossDomainError('CDS301')
      const fingerprint = await fingerprintOfHash(result.record.hash)
      await config.emit({ type: 'created', domain: null, fingerprint, userId: userId ?? null })
      return { token: apiTokenOf(sid), fingerprint }
    },

    async sweep() {
      let total = 0
      for (;;) {
        const swept = await askStore(() => store.sweep(sweepBatch))
        total += swept
        if (swept < sweepBatch) return total
      }
    },
  }
}
