import { attempt } from '../store/storeCall.js'
import type { SessionContext } from './context.js'
import { deleteCookies } from '../request/cookies.js'
import { CrossDomainError } from '../errors/errors.js'
import { flashEntry, flashKeys, flashMessages, splitFlash } from '../data/flash.js'
import { hrefTo } from './hrefTo.js'
import { isStorable, parseData, parseJson, type Json } from '../values/json.js'
import type { SessionKind, SessionRecord } from '../store/record.js'
import { createScope, localKind, sharedKind, type Scope } from './scope.js'
import type { Lifetime } from '../store/store.js'
import { createWriter } from './writer.js'

/** How `login` signs in. */
export interface LoginOptions {
  /**
   * True (the default): as long as `lifetime` says. False: until the browser closes, and a day without a request at most.
   * `{ days }`: so many days, on all domains.
   */
  readonly remember?: boolean | { readonly days: number }
}

/** The visitor's session, as this request found it and as its writes leave it. Its own scope is shared by all domains. */
export interface Session<
  Data extends object = Partial<Record<string, unknown>>,
  Local extends object = Partial<Record<string, unknown>>,
  Flash extends {} | null = Json,
> extends Scope<Data> {
  /** Data of this domain alone: currency, price list, whatever the shop here has and the others have not. */
  readonly local: Scope<Local>
  /** True until something was saved, and again after it ended. */
  readonly isNew: boolean
  /** False when the store did not answer: the visitor is shown as a guest, and every write throws what kept it from it, `CDS301` as a rule. */
  readonly isAvailable: boolean
  /** `api` where the request came with a bearer token; see `createApiSession`. */
  readonly kind: SessionKind
  readonly userId: string | null
  /** Names the session without revealing its id, the same on all domains that agree; null without a cookie. 10 hexadecimal characters. */
  readonly fingerprint: string | null
  /** Origin of this domain; null when the host is not listed. */
  readonly domain: string | null
  readonly isPrimary: boolean
  /**
   * Signs in: a new id, so that nobody who knew the old one gains anything. A guest's data stays, another user's does not.
   * @throws {CrossDomainError} `CDS110`, `CDS201`, `CDS204` to `CDS206`, `CDS210`, `CDS301`, `CDS302`.
   */
  login(userId: string, options?: LoginOptions): Promise<void>
  /**
   * Signs out on all domains and goes on with an empty session, or with its data where `keepData` says so.
   * @throws {CrossDomainError} `CDS201`, `CDS205`, `CDS206`, `CDS210`, `CDS301`, `CDS302`.
   */
  logout(options?: { readonly keepData?: boolean }): Promise<void>
  /**
   * Ends the session on all domains and removes the cookies of this one; without consent too, as nothing is stored.
   * @throws {CrossDomainError} `CDS201`, `CDS205`, `CDS209`, `CDS301`, `CDS302`.
   */
  destroy(): Promise<void>
  /**
   * Leaves a message for the next page, of whatever domain.
   * @throws {CrossDomainError} `CDS201` to `CDS203`, `CDS205`, `CDS206`, `CDS208`, `CDS209`, `CDS301`, `CDS302`.
   */
  flash(message: Flash): Promise<void>
  /**
   * The messages that nobody has taken yet, oldest first; each is given out once. Works while a page renders, and takes none for a page
   * that the browser prefetches or prerenders; Next.js does not tell of its own prefetches, so links to such pages say `prefetch={false}`.
   */
  takeFlash(): Promise<readonly Flash[]>
  /**
   * Where to send a browser so that another of the domains knows this session: for `redirect()`, also straight after `login` or `flash`, and for plain `<a>`. From a
   * secondary it leads over the exchange, so that the primary knows it when the browser gets there; a secondary knows it once its own page has asked. A URL of
   * this domain stays as it is, as does any other one without consent. Asked last, after what the request writes.
   * @throws {CrossDomainError} `CDS111`, `CDS205`, `CDS211`.
   */
  hrefTo(url: string | URL): Promise<string>
}

/** One session for one request; its readable side changes with its own writes only. */
export async function createSession(
  given: SessionContext & { readonly isSpeculative: boolean },
): Promise<Session> {
  const { config, place, failure, kind } = given
  let hasNewCookies = false
  const setCookies: SessionContext['setCookies'] = async (cookies) => {
    await given.setCookies(cookies)
    hasNewCookies = true
  }
  const context = { ...given, setCookies }
  const writer = await createWriter(context)
  const shared = await createScope(config, writer, sharedKind, config.shape)
  const local = await createScope(config, writer, localKind(place?.domain ?? null), config.localShape)
  const refresh = () => Promise.all([shared.refresh(), local.refresh()])

  /** Nothing ended where nothing was saved, or where another tab was faster. */
  async function tellEnd(before: SessionRecord | null): Promise<void> {
    if (before !== null)
      await writer.emit(before.userId === null || kind === 'api' ? 'ended' : 'signed-out', before.userId)
  }

  function refuseApi(): void {
    if (kind === 'api') throw new CrossDomainError('CDS210')
  }

  return {
    get data() {
      return shared.data
    },
    get: shared.get,
    set: shared.set,
    delete: shared.delete,
    update: shared.update,
    local,
    get isNew() {
      return writer.record === null
    },
    isAvailable: failure === null,
    kind,
    get userId() {
      return writer.record?.userId ?? null
    },
    get fingerprint() {
      return writer.fingerprint
    },
    domain: place?.domain ?? null,
    isPrimary: place?.isPrimary ?? false,

    async login(userId, options = {}) {
      refuseApi()
      checkUserId(userId)
      const isOwn = (before: SessionRecord | null): boolean =>
        before === null || before.userId === null || before.userId === userId
      const former = writer.fingerprint
      const before = await writer.rotate(userId, {
        keepData: isOwn,
        ...remembering(config.lifetime, options.remember ?? true),
      })
      await refresh()
      if (!isOwn(before)) await writer.emit('signed-out', before?.userId ?? null, former)
      if (before === null) await writer.emit('created', userId)
      await writer.emit('signed-in', userId)
    },
    async logout(options) {
      refuseApi()
      if (options?.keepData === true && writer.record !== null) {
        const before = await writer.rotate(null, {
          keepData: () => true,
          remembered: true,
          lifetime: config.lifetime,
        })
        if (typeof before?.userId === 'string') await writer.emit('signed-out', before.userId)
      } else {
        const { at, before } = await writer.end({ goesOn: true })
        await tellEnd(before)
        await writer.begin(at)
      }
      await refresh()
    },
    async destroy() {
      const { at, before } = await writer.end({ goesOn: false })
      await tellEnd(before)
      if (kind === 'cookie') await context.setCookies(deleteCookies(at))
      writer.forget()
      await refresh()
    },
    async flash(message) {
      const fitting = await config.flashShape.check(parseJson(message, config.maxDataBytes))
      const waiting = splitFlash(writer.record?.data ?? {}).flash
      const set = flashEntry(fitting, config.clock(), waiting)
      // Messages are counted apart from the data, which pays nothing for what it does not see.
      parseData({ ...waiting, ...set }, config.maxDataBytes)
      await writer.write({ set })
    },
    async takeFlash() {
      for (let attempts = 0; attempts < maxTakes; attempts++) {
        const basedOn = writer.record
        const keys = flashKeys(basedOn?.data ?? {})
        if (basedOn === null || keys.length === 0 || context.isSpeculative) return []
        const messages = flashMessages(basedOn.data)
        // Whoever deletes them shows them: of two tabs at the same moment, one.
        const status = await attempt(config, () => writer.amend({ delete: keys }, { basedOn }))
        if (status === 'saved') return (await Promise.all(messages.map(config.flashShape.read))).flat()
        // A store that takes no writes keeps the messages, and the page is shown without them.
        if (status !== 'conflict') return []
      }
      return []
    },
    hrefTo: (url) => hrefTo(context, url, { fingerprint: writer.fingerprint, hasNewCookies }),
  }
}

export function checkUserId(userId: unknown): void {
  if (typeof userId !== 'string' || userId.length === 0 || userId.length > 255 || !isStorable(userId))
    throw new CrossDomainError('CDS204')
}

const daySeconds = 86_400
const maxTakes = 5

function remembering(
  lifetime: Lifetime,
  remember: boolean | { readonly days: number },
): { readonly remembered: boolean; readonly lifetime: Lifetime } {
  if (remember === true) return { remembered: true, lifetime }
  if (remember === false)
    return {
      remembered: false,
      lifetime: { ...lifetime, idleSeconds: Math.min(lifetime.idleSeconds, daySeconds) },
    }
  const seconds = Math.round(remember.days * daySeconds)
  if (!Number.isSafeInteger(seconds) || seconds <= 0 || remember.days > 400)
    throw new CrossDomainError('CDS110', `remember.days is ${remember.days}`)
  return { remembered: true, lifetime: { ...lifetime, idleSeconds: seconds, absoluteSeconds: seconds } }
}
