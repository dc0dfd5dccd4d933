import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startRedis } from '../../fixtures/redis.mjs'
import type { SessionHash, SessionRecord } from '../../src/core/store/record.js'
import type { Store } from '../../src/core/store/store.js'
import { kvStore, type UpstashClient } from '../../src/kv.js'
import {
  contentOf,
  lifetime,
  liveOf,
  newHash,
  save,
  savePair,
  stateOf,
  tombstoneSeconds,
  visit,
} from '../../src/testing/given.js'

type Command = (send: () => Promise<unknown>) => Promise<unknown>

let server: Awaited<ReturnType<typeof startRedis>>
let redis: Redis
let store: Store

/** The same connection, with something happening to each command. */
function through(command: Command): Store {
  const client: UpstashClient = {
    eval: (source, keys, args) => command(() => redis.eval(source, keys.length, ...keys, ...args)),
    evalsha: (sha1, keys, args) => command(() => redis.evalsha(sha1, keys.length, ...keys, ...args)),
  }
  return kvStore(client, { timeoutMs: 20_000 })
}

/** A process that dies after so many commands; the last one still reaches the server. */
function dyingAfter(commands: number): Store {
  let sent = 0
  return through(async (send) => {
    if (sent++ < commands) return send()
    throw new Error('this process is dead')
  })
}

const merge = (on: Store, p: SessionRecord, s: SessionRecord) =>
  on.settle({
    primary: {
      hash: p.hash,
      version: p.version,
      content: { ...contentOf(s), data: { ...s.data, ...p.data } },
    },
    secondary: { hash: s.hash, version: s.version, successorSeconds: 60 },
    tombstoneSeconds,
  })

beforeAll(async () => {
  server = await startRedis()
  redis = new Redis(server.url)
  store = kvStore(redis)
  // Every script is known, so that each step is one command.
  const { p, s } = await savePair(store)
  await merge(store, p, s)
  await store.rotate({
    from: p.hash,
    to: newHash(),
    userId: 'ada',
    keepData: true,
    remembered: true,
    visit,
    lifetime,
  })
})
afterAll(async () => {
  redis.disconnect()
  await server.stop()
})

describe('a process that dies in the middle of a settlement', () => {
  // 1 lists the session for its user, then come the three steps.
  for (const commands of [0, 1, 2, 3, 4]) {
    test(`after ${commands} commands: all of it happens or nothing, and content counts once`, async () => {
      const { p, s } = await savePair(store)
      const outcome = await merge(dyingAfter(commands), p, s).catch((error: Error) => error.message)
      expect(outcome).toBe(commands < 4 ? 'this process is dead' : 'settled')
      if (commands < 3) {
        expect([await liveOf(store, p.hash), await liveOf(store, s.hash)]).toEqual([p, s])
        const written = await store.write(s.hash, { set: { late: 1 } }, { visit, lifetime })
        expect(written.status).toBe('saved')
        expect(await merge(store, p, { ...s, version: 2, data: { ...s.data, late: 1 } })).toBe('settled')
        expect((await liveOf(store, p.hash)).data).toEqual({ s: 1, late: 1, p: 1 })
      } else {
        expect((await liveOf(store, p.hash)).data).toEqual({ s: 1, p: 1 })
        expect(await store.write(s.hash, { set: { late: 1 } }, { visit, lifetime })).toEqual({
          status: 'ended',
          successor: p.hash,
        })
        expect(await merge(store, p, s)).toBe('conflict')
      }
      expect(await stateOf(store, s.hash)).toEqual({ state: 'ended', successor: p.hash })
      expect((await liveOf(store, p.hash)).version).toBe(2)
    })
  }

  const next: Readonly<Record<string, (hash: SessionHash) => Promise<unknown>>> = {
    'a look': (hash) => store.read([hash], null),
    'a visit': (hash) => store.read([hash], visit),
    'a write': (hash) => store.write(hash, { set: { late: 1 } }, { visit, lifetime }),
    'an end': (hash) => store.end(hash, tombstoneSeconds),
    'a rotation': (hash) =>
      store.rotate({
        from: hash,
        to: newHash(),
        userId: 'eve',
        keepData: true,
        remembered: true,
        visit,
        lifetime,
      }),
    'another settlement': (hash) =>
      store.settle({
        primary: { hash: newHash(), version: 0, content: null },
        secondary: { hash, version: 1, successorSeconds: 60 },
        tombstoneSeconds,
      }),
    'a ticket': (hash) => store.redeem(newHash(), 60, [hash]),
    "the list of the user's sessions": () => store.listUser('ada'),
    "the end of the user's sessions": () => store.endUser('ada', { tombstoneSeconds }),
  }
  test.each(Object.keys(next))('%s that comes next finishes what has happened', async (title) => {
    const { p, s } = await savePair(store)
    await merge(dyingAfter(3), p, s).catch(() => {})
    // As it is on the server: a read would finish it.
    const raw = () => redis.hgetall(`crossdomain:session:${s.hash}`)
    expect(await raw()).toHaveProperty('m')
    await next[title]?.(s.hash)
    const left = await raw()
    expect(left).toMatchObject({ E: expect.any(String), succ: p.hash })
    for (const gone of ['m', 'mu', 'mx', 'v', 'u', 'd:s']) expect(left).not.toHaveProperty(gone)
    expect((await stateOf(store, p.hash)).state).toBe(title.startsWith('the end') ? 'ended' : 'live')
  })
})

test('whoever finishes a settlement says on which domain the session was replaced, and nothing else', async () => {
  const { p, s } = await savePair(store)
  const secondary = { hash: s.hash, version: s.version, replacedOn: visit.domain }
  await expect(
    dyingAfter(3).settle({ primary: { ...p, content: contentOf(s) }, secondary, tombstoneSeconds }),
  ).rejects.toThrow('dead')
  expect(await store.write(s.hash, { set: { late: 1 } }, { visit, lifetime })).toEqual({
    status: 'ended',
    replacedOn: visit.domain,
  })
  expect(await stateOf(store, s.hash)).toEqual({ state: 'ended', replacedOn: visit.domain })
})

describe('a process that dies in the middle of a rotation', () => {
  for (const commands of [1, 2, 3]) {
    test(`after ${commands} commands: the session is there once, or was never touched`, async () => {
      const { p } = await savePair(store)
      const to = newHash()
      const rotation = { from: p.hash, to, userId: 'ada', keepData: true, remembered: true, visit, lifetime }
      await expect(dyingAfter(commands).rotate(rotation)).rejects.toThrow('dead')
      const moved = commands === 3
      expect((await stateOf(store, p.hash)).state).toBe(moved ? 'ended' : 'live')
      expect((await stateOf(store, to)).state).toBe(moved ? 'live' : 'blank')
      const again = await store.rotate({ ...rotation, to: newHash() })
      expect(again.status).toBe(moved ? 'ended' : 'rotated')
    })
  }
})

describe('a process that dies in the middle of a renewal', () => {
  /** Asks as `check` does, for one session and for what became of it. On a domain of its own, a second time does not wait for the first. */
  async function renew(
    on: Store,
    domain: string,
    { meets, from, to, after }: Readonly<Record<'meets' | 'from' | 'to' | 'after', SessionHash>>,
  ): Promise<SessionHash | null> {
    const candidates = [
      { from, to, is: 'live' },
      { from, to, is: 'blank' },
      { from: to, to: after, is: 'lost', after: from },
    ] as const
    return (
      await on.redeem(newHash(), 60, [from, to, meets], {
        candidates,
        meets,
        remembered: true,
        visit: { ...visit, domain },
        lifetime,
      })
    ).renewed
  }
  const ids = async () => ({
    meets: (await save(store, newHash(), {}, { userId: 'ada' })).hash,
    from: newHash(),
    to: newHash(),
    after: newHash(),
  })

  // One burns the ticket and three look, all at once; then come the three steps.
  for (const commands of [0, 3, 4, 5, 6, 7]) {
    test.each(['saved', 'blank'])(
      `after ${commands} commands: a %s session is there once, and the next exchange renews it`,
      async (kind) => {
        const all = await ids()
        if (kind === 'saved') await save(store, all.from, { set: { cart: 1 } })
        const data = kind === 'saved' ? { cart: 1 } : {}
        const outcome = await renew(dyingAfter(commands), visit.domain, all).catch(
          (error: Error) => error.message,
        )
        expect(outcome).toBe(commands < 7 ? 'this process is dead' : all.to)
        const hasMoved = commands > 5
        expect(await renew(store, 'https://other.example', all)).toBe(hasMoved ? all.after : all.to)
        const states = (await store.read([all.from, all.to, all.after], null)).map((state) =>
          state.state === 'live' ? state.record.data : state.state,
        )
        expect(states).toEqual(hasMoved ? ['ended', 'ended', data] : ['ended', data, 'blank'])
      },
    )
  }

  test('that sleeps before the first step leaves a session alone that has a user by then', async () => {
    const all = await ids()
    await save(store, all.from, { set: { cart: 1 } })
    const other = await save(store, newHash(), {}, { userId: 'grace' })
    let commands = 0
    const sleepy = through(async (send) => {
      if (++commands === 5) {
        const content = { ...contentOf(other), data: { of: 'grace' } }
        const secondary = { hash: other.hash, version: 1, successorSeconds: 60 }
        expect(
          await store.settle({
            primary: { hash: all.from, version: 1, content },
            secondary,
            tombstoneSeconds,
          }),
        ).toBe('settled')
      }
      return send()
    })
    expect(await renew(sleepy, visit.domain, all)).toBeNull()
    expect(await liveOf(store, all.from)).toMatchObject({ userId: 'grace', data: { of: 'grace' } })
    expect((await stateOf(store, all.to)).state).toBe('blank')
    // Nobody has to wait for it.
    expect(await redis.hexists(`crossdomain:session:${all.from}`, 'm')).toBe(0)
  })

  test('before its last step: a session that was never saved is remembered as moved for as long as its cookie lives', async () => {
    const all = await ids()
    await expect(renew(dyingAfter(6), visit.domain, all)).rejects.toThrow('dead')
    expect(await redis.pttl(`crossdomain:session:${all.from}`)).toBeGreaterThan(
      (tombstoneSeconds - 60) * 1000,
    )
  })
})

test('a process that sleeps in the middle wakes up to a conflict, and what was written meanwhile stays', async () => {
  const { p, s } = await savePair(store)
  let commands = 0
  const sleepy = through(async (send) => {
    // Before the commit.
    if (++commands === 3) await new Promise((resolve) => setTimeout(resolve, 2000))
    return send()
  })
  const merging = merge(sleepy, p, s)
  await new Promise((resolve) => setTimeout(resolve, 100))
  const written = await store.write(s.hash, { set: { late: 1 } }, { visit, lifetime })
  expect(written.status).toBe('saved')
  expect(await merging).toBe('conflict')
  expect((await liveOf(store, s.hash)).data).toEqual({ s: 1, late: 1 })
  expect(await liveOf(store, p.hash)).toEqual(p)
})

test('a writer waits for a move that is under way, and is told how it went', async () => {
  const { p, s } = await savePair(store)
  let commands = 0
  const slow = through(async (send) => {
    if (++commands === 3) await new Promise((resolve) => setTimeout(resolve, 200))
    return send()
  })
  const [settled, written] = await Promise.all([
    merge(slow, p, s),
    new Promise((resolve) => setTimeout(resolve, 60)).then(() =>
      store.write(s.hash, { set: { late: 1 } }, { visit, lifetime }),
    ),
  ])
  expect([settled, written]).toEqual(['settled', { status: 'ended', successor: p.hash }])
})

describe.each([
  ['listed', 2],
  ['made', 3],
] as const)(
  "a session that moves while its user's sessions are ended, before the new one is %s",
  (_, step) => {
    const move = (on: Store, from: SessionRecord, to: SessionHash) => [
      () =>
        on.rotate({
          from: from.hash,
          to,
          userId: from.userId,
          keepData: true,
          remembered: true,
          visit,
          lifetime,
        }),
      () =>
        on.settle({
          primary: { hash: to, version: 0, content: contentOf(from) },
          secondary: { hash: from.hash, version: from.version, successorSeconds: 60 },
          tombstoneSeconds,
        }),
    ]

    test.each([
      ['a rotation', 0],
      ['a settlement', 1],
    ] as const)('%s: what it becomes is ended too', async (_name, kind) => {
      const [userId, to] = [newHash(), newHash()]
      const from = await save(store, newHash(), { set: { a: 1 } }, { userId })
      let commands = 0
      const slow = through(async (send) => {
        if (++commands === step) await new Promise((resolve) => setTimeout(resolve, 300))
        return send()
      })
      const moving = move(slow, from, to)[kind]?.()
      await new Promise((resolve) => setTimeout(resolve, 60))
      expect(await store.endUser(userId, { tombstoneSeconds })).toBe(1)
      await moving
      expect((await store.read([from.hash, to], null)).map(({ state }) => state)).toEqual(['ended', 'ended'])
      expect(await store.listUser(userId)).toEqual([])
    })
  },
)
