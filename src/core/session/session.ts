import { orReport } from '../store/storeCall.js'
import type { SessionContext } from './context.js'
import { deleteCookies } from '../request/cookies.js'
import { CrossDomainError } from '../errors/catalogue.js'
import { flashEntry, flashKeys, flashMessages, splitFlash } from '../data/flash.js'
import { hrefTo } from './hrefTo.js'
import { checkUserId } from '../values/ids.js'
import { parseData, parseJson, type Json } from '../values/json.js'
import type { SessionKind, SessionRecord } from '../store/row.js'
import { located } from './located.js'
import { createScope, localKind, sharedKind, type Scope } from './scope.js'
import type { Lifetime } from '../lifetime.js'
import { livingFrom, newRecord } from './changes.js'
import { visited } from './patch.js'
import { createWriter } from './writer.js'
import { isLater, type NowOrLater } from '../values/later.js'

/** How `login` signs in. */
export interface LoginOptions {
  /**
   * True (the default): for as long as `lifetime` says. False: until the browser closes, and at most a day
   * without a request. `{ days }`: for that many days. It counts on all domains.
   */
  readonly remember?: boolean | { readonly days: number }
}

/**
 * The visitor's session as this request has read it, with the writes of this request. Its own data is shared
 * by all domains.
 */
export interface Session<
  Data extends object = Partial<Record<string, unknown>>,
  Local extends object = Partial<Record<string, unknown>>,
  Flash extends {} | null = Json,
> extends Scope<Data> {
  /** The data of this domain only, such as its currency or its price list. */
  readonly local: Scope<Local>
  /** True until something is saved, and again after the session has ended. */
  readonly isNew: boolean
  /**
   * False if the store did not answer. Then the visitor looks like a guest, and every write throws the
   * reason, usually `CDS301`.
   */
  readonly isAvailable: boolean
  /** `api` if the request came with a bearer token; see `createApiSession`. */
  readonly kind: SessionKind
  readonly userId: string | null
  /**
   * Ten hexadecimal characters that name the session and open nothing. They are the same on all domains that
   * agree, and change when somebody signs in. Null without a cookie.
   */
  readonly fingerprint: string | null
  /** The origin of this domain; null if the host is not listed. */
  readonly domain: string | null
  readonly isPrimary: boolean
  /**
   * Signs in on all domains. The session stays the same, and its cookie gets a new key, so copies of older
   * cookies no longer open it. A guest's data stays; another user's does not.
   * @throws {CrossDomainError} `CDS110`, `CDS201`, `CDS204` to `CDS206`, `CDS210`, `CDS212`, `CDS213`,
   *   `CDS301` to `CDS303`.
   */
  login(userId: string, options?: LoginOptions): Promise<void>
  /**
   * Signs out on all domains. This browser continues with an empty session, or with the data if `keepData` is
   * true.
   * @throws {CrossDomainError} `CDS201`, `CDS205`, `CDS206`, `CDS210`, `CDS212`, `CDS213`, `CDS301` to
   *   `CDS303`.
   */
  logout(options?: { readonly keepData?: boolean }): Promise<void>
  /**
   * Ends the session on all domains, and removes the cookies of this one. It needs no consent, because
   * nothing is stored.
   * @throws {CrossDomainError} `CDS201`, `CDS205`, `CDS209`, `CDS212`, `CDS213`, `CDS301` to `CDS303`.
   */
  destroy(): Promise<void>
  /**
   * Leaves a message for the next page, on any domain.
   * @throws {CrossDomainError} `CDS201` to `CDS203`, `CDS205`, `CDS206`, `CDS208`, `CDS209`, `CDS212`,
   *   `CDS213`, `CDS301` to `CDS303`.
   */
  flash(message: Flash): Promise<void>
  /**
   * Takes the waiting messages, oldest first, so that each is shown once. This works while a page renders. A
   * page that the browser prefetches or prerenders takes none. Next.js does not always say when it
   * prefetches, so set `prefetch={false}` on links to pages that take messages.
   */
  takeFlash(): Promise<readonly Flash[]>
  /**
   * Returns the address that takes this session along to another domain, for `redirect()` and plain `<a>`.
   * Call it last, after all writes of the request. The address leads through the exchange first, so the other
   * domain knows the session when the browser gets there. A URL of this domain stays as it is, and so does
   * any URL if there is no consent.
   * @throws {CrossDomainError} `CDS111`, `CDS205`, `CDS211`.
   */
  hrefTo(url: string | URL): Promise<string>
}

/** Makes the session of one request. Only its own writes change what it shows. */
export function createSession(given: SessionContext): NowOrLater<Session> {
  const { config, place, failure, kind } = given
  let hasNewCookies = false
  const setCookies: SessionContext['setCookies'] = async (cookies) => {
    await given.setCookies(cookies)
    hasNewCookies = true
  }
  const context = { ...given, setCookies }
  const writer = createWriter(context)
  const shared = createScope(config, writer, sharedKind, config.shape)
  const local = createScope(config, writer, localKind(place?.domain ?? null), config.localShape)
  /** Both begin at once. */
  const refresh = (): NowOrLater<void> => {
    const [one, other] = [shared.refresh(), local.refresh()]
    if (isLater(one) || isLater(other)) return Promise.all([one, other]).then(() => {})
  }

  /** Nothing ended if nothing was saved, or if another tab was faster. */
  async function tellEnd(before: SessionRecord | null, of = writer.fingerprint): Promise<void> {
    if (before === null) return
    await writer.emit(before.userId === null || kind === 'api' ? 'ended' : 'signed-out', before.userId, of)
  }

  function refuseApi(): void {
    if (kind === 'api') throw new CrossDomainError('CDS210')
  }

  const session: Session = {
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

    login: located(async (userId: string, options: LoginOptions = {}) => {
      refuseApi()
      checkUserId(userId)
      const how = remembering(config.lifetime, options.remember ?? true)
      const former = writer.fingerprint
      const before = await writer.signIn(userId, (old, nowMs, visit) => ({
        ...visited(old ?? newRecord(nowMs, visit, how.lifetime), visit, nowMs),
        ...livingFrom(nowMs, how.lifetime),
        userId,
        remembered: how.remembered,
      }))
      await refresh()
      const other = before?.userId ?? userId
      if (other !== userId) await writer.emit('signed-out', other, former)
      if (before === null) await writer.emit('created', userId)
      await writer.emit('signed-in', userId)
    }),
    logout: located(async (options?: { readonly keepData?: boolean }) => {
      refuseApi()
      const former = writer.fingerprint
      if (options?.keepData === true && writer.record !== null) {
        const { before } = await writer.end({
          with: (old, nowMs, visit) => ({
            ...visited(old ?? newRecord(nowMs, visit, config.lifetime), visit, nowMs),
            ...livingFrom(nowMs, config.lifetime),
            userId: null,
            remembered: true,
          }),
        })
        if (typeof before?.userId === 'string') await writer.emit('signed-out', before.userId)
      } else {
        const { before } = await writer.end('blank')
        await tellEnd(before, former)
      }
      await refresh()
    }),
    destroy: located(async () => {
      const { at, before } = await writer.end('nowhere')
      await tellEnd(before)
      if (kind === 'cookie') await context.setCookies(deleteCookies(at))
      writer.forget()
      await refresh()
    }),
    flash: located(async (message: Json) => {
      const fitting = await config.flashShape.check(parseJson(message, config.maxDataBytes))
      const waiting = splitFlash(writer.record?.data ?? {}).flash
      const set = flashEntry(fitting, config.clock(), waiting)
      // Messages are counted apart from the data, so that waiting messages refuse no write of data.
      parseData({ ...waiting, ...set }, config.maxDataBytes)
      await writer.write({ set })
    }),
    async takeFlash() {
      for (let attempts = 0; attempts < maxTakes; attempts++) {
        const basedOn = writer.record
        const keys = flashKeys(basedOn?.data ?? {})
        if (basedOn === null || keys.length === 0 || context.isSpeculative) return []
        const messages = flashMessages(basedOn.data)
        // Whoever deletes them shows them. If two tabs ask at the same moment, one of them does.
        const isTaken = await orReport(config, () => writer.amend({ delete: keys }, basedOn))
        if (isTaken === true) return (await Promise.all(messages.map(config.flashShape.read))).flat()
        // A store that takes no writes keeps the messages, and the page is shown without them.
        if (isTaken === null) return []
      }
      return []
    },
    hrefTo: (url) => hrefTo(context, url, { fingerprint: writer.fingerprint, hasNewCookies }),
  }
  const refreshed = refresh()
  return isLater(refreshed) ? refreshed.then(() => session) : session
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
