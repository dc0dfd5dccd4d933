import type { JsonObject } from '../values/json.js'
import type { SessionHash, SessionKind, SessionRecord, SessionState } from './record.js'

/** Who is asking: recorded with the session at a write, and at a read when what is recorded has become stale. */
export interface Visit {
  /** Origin of the domain, for example `https://shop.example`. */
  readonly domain: string
  readonly ip: string | null
  readonly userAgent: string | null
}

/** How long a session lives; counted by the store's clock. */
export interface Lifetime {
  /** Seconds without a request after which the session expires. */
  readonly idleSeconds: number
  /** Seconds after its creation at which the session expires in any case. */
  readonly absoluteSeconds: number
  /** Seconds for which an ended id is remembered: the longest life of a cookie. */
  readonly tombstoneSeconds: number
}

/** A change by top-level key; what it does not name stays as it is. Sizes and JSON were checked before. */
export interface Change {
  readonly set?: JsonObject
  readonly delete?: readonly string[]
  /** The same for the data of `visit.domain` alone. */
  readonly domainSet?: JsonObject
  readonly domainDelete?: readonly string[]
}

/** Who writes, for how long the session lives then, and what its row is made with if there is none. */
export interface WriteOptions {
  /**
   * Null: the write is nobody's visit. It names no domain, records and slides nothing, and a row that it creates has neither address nor user
   * agent; what the change says of a domain is ignored.
   */
  readonly visit: Visit | null
  readonly lifetime: Lifetime
  /** Used when the write creates the row; default `cookie`. */
  readonly kind?: SessionKind
  /** Used when the write creates the row; default none. */
  readonly userId?: string | null
  /** Used when the write creates the row; default true. */
  readonly remembered?: boolean
  /** Write only if the row has this version; 0 means there is no row yet. Absent: in any case. */
  readonly ifVersion?: number
}

/** What became of a write; whatever is not `saved` has changed nothing. */
export type WriteResult =
  | { readonly status: 'saved'; readonly record: SessionRecord }
  /** `ifVersion` did not match; `current` is what is there. Nothing was written. */
  | { readonly status: 'conflict'; readonly current: SessionState }
  | Ended

/** The id has ended or expired. Nothing was written. `successor`, `rotated` and `replacedOn` as in `SessionState`. */
export interface Ended {
  readonly status: 'ended'
  readonly successor?: SessionHash
  readonly rotated?: true
  readonly replacedOn?: string
}

/** For stores: what a write is told of a session that a read calls ended. */
export function endedFrom(state: SessionState): Ended {
  if (state.state !== 'ended') return { status: 'ended' }
  const { successor, rotated, replacedOn } = state
  return {
    status: 'ended',
    ...(successor && { successor }),
    ...(rotated && { rotated }),
    ...(replacedOn && { replacedOn }),
  }
}

/** A session that goes on under a new id: `from` ends, `to` begins. */
export interface Rotation {
  readonly from: SessionHash
  readonly to: SessionHash
  /** The user of the new session; null for none. */
  readonly userId: string | null
  /** True: data of all scopes and the creation time of `from` go on in `to`. */
  readonly keepData: boolean
  /** Of `to`; false: its cookies go when the browser closes. */
  readonly remembered: boolean
  readonly visit: Visit
  readonly lifetime: Lifetime
}

/** A session that a cookie may name, and the id under which it goes on if it is renewed. */
export type RenewalCandidate =
  | { readonly from: SessionHash; readonly to: SessionHash; readonly is: 'live' | 'blank' }
  /** It is where `after` went, by a renewal whose answer was lost. */
  | { readonly from: SessionHash; readonly to: SessionHash; readonly is: 'lost'; readonly after: SessionHash }

/**
 * A guest's session gets a new id, with its data, in the moment at which it meets a user's: whoever has a copy of the old id gains nothing.
 * `chooseRenewal` says which one, if any.
 */
export interface Renewal extends Pick<Rotation, 'remembered' | 'visit' | 'lifetime'> {
  /** In the order in which they count. */
  readonly candidates: readonly RenewalCandidate[]
  /** The session that it meets. */
  readonly meets: SessionHash
}

/**
 * For stores: what a renewal comes to. Of the candidates the first counts that is `live`, `blank` or `lost` as it says; lost is a live one
 * without a user, whose `after` was rotated and no longer names `visit.domain`. It is renewed if it has no user and the session that it
 * meets has one; a lost one always, because its id may be in other hands.
 */
export function chooseRenewal(
  { candidates, meets, visit }: Renewal,
  stateOf: (hash: SessionHash) => SessionState,
): RenewalCandidate | null {
  const chosen = candidates.find((candidate) => {
    const state = stateOf(candidate.from)
    if (candidate.is !== 'lost') return state.state === candidate.is
    const after = stateOf(candidate.after)
    return (
      state.state === 'live' &&
      state.record.userId === null &&
      after.state === 'ended' &&
      after.rotated === true &&
      after.rotatedOn !== visit.domain
    )
  })
  if (chosen === undefined) return null
  return chosen.is === 'lost' || (userOf(stateOf(chosen.from)) === null && userOf(stateOf(meets)) !== null)
    ? chosen
    : null
}

function userOf(state: SessionState): string | null {
  return state.state === 'live' ? state.record.userId : null
}

/** The content that one session takes from two; see `decide`. */
export type SettledContent = Pick<
  SessionRecord,
  | 'kind'
  | 'userId'
  | 'data'
  | 'domains'
  | 'ip'
  | 'userAgent'
  | 'createdAt'
  | 'idleSeconds'
  | 'absoluteExpiresAt'
  | 'remembered'
>

/** The outcome of an exchange, to be written all at once. A version of 0 means: there was no row. */
export interface Settlement {
  /** The id that survives. `content` null: its row stays as it is (and its version is not looked at). */
  readonly primary: {
    readonly hash: SessionHash
    readonly version: number
    readonly content: SettledContent | null
  }
  /**
   * The id that ends, also when it has no row yet, so that a save still in flight is refused and not lost. Null: nothing to end.
   * For `successorSeconds` its state names the primary's hash as `successor`; or for `rotatedOnSeconds` this domain as `replacedOn`.
   */
  readonly secondary:
    | ({ readonly hash: SessionHash; readonly version: number } & (
        | { readonly successorSeconds: number }
        | { readonly replacedOn: string }
      ))
    | null
  readonly tombstoneSeconds: number
}

/** What came of a ticket; see `Store.redeem`. */
export interface Redeemed {
  readonly first: boolean
  readonly states: readonly SessionState[]
  readonly renewed: SessionHash | null
}

/** How long an id that was rotated or replaced says on which domain that was, in seconds: as long as an answer may take to reach the browser. */
export const rotatedOnSeconds = 10

/** A visit is recorded when the last one is older than this: often enough for a list of devices, rare enough to cost nothing. */
export function touchAfterSeconds(idleSeconds: number): number {
  return Math.min(3600, idleSeconds / 10)
}

/**
 * Where sessions are kept. Every method is atomic, and one round trip where the database can do it in one.
 * A method that cannot reach the database rejects, with whatever error its driver gives; the kit turns it into `CDS301`.
 * Time is the store's own clock; the application's is never asked.
 */
export interface Store {
  /**
   * What is known of each id, in the order asked. Slides the expiry of live rows and records the visit, but writes only
   * when the last visit of this domain is older than `touchAfterSeconds`.
   * @param visit Null: only look; nothing slides and nothing is recorded.
   */
  read(hashes: readonly SessionHash[], visit: Visit | null): Promise<readonly SessionState[]>

  /** Applies a change to one session, and creates its row if there is none. Concurrent changes of different keys all survive. */
  write(hash: SessionHash, change: Change, options: WriteOptions): Promise<WriteResult>

  /**
   * Gives a session a new id: creates `to`, ends `from` (also when it has no row).
   * Answers `ended`, and does nothing, when `from` has ended or expired.
   */
  rotate(rotation: Rotation): Promise<{ readonly status: 'rotated'; readonly record: SessionRecord } | Ended>

  /** Ends a session, also when it has no row. If it ended before, the answer says so as for a write: a `successor` is to be ended too, and what was `rotated` is not over. */
  end(hash: SessionHash, tombstoneSeconds: number): Promise<Ended>

  /** Live sessions of a user, last seen first. */
  listUser(userId: string): Promise<readonly SessionRecord[]>

  /** Ends every session of a user, except `except`. @returns How many it ended. */
  endUser(
    userId: string,
    options: { readonly tombstoneSeconds: number; readonly except?: SessionHash },
  ): Promise<number>

  /**
   * Burns a ticket, reads the sessions that it is about, and renews one of them for whoever burnt it, all at once.
   * @param ttlSeconds How long the ticket has to be remembered as burnt.
   * @param renewal Its hashes are among `hashes`, but for each `to`. Absent: nothing is renewed.
   * @returns `first` is true for exactly one caller per `ticketId`, however many there are. `states` are those before the renewal; `renewed` is
   * the new id's hash, null where nothing was renewed, or where somebody changed that session at the same moment.
   */
  redeem(
    ticketId: string,
    ttlSeconds: number,
    hashes: readonly SessionHash[],
    renewal?: Renewal,
  ): Promise<Redeemed>

  /**
   * Writes the outcome of an exchange if both versions still hold, else nothing and `conflict`.
   * A store that cannot write two sessions in one step must let the next caller finish or undo what a process left half done, so that
   * content is never merged twice.
   */
  settle(settlement: Settlement): Promise<'settled' | 'conflict'>

  /** Deletes at most `limit` rows that nobody can ask for any more: expired sessions, old tombstones, old tickets. @returns How many. */
  sweep(limit: number): Promise<number>
}
