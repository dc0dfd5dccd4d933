import assert from 'node:assert/strict'
import type { SessionHash } from '../core/store/record.js'
import type { Renewal, RenewalCandidate, Store } from '../core/store/store.js'
import {
  atOnce,
  elsewhere,
  isEnded,
  lifetime,
  liveOf,
  newHash,
  race,
  save,
  stateOf,
  tombstoneSeconds,
  visit,
} from './given.js'
import type { Fact } from './fact.js'

const saveAs = async (store: Store, userId: string | null): Promise<SessionHash> =>
  (await save(store, newHash(), { set: { of: userId } }, { userId })).hash

function renewal(meets: SessionHash, ...candidates: readonly RenewalCandidate[]): Renewal {
  return { candidates, meets, remembered: true, visit, lifetime }
}

/** Asks for a renewal as `check` does, with a ticket of its own. */
async function renewed(store: Store, asked: Renewal): Promise<SessionHash | null> {
  const hashes = asked.candidates.flatMap((each) =>
    each.is === 'lost' ? [each.from, each.after] : [each.from],
  )
  return (await store.redeem(newHash(), 60, [...new Set([...hashes, asked.meets])], asked)).renewed
}

/** An id that was rotated away, and the one where it went. */
async function rotatedAway(
  store: Store,
  on: typeof visit,
  userId: string | null = null,
): Promise<{ readonly after: SessionHash; readonly from: SessionHash }> {
  const [after, from] = [await saveAs(store, null), newHash()]
  await store.rotate({ from: after, to: from, userId, keepData: true, remembered: true, visit: on, lifetime })
  return { after, from }
}

export const renewalFacts: readonly Fact[] = [
  {
    title:
      "a guest's session that meets a user's is renewed with the ticket, once, and the states are those before",
    run: async ({ store }) => {
      const [ticket, from, to] = [newHash(), newHash(), newHash()]
      await save(store, from, { domainSet: { language: 'de' } }, { visit: elsewhere })
      const p = await save(store, from, { set: { cart: ['a'] } })
      const s = await save(store, newHash(), {}, { userId: 'ada' })
      const asked = { ...renewal(s.hash, { from, to, is: 'live' }), remembered: false }
      const states = [
        { state: 'live', record: p },
        { state: 'live', record: s },
      ]
      assert.deepEqual(await store.redeem(ticket, 60, [from, s.hash], asked), {
        first: true,
        states,
        renewed: to,
      })
      const { lastSeenAt, absoluteExpiresAt, domains, ...rest } = await liveOf(store, to)
      assert.deepEqual(rest, {
        hash: to,
        kind: 'cookie',
        userId: null,
        data: { cart: ['a'] },
        version: 1,
        ip: visit.ip,
        userAgent: visit.userAgent,
        createdAt: p.createdAt,
        idleSeconds: lifetime.idleSeconds,
        remembered: false,
      })
      assert.ok(
        Math.abs(absoluteExpiresAt.getTime() - lastSeenAt.getTime() - lifetime.absoluteSeconds * 1000) <= 1,
      )
      assert.deepEqual(domains, {
        ...p.domains,
        [visit.domain]: { data: {}, firstSeenAt: p.domains[visit.domain]?.firstSeenAt, lastSeenAt },
      })
      const ended = { state: 'ended', rotated: true, rotatedOn: visit.domain }
      assert.deepEqual(await stateOf(store, from), ended)
      const again = renewal(s.hash, { from: to, to: newHash(), is: 'live' })
      assert.deepEqual(await store.redeem(ticket, 60, [from], again), {
        first: false,
        states: [ended],
        renewed: null,
      })
      assert.equal((await stateOf(store, to)).state, 'live')
    },
  },
  {
    title: 'a blank id is renewed too, and a write that comes late is refused',
    run: async ({ store }) => {
      const [from, to] = [newHash(), newHash()]
      assert.equal(await renewed(store, renewal(await saveAs(store, 'ada'), { from, to, is: 'blank' })), to)
      const { data, userId, version } = await liveOf(store, to)
      assert.deepEqual([data, userId, version], [{}, null, 1])
      assert.deepEqual(await store.write(from, { set: { late: 1 } }, { visit, lifetime }), {
        status: 'ended',
        rotated: true,
      })
    },
  },
  {
    title: 'nothing is renewed that meets nobody, a guest, or a session that is over',
    run: async ({ store, advanceSeconds }) => {
      const over = await saveAs(store, 'ada')
      await store.end(over, tombstoneSeconds)
      const expired = newHash()
      await save(store, expired, {}, { userId: 'ada', lifetime: { ...lifetime, idleSeconds: 1 } })
      await advanceSeconds(1.1)
      for (const meets of [newHash(), await saveAs(store, null), over, expired]) {
        const guest = await save(store, newHash(), { set: { cart: 1 } })
        const blank = newHash()
        assert.equal(
          await renewed(store, renewal(meets, { from: guest.hash, to: newHash(), is: 'live' })),
          null,
        )
        assert.equal(await renewed(store, renewal(meets, { from: blank, to: newHash(), is: 'blank' })), null)
        assert.deepEqual(
          [await liveOf(store, guest.hash), await stateOf(store, blank)],
          [guest, { state: 'blank' }],
        )
      }
    },
  },
  {
    title:
      'of the candidates the first counts that is what it says, and nothing is renewed where that one has a user',
    run: async ({ store }) => {
      const meets = await saveAs(store, 'ada')
      const ended = newHash()
      await store.end(ended, tombstoneSeconds)
      const own = (from: SessionHash) =>
        [
          { from, to: newHash(), is: 'live' },
          { from, to: newHash(), is: 'blank' },
        ] as const
      const first = async (...froms: readonly SessionHash[]): Promise<SessionHash | null> => {
        const candidates = [...froms.map((from) => own(from)[0]), ...froms.map((from) => own(from)[1])]
        const to = await renewed(store, renewal(meets, ...candidates))
        return candidates.find((each) => each.to === to)?.from ?? null
      }
      const [guest, other, blank] = [await saveAs(store, null), await saveAs(store, null), newHash()]
      assert.equal(await first(guest, other), guest)
      assert.equal(await first(guest, blank, other), other)
      assert.equal(await first(guest, ended, blank), blank)
      assert.equal(await first(guest, ended, other, blank), null)
      assert.equal(await first(), null)
      const [late, signedIn] = [await saveAs(store, null), await saveAs(store, 'grace')]
      assert.equal(await first(signedIn, late, newHash()), null)
      assert.equal(await first(newHash(), signedIn, late), null)
      assert.equal((await stateOf(store, late)).state, 'live')
    },
  },
  {
    title:
      'a lost one is renewed whomever it meets, if it is a guest’s and whatever led to it is not under way',
    run: async ({ store }) => {
      const ask = (
        { after, from }: { readonly after: SessionHash; readonly from: SessionHash },
        meets = newHash(),
      ) => {
        const to = newHash()
        return renewed(
          store,
          renewal(meets, { from: after, to: newHash(), is: 'live' }, { from, to, is: 'lost', after }),
        ).then((hash) => (hash === null ? null : hash === to))
      }
      assert.equal(await ask(await rotatedAway(store, elsewhere)), true)
      assert.equal(await ask(await rotatedAway(store, elsewhere), await saveAs(store, 'ada')), true)
      assert.equal(await ask(await rotatedAway(store, visit), await saveAs(store, 'ada')), null)
      assert.equal(await ask(await rotatedAway(store, elsewhere, 'eve'), await saveAs(store, 'ada')), null)
      assert.equal(await ask({ ...(await rotatedAway(store, elsewhere)), from: newHash() }), null)
      const [signedOut, unknown] = [newHash(), newHash()]
      await store.end(signedOut, tombstoneSeconds)
      for (const after of [signedOut, unknown])
        assert.equal(await ask({ after, from: await saveAs(store, null) }), null)
    },
  },
  {
    title: 'of twenty that renew one session at once, one does',
    run: async ({ store, connections }) => {
      for (const from of [await saveAs(store, null), newHash()]) {
        const meets = await saveAs(store, 'ada')
        const targets = Array.from({ length: 20 }, () => newHash())
        const results = await atOnce(20, connections, (on, index) => {
          const to = targets[index] ?? newHash()
          return renewed(on, renewal(meets, { from, to, is: 'live' }, { from, to, is: 'blank' }))
        })
        const winners = results.filter((hash) => hash !== null)
        assert.equal(winners.length, 1)
        const states = await store.read(targets, null)
        assert.deepEqual(
          targets.filter((_, index) => states[index]?.state === 'live'),
          winners,
        )
      }
    },
  },
  {
    title: 'a write at the same moment as a renewal goes along, stays, or is refused, and is never lost',
    run: async ({ store, connections }) => {
      const meets = await saveAs(store, 'ada')
      for (let round = 0; round < 20; round++) {
        const [from, to] = [newHash(), newHash()]
        if (round % 4 < 2) await save(store, from, { set: { before: 1 } })
        const [written, hash] = await race(
          connections,
          round,
          (on) => on.write(from, { set: { late: 1 } }, { visit, lifetime }),
          (on) => renewed(on, renewal(meets, { from, to, is: 'live' }, { from, to, is: 'blank' })),
        )
        // A first write that came between may keep the session where it is: then nothing was renewed.
        assert.equal('late' in (await liveOf(store, hash ?? from)).data, written.status === 'saved')
        if (hash === null) assert.equal((await stateOf(store, to)).state, 'blank')
        else await isEnded(store, from)
      }
    },
  },
  {
    title: 'of a sign-in and a renewal at the same moment one gets the session',
    run: async ({ store, connections }) => {
      const meets = await saveAs(store, 'ada')
      for (let round = 0; round < 10; round++) {
        const [from, to, signedIn] = [await saveAs(store, null), newHash(), newHash()]
        const [rotated, hash] = await race(
          connections,
          round,
          (on) =>
            on.rotate({
              from,
              to: signedIn,
              userId: 'grace',
              keepData: true,
              remembered: true,
              visit,
              lifetime,
            }),
          (on) => renewed(on, renewal(meets, { from, to, is: 'live' })),
        )
        const live = (await store.read([signedIn, to], null)).map(({ state }) => state === 'live')
        assert.deepEqual(live, [rotated.status === 'rotated', hash === to])
        assert.equal(live.filter(Boolean).length, 1)
        await isEnded(store, from)
      }
    },
  },
]
