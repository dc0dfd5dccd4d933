// The store chooses what to renew before `check` looks at what the store saw: both have to mean the same session.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSessionId, hashSessionId } from '../../src/core/values/ids.js'
import { parseOrigin } from '../../src/core/domains/origin.js'
import type { PrimaryCookies } from '../../src/core/exchange/candidate.js'
import { findOnPrimary } from '../../src/core/exchange/primary.js'
import { hashesOf, newStep, primaryIds, renewalOf, renewedSid } from '../../src/core/exchange/renewal.js'
import type { SessionHash, SessionState } from '../../src/core/store/record.js'
import { chooseRenewal } from '../../src/core/store/store.js'
import { lifetime, liveOf, newHash, save, visit } from '../../src/testing/given.js'
import { memoryStore } from '../../src/stores/memory.js'

const place = { domain: parseOrigin(visit.domain), isPrimary: true, cookieDomain: null, path: '/crossdomain' }
const cookie = (sid: string, iat: number) => ({
  sid,
  domain: visit.domain,
  bind: 'bind',
  iat,
  isOutdated: false,
})

async function live(userId: string | null): Promise<SessionState> {
  const store = memoryStore()
  return { state: 'live', record: await liveOf(store, (await save(store, newHash(), {}, { userId })).hash) }
}
const [guest, user] = [await live(null), await live('ada')]
const [blank, ended, rotated] = [
  { state: 'blank' },
  { state: 'ended' },
  { state: 'ended', rotated: true },
] as const
const underWay = { ...rotated, rotatedOn: visit.domain }

const own = fc.constantFrom(guest, guest, user, blank, blank, ended, rotated, rotated, underWay)
/** As far as it got with one cookie: each renewal rotates the session before. */
const chain = fc
  .record({ lost: fc.nat({ max: 2 }), last: own, iat: fc.nat({ max: 9 }) })
  .map(({ lost, last, iat }) => ({ iat, states: [...Array.from({ length: lost }, () => rotated), last] }))

test('what the store renews is what check finds, unless something is under way', async () => {
  const seen = { live: 0, blank: 0, lost: 0, new: 0, none: 0 }
  await fc.assert(
    fc.asyncProperty(
      fc.option(chain),
      fc.option(chain),
      fc.boolean(),
      fc.constantFrom(user, user, guest, blank, ended),
      async (session, link, isSame, theirs) => {
        const sid = createSessionId()
        const cookies: PrimaryCookies = {
          session: session && cookie(sid, session.iat),
          link: link && cookie(isSame ? sid : createSessionId(), link.iat),
        }
        const [ids, none] = [await primaryIds(cookies), await newStep()]
        const states = new Map<SessionHash, SessionState>()
        for (const [which, made] of [
          ['link', link],
          ['session', session],
        ] as const)
          for (const [index, { hash }] of ids[which].entries()) states.set(hash, made?.states[index] ?? blank)
        const meets = newHash()
        states.set(meets, theirs)
        const stateOf = (hash: SessionHash): SessionState => states.get(hash) ?? blank
        const chosen = chooseRenewal(
          renewalOf(cookies, ids, none, { meets, remembered: true, visit, lifetime }),
          stateOf,
        )
        const isNew = chosen?.from === none.hash
        seen[isNew ? 'new' : (chosen?.is ?? 'none')] += 1
        if (hashesOf(ids).some((hash) => stateOf(hash) === underWay)) return
        const found = findOnPrimary(cookies, ids, stateOf, theirs, place)
        if (typeof found === 'string') throw new Error(found)
        expect(found.mustRenew).toBe(chosen !== null && !isNew)
        expect(found.candidate === null && theirs === user).toBe(isNew)
        if (chosen === null) return
        expect(chosen.from).toBe(await hashSessionId(found.candidate?.sid ?? none.sid))
        expect(await hashSessionId(renewedSid(ids, none, found.candidate, chosen.to) ?? '')).toBe(chosen.to)
      },
    ),
    { numRuns: 500 },
  )
  for (const [kind, times] of Object.entries(seen)) expect(times, kind).toBeGreaterThan(0)
})

test('asks of three ids for one cookie, of six for two that differ, and of none for none', async () => {
  const [one, other] = [cookie(createSessionId(), 1), cookie(createSessionId(), 2)]
  const count = async (cookies: PrimaryCookies) => hashesOf(await primaryIds(cookies)).length
  expect([
    await count({ session: one, link: null }),
    await count({ session: one, link: one }),
    await count({ session: one, link: other }),
    await count({ session: null, link: null }),
  ]).toEqual([3, 3, 6, 0])
})
