import { newCookieMs, rememberedMs, type Key, type Row } from './row.js'

/** What a cookie says, in the form in which it can be compared with a row. */
export interface Credential {
  readonly id: string
  readonly keyHash: string
  /** The listed origin that the cookie belongs to. */
  readonly domain: string
  /** Milliseconds since the cookie was made. */
  readonly ageMs: number
  /** The other cookie of the primary, which this request has brought as well: it has arrived. */
  readonly other?: { readonly id: string; readonly keyHash: string }
}

/**
 * What a cookie is worth.
 * `blank`: nothing was saved yet. `in`: it opens the session. `out`: it does not, or no longer.
 * `arriving`: it does not, and a newer cookie of this domain is on its way to the browser.
 */
export type Standing = 'blank' | 'in' | 'arriving' | 'out'

/**
 * For how long a cookie may be on its way, in milliseconds, counted from when its key was listed: the longest
 * time that a request may take plus the way of its answer.
 */
export const arrivingMs = 10_000

/** A cookie and the row that it leads to, as a request found them. */
export interface Seat {
  readonly credential: Credential
  /** The last row of the way from the cookie's id. */
  readonly row: Row
  readonly standing: Standing
  /** Another cookie is on its way to this browser, on this domain, and this request does not carry it. */
  readonly isOvertaken: boolean
  /**
   * The cookie's own key says that its holder goes on elsewhere: the cookie that was set then has not
   * arrived.
   */
  readonly isLedAway: boolean
  /** The same, and that was a moment ago, so the cookie can still arrive. */
  readonly isOnItsWay: boolean
}

/**
 * The only place that decides what a cookie is worth.
 *
 * The cookie of a guest is good because it names the session. That of a user is good only if its key was
 * listed after the sign-in: whoever copied a cookie before has the id, and no such key.
 */
export function standingOf(row: Row, credential: Credential, nowMs: number): Standing {
  if (row.state === 'blank') return isForgotten(row, credential) ? 'out' : 'blank'
  if (row.state === 'live' && (row.session.userId === null || opens(row, credential))) return 'in'
  return newerKeys(row, credential, nowMs).length > 0 ? 'arriving' : 'out'
}

/** The row may have been deleted, so nothing is known of this id, and nothing begins under it. */
function isForgotten(row: Row, { id, ageMs }: Credential): boolean {
  // The clock that made a cookie may have been ahead. If it was by too much, the cookie would count as new
  // for longer than a row is remembered.
  const isTooEarly = ageMs < newCookieMs - rememberedMs
  return row.version === 0 && row.id === id && (ageMs > newCookieMs || isTooEarly)
}

function opens({ keys }: Row, { keyHash, domain }: Credential): boolean {
  return keys.some(({ hash, domain: of, is }) => hash === keyHash && of === domain && is === 'good')
}

/** Keys of this domain that were listed a moment ago: the cookies that hold them may not have arrived yet. */
export function newerKeys({ keys }: Row, credential: Credential, nowMs: number): readonly Key[] {
  const { keyHash, other, domain } = credential
  // A key that leads away: if the other cookie holds it, the one that was set then has not arrived. If the
  // other cookie names the row that it leads to, that is the one.
  const isBrought = ({ hash, is }: Key): boolean =>
    hash === keyHash || (typeof is === 'string' ? hash === other?.keyHash : is.to === other?.id)
  return keys.filter((key) => key.domain === domain && !isBrought(key) && isRecent(key, nowMs))
}

export function isRecent({ atMs }: Key, nowMs: number): boolean {
  // A store whose clock was set back is not to wait for what is still to come.
  return Math.abs(nowMs - atMs) < arrivingMs
}

/** The row in which the holder of this cookie goes on, if this row says so. */
export function ownWay(
  { keys }: Row,
  { keyHash }: Credential,
): { readonly to: string; readonly key: Key } | null {
  for (const key of keys)
    if (key.hash === keyHash && typeof key.is === 'object') return { to: key.is.to, key }
  return null
}

/**
 * Lists a new key for whoever presents another one. The cookie of that one has arrived, so only the new one
 * is on its way. Otherwise a visitor who has just signed in could not sign out and in again for ten seconds.
 */
export function listKey(keys: readonly Key[], { keyHash }: Credential, key: Key): readonly Key[] {
  const hasArrived = (other: Key): boolean => other.hash === keyHash && typeof other.is === 'string'
  const atMs = key.atMs - arrivingMs
  return [...keys.map((other) => (hasArrived(other) && other.atMs > atMs ? { ...other, atMs } : other)), key]
}

/**
 * The most keys of one domain that stay good: a browser uses the newest, or the one before if an answer was
 * lost.
 */
const mostGoodKeys = 4

/**
 * The same for keys that lead elsewhere. A browser has one, and whoever has collected its cookies fills no
 * row.
 */
const mostLeads = 20

/** The row's keys, without those that no longer mean anything. */
export function keptKeys({ keys }: Row, nowMs: number): readonly Key[] {
  const counts = new Map<string, number>()
  return [...keys]
    .sort((a, b) => b.atMs - a.atMs)
    .filter((key) => {
      if (key.is === 'handed-out') return isRecent(key, nowMs)
      const kind = `${typeof key.is} ${key.domain}`
      const count = (counts.get(kind) ?? 0) + 1
      counts.set(kind, count)
      return count <= (key.is === 'good' ? mostGoodKeys : mostLeads)
    })
}

/** The same, but nobody is in by these keys any more. Keys that are on their way stay listed. */
export function keysWithoutRights({ keys }: Row, nowMs: number): readonly Key[] {
  return keys.flatMap((key): Key[] => {
    if (typeof key.is === 'object') return [key]
    return isRecent(key, nowMs) ? [{ ...key, is: 'handed-out' }] : []
  })
}

/** The keys of a row, with the one of this cookie leading to another row. */
export function leadAway(
  row: Row,
  { keyHash, domain }: Credential,
  to: string,
  nowMs: number,
): readonly Key[] {
  const others = keptKeys(row, nowMs).filter(({ hash }) => hash !== keyHash)
  return [...others, { hash: keyHash, domain, is: { to }, atMs: nowMs }]
}
