import { askStore } from '../store/storeCall.js'
import type { SessionContext } from './context.js'
import { issueCookies } from '../request/cookies.js'
import { CrossDomainError } from '../errors/errors.js'
import type { SessionEvent } from '../events.js'
import { firstOver } from '../exchange/firstOver.js'
import { createSessionId, fingerprintOf, hashSessionId } from '../values/ids.js'
import { deepFreeze } from '../values/json.js'
import { endSession, follow, keepAsGuest, rotateOrFind } from '../exchange/overtaken.js'
import type { Place } from '../domains/place.js'
import type { SessionHash, SessionRecord, SessionState } from '../store/record.js'
import type { Change, Ended, Lifetime, Visit, WriteOptions, WriteResult } from '../store/store.js'

/** No row has it. */
const noVersion = -1

interface RotateOptions {
  keepData(before: SessionRecord | null): boolean
  readonly remembered: boolean
  readonly lifetime: Lifetime
}

interface Target {
  readonly sid: string
  readonly hash: SessionHash
}

/**
 * What one request does to its session: every method asks the store once (twice where an exchange overtook it or could have, or where another
 * session begins over one that has ended), and `record` is what it left. What is asked at the same time is done in the order of the calls, so all
 * of it goes to one session, and the last cookie is the last one's.
 */
export interface Writer {
  readonly record: SessionRecord | null
  readonly fingerprint: string | null
  /** @param options.basedOn The `record` that the change was made of: nothing is written, and the answer is `conflict`, if that is no longer what there is. */
  write(change: Change, options?: { readonly basedOn?: SessionRecord | null }): Promise<WriteResult['status']>
  /** A write that needs no cookie, because the session is there already: possible while a page renders. */
  amend(change: Change, options: { readonly basedOn: SessionRecord }): Promise<WriteResult['status']>
  /** @returns The `record` before. */
  rotate(userId: string | null, options: RotateOptions): Promise<SessionRecord | null>
  /** @param options.goesOn Another one begins here, which takes consent. @returns The `record` before, and where its cookies are. */
  end(options: {
    readonly goesOn: boolean
  }): Promise<{ readonly at: Place; readonly before: SessionRecord | null }>
  /** Goes on with an id that was never saved. */
  begin(place: Place): Promise<void>
  forget(): void
  /** @param of Default: the present `fingerprint`. */
  emit(
    type: Exclude<SessionEvent['type'], 'refused'>,
    userId: string | null,
    of?: string | null,
  ): Promise<void>
}

export async function createWriter(context: SessionContext): Promise<Writer> {
  const { config, store, place, failure, kind } = context
  const found = context.found?.state.state === 'ended' ? null : context.found
  let current =
    found === null
      ? null
      : {
          sid: found.sid,
          hash: found.hash,
          hasAllCookies: found.hasAllCookies || kind === 'api',
          isOutdated: found.isOutdated === true,
        }
  let record = found === null ? null : recordOf(found.state)
  // An ended session is still named, by what its cookie says, so that pages and the exchange talk of the same thing.
  let fingerprint = context.found === null ? null : await fingerprintOf(context.found.sid)

  let lastTurn: Promise<unknown> = Promise.resolve()
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = lastTurn.then(work)
    lastTurn = turn.catch(context.noteRefusal)
    return turn
  }

  /** @throws {CrossDomainError} `CDS201`, `CDS205`, `CDS206`, `CDS209`, `CDS301` or `CDS302` where nothing can be written. */
  async function open({ stores = true, setsCookie = true } = {}): Promise<{
    readonly place: Place
    readonly visit: Visit
  }> {
    if (kind === 'cookie' && !(await context.canSetCookies())) throw new CrossDomainError('CDS201')
    if (kind === 'cookie' && setsCookie) refuseTooLate()
    if (failure !== null) throw failure
    if (place === null || context.visit === null)
      throw new CrossDomainError('CDS205', `the host is ${context.host}`)
    if (kind === 'api' && record === null) throw new CrossDomainError('CDS209')
    if (kind === 'cookie' && stores && !(await context.hasConsent())) throw new CrossDomainError('CDS206')
    if (context.found?.isLost && !(await staysGuest())) throw new CrossDomainError('CDS302')
    return { place, visit: context.visit }
  }

  function refuseTooLate(): void {
    if (context.isAnswered())
      throw new CrossDomainError('CDS201', 'the answer has begun, and this takes a cookie')
  }

  const gone = context.found?.state.state === 'ended' ? context.found.state : null
  /**
   * A cookie is on its way: of a sign-in here, which that of a new session would undo; or of an exchange, which put another session in the place
   * of this request's, and could take away whatever is set here.
   */
  let isOvertaken =
    context.found?.isFollowed === true ||
    gone?.successor !== undefined ||
    isHere(gone?.rotatedOn) ||
    isHere(gone?.replacedOn)

  function isHere(domain: string | undefined): boolean {
    return domain !== undefined && domain === place?.domain
  }

  /** @param setsCookie Where the session of the request goes on, its next cookie is the one that is on its way. */
  function refuseBeforeArrival(setsCookie = current?.sid !== context.found?.sid): void {
    if (isOvertaken && setsCookie) throw new CrossDomainError('CDS302')
  }

  /** Another session is about to begin over an id that has ended, by somebody else or by this request. */
  let beginsOver = gone !== null
  /** On a secondary, because `replace` sets cookies there. @throws {CrossDomainError} `CDS301`; `CDS302` where an exchange was first, whose cookie is on its way. */
  async function beFirst(at: Place): Promise<void> {
    const ended = context.found?.hash
    if (!beginsOver || ended === undefined || at.isPrimary) return
    if (
      (await askStore(() =>
        firstOver(store, ended, at.domain, 'write', config.lifetime.tombstoneSeconds),
      )) === 'exchange'
    )
      throw new CrossDomainError('CDS302')
    beginsOver = false
  }

  let secured: Promise<boolean> | undefined
  /**
   * Whether the guest's session that this request found is not some user's by now. It is written to before anything else is done with it:
   * `replace` gives no user to an id that somebody has written to. So for one behind a lost renewal, and where data are to go on as another user's.
   */
  function staysGuest(): Promise<boolean> {
    return (secured ??= current === null ? Promise.resolve(true) : secure(current.hash))
  }

  async function secure(hash: SessionHash): Promise<boolean> {
    const [visit, ifVersion] = [context.visit, record?.version]
    if (visit === null || ifVersion === undefined) return false
    const after = await askStore(() =>
      keepAsGuest(store, hash, ifVersion, { visit, lifetime: config.lifetime }),
    )
    if (after !== null) record = frozen(after)
    return after !== null
  }

  /** Cookies follow the store: they are set when it has agreed, and only where they say something else. */
  async function adopt(
    at: Place,
    sid: string,
    hash: SessionHash,
    saved: SessionRecord | null,
  ): Promise<void> {
    const mustSet = current?.sid !== sid || !current.hasAllCookies
    // What still opens is renewed where it can be, and not where the cookie of an exchange is on its way.
    if (mustSet || (current?.isOutdated === true && !isOvertaken)) {
      const cookies = await issueCookies(config, at, sid, saved?.remembered ?? true)
      // It was not when this began; what was saved nobody will find, and whoever waits is told so.
      if (mustSet) refuseTooLate()
      if (!context.isAnswered()) await context.setCookies(cookies)
    }
    current = { sid, hash, hasAllCookies: true, isOutdated: false }
    record = saved === null ? null : frozen(saved)
    fingerprint = await fingerprintOf(sid)
  }

  async function mint(): Promise<Target> {
    const sid = createSessionId()
    return { sid, hash: await hashSessionId(sid) }
  }

  async function emit(
    type: Exclude<SessionEvent['type'], 'refused'>,
    userId: string | null,
    of = fingerprint,
  ): Promise<void> {
    if (place !== null && of !== null)
      await config.emit({ type, domain: place.domain, fingerprint: of, userId })
  }

  return {
    get record() {
      return record
    },
    get fingerprint() {
      return fingerprint
    },
    emit,

    async write(change, { basedOn } = {}) {
      const result = await inTurn(async (): Promise<WriteResult | { readonly status: 'conflict' }> => {
        const { place: at, visit } = await open({ setsCookie: current?.hasAllCookies !== true })
        refuseBeforeArrival()
        if (basedOn !== undefined && basedOn !== record) return { status: 'conflict' }
        await beFirst(at)
        const from = current ?? (await mint())
        const all: WriteOptions = {
          visit,
          lifetime: config.lifetime,
          ...(basedOn !== undefined && { ifVersion: basedOn?.version ?? 0 }),
        }
        // Another session's version says nothing of this one's, even where the numbers are the same.
        const elsewhere: WriteOptions = basedOn === undefined ? all : { ...all, ifVersion: noVersion }
        const { result: answer, hash } = await follow<WriteResult>(from.hash, (each) =>
          store.write(each, change, each === from.hash ? all : elsewhere),
        )
        if (hash !== from.hash) isOvertaken = true
        if (answer.status === 'saved') {
          await adopt(at, from.sid, hash, answer.record)
        } else {
          if (current !== null) current = { ...current, hash }
          if (answer.status === 'conflict') record = recordOf(answer.current)
        }
        return answer
      })
      // Out of turn: whoever is told may write too.
      if (result.status === 'saved' && result.record.version === 1)
        await emit('created', result.record.userId)
      return result.status
    },

    amend: (change, { basedOn }) =>
      inTurn(async () => {
        const [{ hash }, { visit }] = [current ?? {}, context]
        if (hash === undefined || record === null || visit === null) return 'ended'
        if (context.found?.isLost && !(await staysGuest())) {
          context.noteRefusal()
          return 'ended'
        }
        if (basedOn !== record) return 'conflict'
        const result = await askStore(() =>
          store.write(hash, change, { visit, lifetime: config.lifetime, ifVersion: basedOn.version }),
        )
        if (result.status === 'saved') record = frozen(result.record)
        if (result.status === 'conflict' && result.current.state === 'live')
          record = frozen(result.current.record)
        if (result.status === 'ended') context.noteRefusal()
        return result.status
      }),

    rotate: (userId, { keepData, remembered, lifetime }) =>
      inTurn(async () => {
        const { place: at, visit } = await open()
        refuseBeforeArrival(true)
        await beFirst(at)
        if (record?.userId === null && record.version === 1 && keepData(record) && !(await staysGuest()))
          throw new CrossDomainError('CDS302')
        const { sid, hash } = await mint()
        const [from, before] = [current, record]
        const { result } =
          from === null
            ? await follow(hash, (each) => store.write(each, {}, { userId, remembered, visit, lifetime }))
            : // Not followed: the cookie of the exchange could reach the browser after the new one, and undo the sign-in without a word.
              {
                result: await rotateOrFind(store, {
                  from: from.hash,
                  to: hash,
                  userId,
                  keepData: keepData(before),
                  remembered,
                  visit,
                  lifetime,
                }),
              }
        if (result.status === 'conflict' || result.status === 'ended') throw new CrossDomainError('CDS302')
        await adopt(at, sid, hash, result.record)
        return before
      }),

    end: ({ goesOn }) =>
      inTurn(async () => {
        const { place: at } = await open({ stores: goesOn })
        let last: Omit<Ended, 'status'> = current === null ? (gone ?? {}) : {}
        const ending = current?.hash
        if (ending !== undefined)
          last = await askStore(() => endSession(store, ending, config.lifetime.tombstoneSeconds))
        if (last.successor !== undefined) isOvertaken = true
        // It goes on under an id that this browser has yet to be told, or the session of another user is about to come: nobody may believe to be signed out.
        if (last.rotated || isHere(last.replacedOn)) throw new CrossDomainError('CDS302')
        if (current === null) await beFirst(at)
        else beginsOver = true
        return { at, before: record }
      }),

    begin: (at) =>
      inTurn(async () => {
        const { sid, hash } = await mint()
        await adopt(at, sid, hash, null)
      }),

    forget() {
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
  for (const { data } of Object.values(record.domains)) deepFreeze(data)
  return record
}
