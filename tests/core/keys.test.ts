// The model of the design, on the real core: random walks of one browser, and of a thief who has copied it.
import { afterEach, describe, expect, test, vi } from 'vitest'
import type * as Changes from '../../src/core/session/changes.js'
import type * as Standing from '../../src/core/store/standing.js'
import type * as Meet from '../../src/core/exchange/meet.js'
import { walk, type Tally } from '../support/explorer/walk.js'

// Sealing is what costs most.
vi.mock('iron-session', async () => (await import('../support/explorer/nothingIsSealed.js')).nothingIsSealed)

const walks = Number(process.env['WALKS'] ?? 2000)
const firstSeed = Number(process.env['WALKS_SEED'] ?? 1)

test(
  'keeps what it acknowledged, brings back nothing that was signed out, and never takes a thief for the user',
  { timeout: 3_600_000 },
  async () => {
    const tally: Tally = new Map()
    for (let seed = firstSeed; seed < firstSeed + walks; seed++) await walk(seed, tally)
    // A walk that does nothing finds nothing.
    for (const done of ['done', 'replaced', 'use_current', 'CDS302', 'CDS410'])
      expect(tally.get(`ada ${done}`), done).toBeGreaterThan(walks / 100)
  },
)

interface Mutant {
  /** What a walk has to find. */
  readonly finds: RegExp
  readonly switchOff: () => void
}

/** Takes away from one guard of the core what it guards. */
const mutants: Readonly<Record<string, Mutant>> = {
  'a cookie without a listed key opens a user’s session': {
    finds: /the thief is ada/,
    switchOff: () =>
      vi.doMock('../../src/core/store/standing.js', async (load) => {
        const real = await load<typeof Standing>()
        const standingOf: typeof real.standingOf = (row, credential, nowMs) =>
          row.state === 'live' ? 'in' : real.standingOf(row, credential, nowMs)
        return { ...real, standingOf }
      }),
  },
  '`check` hands out a key that no row lists': {
    finds: /is lost/,
    switchOff: () =>
      vi.doMock('../../src/core/exchange/meet.js', async (load) => {
        const real = await load<typeof Meet>()
        const share: typeof real.share = (primary, domain, moment, maySetCookies) => {
          const row = { ...primary.row, keys: [] }
          const shared = real.share({ ...primary, row, isOvertaken: false }, domain, moment, maySetCookies)
          return typeof shared === 'string' ? shared : { ...shared, rows: [] }
        }
        return { ...real, share }
      }),
  },
  'a sign-in does not wait for a cookie that is on its way': {
    finds: /is lost/,
    switchOff: () =>
      vi.doMock('../../src/core/session/changes.js', async (load) => {
        const real = await load<typeof Changes>()
        const signIn: typeof real.signIn = (seat, moment, how) =>
          real.signIn({ ...seat, isOvertaken: false }, moment, how)
        return { ...real, signIn }
      }),
  },
  'what begins for an old cookie is not listed at the key of that cookie': {
    finds: /is lost/,
    switchOff: () =>
      vi.doMock('../../src/core/session/changes.js', async (load) => {
        const real = await load<typeof Changes>()
        const write: typeof real.write = (seat, moment, how) => {
          if (seat.standing !== 'out') return real.write(seat, moment, how)
          const decided = real.write({ ...seat, isOvertaken: false }, moment, how)
          return typeof decided === 'string' ? decided : { ...decided, rows: [decided.row] }
        }
        return { ...real, write }
      }),
  },
  'a guest’s cookie becomes a user’s when the primary meets one': {
    finds: /the thief is ada/,
    switchOff: () =>
      vi.doMock('../../src/core/exchange/meet.js', async (load) => {
        const real = await load<typeof Meet>()
        const share: typeof real.share = (primary, domain, moment, maySetCookies) =>
          primary.standing === 'in' || primary.standing === 'blank'
            ? { rows: [], pass: null, id: primary.row.id, keyHash: primary.credential.keyHash }
            : real.share(primary, domain, moment, maySetCookies)
        return { ...real, share }
      }),
  },
}

describe('a few hundred walks find this mistake:', { timeout: 3_600_000 }, () => {
  afterEach(() => {
    for (const file of ['store/standing', 'exchange/meet', 'session/changes'])
      vi.doUnmock(`../../src/core/${file}.js`)
    vi.resetModules()
  })
  test.each(Object.entries(mutants))('%s', async (_, { finds, switchOff }) => {
    vi.resetModules()
    switchOff()
    const weak = await import('../support/explorer/walk.js')
    async function untilOneFails(): Promise<void> {
      for (let seed = 1; seed <= 600; seed++) await weak.walk(seed)
    }
    await expect(untilOneFails()).rejects.toThrow(finds)
  })
})
