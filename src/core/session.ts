import type { Config } from './config.js'
import { deleteCookies, issueCookies, type CookieToSet, type Place } from './cookies.js'
import { CrossDomainError } from './errors.js'
import type { Found } from './find.js'
import { createSessionId, fingerprintOf, hashSessionId } from './ids.js'
import { deepFreeze, parseData } from './json.js'
import type { SessionHash, SessionRecord, SessionState } from './record.js'
import type { Change, Ended, Store, Visit, WriteOptions, WriteResult } from './store.js'

/** The visitor's session, as this request found it and as its writes leave it. Every write is one round trip and is done when its promise resolves. */
export interface Session<Data extends object = Record<string, unknown>> {
  /** True until something was saved, and again after it ended. */
  readonly isNew: boolean
  /** False when the store did not answer: the visitor is shown as a guest, and every write throws `CDS301`. */
  readonly isAvailable: boolean
  readonly userId: string | null
  /** Names the session without revealing its id, the same on all domains that agree; null without a cookie. 10 hexadecimal characters. */
  readonly fingerprint: string | null
  /** Origin of this domain; null when the host is not listed. */
  readonly domain: string | null
  readonly isPrimary: boolean
  /** All shared data. */
  readonly data: Readonly<Partial<Data>>
  get<Key extends keyof Data>(key: Key): Partial<Data>[Key]
  /** Sets one key and leaves the others to whoever else writes them. @throws {CrossDomainError} `CDS201` to `CDS206`, `CDS301`, `CDS302`. */
  set<Key extends keyof Data>(key: Key, value: Data[Key]): Promise<void>
  delete(key: keyof Data): Promise<void>
  /**
   * Replaces all data by what `change` makes of it. `change` may run more than once: when somebody else wrote meanwhile, it gets the newest data.
   * @throws {CrossDomainError} Also `CDS303`, when that happens too often.
   */
  update(change: (data: Readonly<Partial<Data>>) => Partial<Data>): Promise<void>
  /** Signs in: a new id, so that nobody who knew the old one gains anything. A guest's data stays, another user's does not. */
  login(userId: string): Promise<void>
  /** Signs out on all domains and goes on with an empty session, or with its data where `keepData` says so. */
  logout(options?: { readonly keepData?: boolean }): Promise<void>
  /** Ends the session on all domains and removes the cookies of this one. */
  destroy(): Promise<void>
}

/** The request as a session needs it. */
export interface SessionContext {
  readonly config: Config
  readonly store: Store
  /** Null on a host that is not listed. */
  readonly place: Place | null
  readonly visit: Visit | null
  /** The id that counts and what the store said of it; null without a usable cookie. */
  readonly found: Found | null
  readonly isAvailable: boolean
  hasConsent(): Promise<boolean>
  /** True where the framework still lets cookies be set. */
  canSetCookies(): Promise<boolean>
  setCookies(cookies: readonly CookieToSet[]): Promise<void>
}

const maxUpdates = 20
/** How many exchanges may overtake one request. */
const maxSteps = 3

interface Target {
  readonly sid: string
  readonly hash: SessionHash
}
interface Done<T> {
  readonly result: Exclude<T, Ended>
  readonly target: Target
}

/** One session for one request; its readable side changes with its own writes only. */
export async function createSession(context: SessionContext): Promise<Session<Record<string, unknown>>> {
  const { config, store, place, isAvailable } = context
  const found = context.found?.state.state === 'ended' ? null : context.found
  let current = found === null ? null : { sid: found.sid, hash: found.hash, hasAllCookies: found.hasAllCookies }
  let record = found === null ? null : recordOf(found.state)
  // An ended session is still named, by what its cookie says, so that pages and the exchange talk of the same thing.
  let fingerprint = context.found === null ? null : await fingerprintOf(context.found.sid)

  async function openForWriting(): Promise<{ readonly place: Place; readonly visit: Visit }> {
    if (!(await context.canSetCookies())) throw new CrossDomainError('CDS201')
    if (place === null || context.visit === null) throw new CrossDomainError('CDS205')
    if (!(await context.hasConsent())) throw new CrossDomainError('CDS206')
    if (!isAvailable) throw new CrossDomainError('CDS301')
    return { place, visit: context.visit }
  }

  /** Cookies follow the store: they are set when it has agreed, and only where they say something else. */
  async function adopt(at: Place, sid: string, hash: SessionHash, saved: SessionRecord | null): Promise<void> {
    if (current?.sid !== sid || !current.hasAllCookies) await context.setCookies(await issueCookies(config, at, sid))
    current = { sid, hash, hasAllCookies: true }
    record = saved === null ? null : frozen(saved)
    fingerprint = await fingerprintOf(sid)
  }

  async function mint(): Promise<{ readonly sid: string; readonly hash: SessionHash }> {
    const sid = createSessionId()
    return { sid, hash: await hashSessionId(sid) }
  }

  /** An exchange may overtake this request and make another session of this one; what was to be done is done there then. */
  async function follow<T extends { readonly status: string }>(call: (target: Target) => Promise<T | Ended>, target: Target): Promise<Done<T>> {
    let { hash } = target
    for (let steps = 0; steps < maxSteps; steps++) {
      const result = await ask(() => call({ ...target, hash }))
      if (result.status !== 'ended') return { result: result as Exclude<T, Ended>, target: { ...target, hash } }
      const { successor } = result as Ended
      if (successor === undefined) break
      hash = successor
    }
    throw new CrossDomainError('CDS302')
  }

  async function write(change: Change, options: Pick<WriteOptions, 'ifVersion' | 'userId'> = {}): Promise<WriteResult> {
    const { place: at, visit } = await openForWriting()
    const all: WriteOptions = { ...options, visit, lifetime: config.lifetime }
    const { result, target } = await follow<WriteResult>(({ hash }) => store.write(hash, change, all), current ?? (await mint()))
    if (result.status === 'saved') await adopt(at, target.sid, target.hash, result.record)
    else if (current !== null) current = { ...current, hash: target.hash }
    return result
  }

  async function rotate(userId: string | null, keepData: boolean): Promise<void> {
    const { place: at, visit } = await openForWriting()
    const { sid, hash } = await mint()
    const { lifetime } = config
    const from = current
    const { result } =
      from === null
        ? await follow((target) => store.write(target.hash, {}, { userId, visit, lifetime }), { sid, hash })
        : // Not followed: the cookie of the exchange could reach the browser after the new one, and undo the sign-in without a word.
          { result: await ask(() => store.rotate({ from: from.hash, to: hash, userId, keepData, visit, lifetime })) }
    if (result.status === 'conflict' || result.status === 'ended') throw new CrossDomainError('CDS302')
    await adopt(at, sid, hash, result.record)
  }

  async function end(): Promise<Place> {
    const { place: at } = await openForWriting()
    let hash = current?.hash
    for (let steps = 0; hash !== undefined && steps < maxSteps; steps++) {
      const ending = hash
      hash = (await ask(() => store.end(ending, config.lifetime.tombstoneSeconds))).successor
    }
    return at
  }

  return {
    get isNew() {
      return record === null
    },
    isAvailable,
    get userId() {
      return record?.userId ?? null
    },
    get fingerprint() {
      return fingerprint
    },
    domain: place?.domain ?? null,
    isPrimary: place?.isPrimary ?? false,
    get data() {
      return record?.data ?? {}
    },
    get: (key) => (record !== null && Object.hasOwn(record.data, key) ? record.data[key] : undefined),
    async set(key, value) {
      const set = parseData(value === undefined ? {} : { [key]: value }, config.maxDataBytes)
      // The limit is on the whole; what others write at this moment is theirs to be told.
      parseData({ ...record?.data, ...set }, config.maxDataBytes)
      await write(value === undefined ? { delete: [key] } : { set })
    },
    async delete(key) {
      await write({ delete: [key] })
    },
    async update(change) {
      for (let attempts = 0; attempts < maxUpdates; attempts++) {
        const before = record
        const next = parseData(change(before?.data ?? {}), config.maxDataBytes)
        const dropped = Object.keys(before?.data ?? {}).filter((key) => !Object.hasOwn(next, key))
        const result = await write({ set: next, delete: dropped }, { ifVersion: before?.version ?? 0 })
        if (result.status === 'saved') return
        if (result.status === 'conflict') record = recordOf(result.current)
      }
      throw new CrossDomainError('CDS303')
    },
    async login(userId) {
      if (typeof userId !== 'string' || userId.length === 0 || userId.length > 255) throw new CrossDomainError('CDS204')
      const isOwnData = record === null || record.userId === null || record.userId === userId
      await rotate(userId, isOwnData)
    },
    async logout(options) {
      if (options?.keepData === true && record !== null) return rotate(null, true)
      const at = await end()
      const { sid, hash } = await mint()
      await adopt(at, sid, hash, null)
    },
    async destroy() {
      const at = await end()
      await context.setCookies(deleteCookies(at))
      current = null
      record = null
      fingerprint = null
    },
  }
}

function recordOf(state: SessionState): SessionRecord | null {
  if (state.state === 'ended') throw new CrossDomainError('CDS302')
  return state.state === 'live' ? frozen(state.record) : null
}

function frozen(record: SessionRecord): SessionRecord {
  deepFreeze(record.data)
  return record
}

async function ask<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (cause) {
    throw cause instanceof CrossDomainError ? cause : new CrossDomainError('CDS301', undefined, { cause })
  }
}

