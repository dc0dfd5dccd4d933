import { preferences, type Candidate, type PrimaryCookies, type Which } from './candidate.js'
import { createSessionId, hashSessionId, renewedIdOf } from '../values/ids.js'
import type { SessionHash, SessionState } from '../store/record.js'
import type { Renewal, RenewalCandidate } from '../store/store.js'

/** How many lost renewals in a row are followed. */
const maxRenewals = 2

interface Id {
  readonly sid: string
  readonly hash: SessionHash
}

/** An id, the one under which its session goes on if it is renewed, and the one that it would be the renewal of. */
export interface Step extends Id {
  readonly renewed: Id
  readonly after: SessionHash | null
}

/** The ids that the primary's cookies name: their own first, then those that lost renewals may have led to. Empty for a cookie that is not there. */
export type PrimaryIds = Readonly<Record<Which, readonly Step[]>>

export async function primaryIds({ session, link }: PrimaryCookies): Promise<PrimaryIds> {
  const own = await stepsOf(session?.sid)
  return { session: own, link: link?.sid === session?.sid ? own : await stepsOf(link?.sid) }
}

/** For a browser without a session here: what becomes a user's gets a row before, so that `replace` sees whether anybody has used it meanwhile. */
export async function newStep(): Promise<Step> {
  const id = await idOf(createSessionId())
  return { ...id, renewed: await idOf(await renewedIdOf(id.sid)), after: null }
}

async function stepsOf(sid: string | undefined): Promise<Step[]> {
  if (sid === undefined) return []
  const steps: Step[] = []
  let id = await idOf(sid)
  let after: SessionHash | null = null
  while (steps.length <= maxRenewals) {
    const renewed = await idOf(await renewedIdOf(id.sid))
    steps.push({ ...id, renewed, after })
    after = id.hash
    id = renewed
  }
  return steps
}

async function idOf(sid: string): Promise<Id> {
  return { sid, hash: await hashSessionId(sid) }
}

/**
 * A guest's session whose id was renewed, by an answer that never reached the browser. One that has a user by now is not for whoever has the
 * old id.
 */
export function findLost(
  cookies: PrimaryCookies,
  ids: PrimaryIds,
  stateOf: (hash: SessionHash) => SessionState,
): Candidate | null {
  for (const which of ['session', 'link'] as const) {
    for (const { sid, hash } of ids[which].slice(1)) {
      const state = stateOf(hash)
      if (state.state !== 'live' || state.record.userId !== null) continue
      return {
        sid,
        state: 'live',
        userId: null,
        isInLinkCookie: false,
        isInBothCookies: false,
        remembered: cookies[which]?.transient !== true,
      }
    }
  }
  return null
}

/**
 * What the store is to renew if it finds what `findOnPrimary` says. A blank one is renewed as well: a first write on its way is refused
 * then, and not left behind. So is `minted`, where there is nothing else.
 */
export function renewalOf(
  cookies: PrimaryCookies,
  ids: PrimaryIds,
  minted: Step,
  rest: Omit<Renewal, 'candidates'>,
): Renewal {
  const own = preferences(cookies).flatMap(([which, is]) =>
    ids[which]
      .slice(0, 1)
      .map(({ hash, renewed }): RenewalCandidate => ({ from: hash, to: renewed.hash, is })),
  )
  const lost = stepsIn(ids).flatMap(({ hash, renewed, after }): RenewalCandidate[] =>
    after === null ? [] : [{ from: hash, to: renewed.hash, is: 'lost', after }],
  )
  return {
    ...rest,
    candidates: [...own, ...lost, { from: minted.hash, to: minted.renewed.hash, is: 'blank' }],
  }
}

/** The id behind a hash that `renewalOf` named. @param candidate What was found here: where there is something, `minted` is not its renewal. */
export function renewedSid(
  ids: PrimaryIds,
  minted: Step,
  candidate: Candidate | null,
  hash: SessionHash | null,
): string | null {
  const steps = candidate === null ? [minted] : stepsIn(ids)
  return steps.find(({ renewed }) => renewed.hash === hash)?.renewed.sid ?? null
}

export function hashesOf(ids: PrimaryIds): SessionHash[] {
  return stepsIn(ids).map(({ hash }) => hash)
}

function stepsIn({ session, link }: PrimaryIds): readonly Step[] {
  return link === session ? session : [...session, ...link]
}
