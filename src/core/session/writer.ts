import type { Place } from '../domains/place.js'
import { CrossDomainError } from '../errors/catalogue.js'
import type { SessionEvent } from '../events.js'
import { credentialOf, issueCookies, newPass } from '../request/cookies.js'
import type { Visit } from '../request/incoming.js'
import { frozen, userOf, type Row, type SessionRecord } from '../store/row.js'
import type { Credential, Seat } from '../store/standing.js'
import { storeCall } from '../store/storeCall.js'
import { fingerprintOf } from '../values/ids.js'
import * as changes from './changes.js'
import type { Change, Moment, Pass, Refusal } from './changes.js'
import type { SessionContext } from './context.js'
import { applyPatch, type Patch } from './patch.js'

/** How often a request tries again while others change the same session. Each time, one of them gets on. */
const mostAttempts = 100

const reasons: Readonly<Record<Refusal, string>> = {
  arriving: 'a newer cookie is on its way to this browser',
  ended: 'the session ended while this request ran',
}

/**
 * What one request does to its session. Every method asks the store once, unless somebody else changes the
 * session at that moment. Calls at the same time are done one after the other: all of them go to one session,
 * and the cookie of the last one counts.
 *
 * All methods throw `CDS201`, `CDS205`, `CDS206`, `CDS209`, `CDS212`, `CDS213`, `CDS301`, `CDS302` or
 * `CDS303` if nothing was written.
 */
export interface Writer {
  /** The session as this request found it and as its writes leave it. */
  readonly record: SessionRecord | null
  readonly fingerprint: string | null
  /**
   * @param basedOn The `record` that the patch was made of.
   * @returns False if there is a newer record.
   */
  write(patch: Patch, basedOn?: SessionRecord | null): Promise<boolean>
  /** A write that needs no cookie, because the session is there already: possible while a page renders. */
  amend(patch: Patch, basedOn: SessionRecord): Promise<boolean>
  /** @returns The session before. */
  signIn(userId: string, apply: Apply): Promise<SessionRecord | null>
  /** @param goesOn See `changes.end`. @returns The session before, and where its cookies are. */
  end(
    goesOn: 'blank' | 'nowhere' | { readonly with: Apply },
  ): Promise<{ at: Place; before: SessionRecord | null }>
  /** Forgets the session: its cookies are being removed. */
  forget(): void
  /** @param of Default: the present `fingerprint`. */
  emit(type: Told, userId: string | null, of?: string | null): Promise<void>
}

type Told = Exclude<SessionEvent['type'], 'refused'>

/** Makes a session's new content. @param before Null: nothing was saved. */
type Apply = (before: SessionRecord | null, nowMs: number, visit: Visit) => SessionRecord

export function createWriter(context: SessionContext): Writer {
  const { config, rows, place, failure, kind, found } = context
  let pass: Pass | null = found?.cookie ?? null
  let credential: Credential | null = found?.seat.credential ?? null
  /** The session's cookies that the browser has. With some of them, it finds what was written without another. */
  let held: 'none' | 'some' | 'all' =
    found === null || found.isNew === true ? 'none' : found.hasAllCookies ? 'all' : 'some'
  let isOutdated = found?.isOutdated ?? false
  /** The row that `record` is from: a write is meant for that session. Null if this request has seen none. */
  let seen: Row | null = null
  let record: SessionRecord | null = null
  let fingerprint = found === null ? null : fingerprintOf(found.seat.row.id, found.seat.row.signIns)
  if (found?.seat.standing === 'in') note(found.seat.row)

  let lastTurn: Promise<unknown> = Promise.resolve()
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = lastTurn.then(work)
    lastTurn = turn.catch(context.noteRefusal)
    return turn
  }

  async function open({ stores = true, setsCookie = true } = {}): Promise<{ place: Place; visit: Visit }> {
    if (kind === 'cookie' && !(await context.canSetCookies())) throw new CrossDomainError('CDS201')
    if (kind === 'cookie' && setsCookie) refuseTooLate()
    if (failure !== null) throw failure
    if (place === null || context.visit === null) {
      throw new CrossDomainError('CDS205', `the host is ${context.host}`)
    }
    if (context.writeRefusal !== null) throw new CrossDomainError(context.writeRefusal)
    if (kind === 'api' && record === null) throw new CrossDomainError('CDS209')
    if (kind === 'cookie' && stores && !(await context.hasConsent())) throw new CrossDomainError('CDS206')
    return { place, visit: context.visit }
  }

  function refuseTooLate(): void {
    if (context.isAnswered())
      throw new CrossDomainError('CDS201', 'this takes a cookie, and no answer can bring it any more')
  }

  function note(row: Row): void {
    seen = row.state === 'live' ? row : null
    record = row.state === 'live' ? frozen(row.session) : null
    fingerprint = fingerprintOf(row.id, row.signIns)
  }

  function credentialFor(of: Pass, { domain }: Place): Credential {
    return credentialOf(config, { ...of, domain, iat: config.clock() })
  }

  /** Decides, writes, and does it again if somebody was faster. */
  function change<T extends Change | null | 'conflict'>(
    at: Place,
    decide: (seat: Seat, moment: Moment) => T | Refusal,
  ): Promise<T> {
    return storeCall(async () => {
      const fresh = newPass()
      for (let attempt = 0; attempt < mostAttempts; attempt++) {
        const seat = await rows.seat((credential ??= credentialFor((pass ??= newPass()), at)))
        const decided = decide(seat, { nowMs: rows.nowMs, fresh })
        if (decided === 'arriving' || decided === 'ended')
          throw new CrossDomainError('CDS302', reasons[decided])
        if (decided === null || decided === 'conflict') return decided
        if (await rows.swap((decided as Change).rows)) return decided
      }
      throw new CrossDomainError('CDS303')
    })
  }

  /** Writes what was made of `basedOn`, or notes what is there instead. */
  function changeContent(
    at: Place,
    visit: Visit,
    patch: Patch,
    basedOn: SessionRecord | null | undefined,
    isAmending: boolean,
  ) {
    return change(at, (seat, { nowMs, fresh }): (Change & { isFirst: boolean }) | Refusal | 'conflict' => {
      let isFirst = false
      const apply = (before: SessionRecord | null): SessionRecord => {
        isFirst = before === null
        return applyPatch(before ?? changes.newRecord(nowMs, visit, config.lifetime), patch, visit, nowMs)
      }
      // A key is listed only for a cookie that will arrive: others would wait for it.
      const cannot = isAmending || kind === 'api' || (held !== 'none' && context.isAnswered())
      const cookie = cannot ? 'cannot' : held !== 'all' || isOutdated ? 'must' : 'may'
      const change = changes.write(seat, { nowMs, fresh }, { seen: record, cookie, apply })
      if (typeof change === 'string') return change
      const decided = { ...change, isFirst }
      if (basedOn === undefined) return decided
      const isCurrent =
        seat.standing !== 'in' || (seen?.id === seat.row.id && seen.version === seat.row.version)
      if (basedOn === record && isCurrent) return decided
      if (seat.standing === 'in') note(seat.row)
      return 'conflict'
    })
  }

  /** Cookies follow the store: they are set when it has agreed. */
  async function adopt(at: Place, { row, pass: next }: Change, settled = context.isSettled): Promise<void> {
    if (kind === 'cookie' && next !== null) {
      const remembered = row.state !== 'live' || row.session.remembered
      const issued = { ...next, signIns: row.signIns, remembered, settled }
      const cookies = await issueCookies(config, at, issued)
      // The answer has begun meanwhile, so the cookie reaches nobody, and nobody will find what was saved.
      if (held === 'none') refuseTooLate()
      if (!context.isAnswered()) await context.setCookies(cookies)
      held = 'all'
      isOutdated = false
      pass = next
      credential = credentialFor(next, at)
      if (row.state === 'blank') rows.begin(row.id)
    }
    note(rows.get(row.id))
  }

  async function emit(type: Told, userId: string | null, of = fingerprint): Promise<void> {
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

    async write(patch, basedOn) {
      const changed = await inTurn(async () => {
        const { place: at, visit } = await open({ setsCookie: held === 'none' })
        const result = await changeContent(at, visit, patch, basedOn, false)
        if (result !== 'conflict') await adopt(at, result)
        return result
      })
      if (changed === 'conflict') return false
      // After this turn, because the listener may write too.
      if (changed.isFirst) await emit('created', record?.userId ?? null)
      return true
    },

    amend: (patch, basedOn) =>
      inTurn(async () => {
        const { visit } = context
        if (place === null || visit === null) return false
        const changed = await changeContent(place, visit, patch, basedOn, true)
        if (changed !== 'conflict') note(rows.get(changed.row.id))
        return changed !== 'conflict'
      }),

    signIn: (userId, apply) =>
      inTurn(async () => {
        const { place: at, visit } = await open()
        let before: SessionRecord | null = null
        const changed = await change(at, (seat, moment) => {
          // The same user's session is taken up again, even if this cookie is out of it.
          const isOurs = seat.standing === 'in' || userOf(seat.row) === userId
          before = isOurs ? changes.sessionOf(seat.row) : null
          return changes.signIn(seat, moment, { userId, apply: (old) => apply(old, moment.nowMs, visit) })
        })
        await adopt(at, changed)
        return before
      }),

    end: (goesOn) =>
      inTurn(async () => {
        const { place: at, visit } = await open({ stores: goesOn !== 'nowhere' })
        const before = record
        const decide = (seat: Seat, moment: Moment): Change | Refusal | null => {
          // The user has signed out already, and a guest may be using the session that began then.
          const isOver = before !== null && before.userId !== null && userOf(seat.row) === null
          if (goesOn === 'blank' && isOver) return null
          if (typeof goesOn === 'string') return changes.end(seat, moment, goesOn)
          // What is kept is what this request has seen, and not what a user has brought since.
          if (userOf(seat.row) !== (before?.userId ?? null)) return 'ended'
          return changes.end(seat, moment, { with: (old) => goesOn.with(old, moment.nowMs, visit) })
        }
        let changed = await change(at, decide)
        if (changed === null) {
          // That was so when the request began. Somebody may have signed in since, and is to be signed out.
          rows.forget()
          changed = await change(at, decide)
        }
        // What the application kept before ends, too.
        if (changed !== null) await adopt(at, changed, config.adopt !== null)
        return { at, before: changed === null ? null : before }
      }),

    forget() {
      // The cookie's key is not forgotten: a write that follows lists there where this browser goes on.
      held = 'none'
      seen = null
      record = null
      fingerprint = null
    },
  }
}
