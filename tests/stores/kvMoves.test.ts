// A swap of two rows on a real cluster of three nodes: other requests come between any two of its commands.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { Cluster } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startRedisCluster } from '../../fixtures/redis.mjs'
import type { Rows, Store } from '../../src/core/store/store.js'
import { kvStore, type UpstashClient } from '../../src/kv.js'
import { change, write } from '../../src/testing/given.js'
import { idsOnThreeNodes, oneByOne, teachScripts } from '../support/redisCommands.js'

type Ids = Awaited<ReturnType<typeof idsOnThreeNodes>>

const options = { timeoutMs: 20_000, cluster: true }
let cluster: Awaited<ReturnType<typeof startRedisCluster>>
let redis: Cluster
let store: Store

beforeAll(async () => {
  cluster = await startRedisCluster()
  redis = new Cluster([{ host: '127.0.0.1', port: Number(new URL(cluster.url).port) }])
  store = kvStore(redis, options)
  await teachScripts(store)
}, 60_000)
afterAll(async () => {
  redis.disconnect()
  await cluster.stop()
})

const versionIn = ({ rows }: Rows, id: string): number => rows.find((row) => row.id === id)?.version ?? 0
const hasMoved = ({ rows }: Rows, id: string): boolean =>
  rows.find((row) => row.id === id)?.value['moved'] === true

/** Adds to rows as they are, and tries again as long as they change meanwhile. */
async function add(ids: readonly string[], value: Readonly<Record<string, boolean>>): Promise<void> {
  for (let done = false; !done;) {
    const now = await store.read(ids)
    const changes = ids.map((id) =>
      change(id, versionIn(now, id), { ...now.rows.find((row) => row.id === id)?.value, ...value }),
    )
    done = (await store.swap(changes)).done
  }
}

/** Looks again and again, and fails if the move is seen in one row alone, or if a row is older than before. */
function watch([a, b, c]: Ids): () => Promise<Rows> {
  const newest = new Map<string, number>()
  return async () => {
    const now = await store.read([a, b, c])
    for (const seen of [now, await store.read([b]), await store.read([b, a])]) {
      for (const { id, version } of seen.rows) {
        expect(version).toBeGreaterThanOrEqual(newest.get(id) ?? 0)
        newest.set(id, version)
      }
    }
    expect(hasMoved(now, a)).toBe(hasMoved(now, b))
    return now
  }
}

/** What another request does meanwhile, and the rows that it changes. */
const others: Readonly<Record<string, (ids: Ids) => readonly string[]>> = {
  'a read': () => [],
  'a swap of the first row': ([a]) => [a],
  'a swap of the second row': ([, b]) => [b],
  'a swap of both, the other way round': ([a, b]) => [b, a],
  'a swap of the first and a third row': ([a, , c]) => [c, a],
  'a swap of the second and a third row': ([, b, c]) => [b, c],
}

describe.each([
  ['that exist', 1],
  ['that do not exist yet', 0],
])('a swap of two rows %s', (_, version) => {
  test.each(Object.entries(others))(
    'shows in both rows or in neither, with %s between any two of its commands',
    async (_title, changedBy) => {
      // Mark, decide, finish, forget: so before each of four, and not at all.
      for (let number = 0; number <= 4; number++) {
        const ids = await idsOnThreeNodes(redis)
        const [a, b] = ids
        const changed = changedBy(ids)
        if (version > 0) for (const id of ids) await write(store, change(id, 0))
        const look = watch(ids)
        const { client, end } = oneByOne(redis, async (sent) => {
          if (sent !== number) return
          await look()
          if (changed.length > 0) await add(changed, { other: true })
          await look()
        })
        const changes = [a, b].map((id) => change(id, version, { moved: true }))
        const { done, rows } = await kvStore(client, options).swap(
          number % 2 === 0 ? changes : changes.toReversed(),
        )
        const commands = await end()
        const now = await look()
        expect(hasMoved(now, a)).toBe(done)
        if (done) expect(commands).toBe(4)
        else for (const id of [a, b]) expect(versionIn({ nowMs: 0, rows }, id)).toBe(versionIn(now, id))
        const isOtherDone = changed.length > 0 && number < commands
        for (const id of ids) {
          const times = Number(done && id !== ids[2]) + Number(isOtherDone && changed.includes(id))
          expect(versionIn(now, id)).toBe(version + times)
        }
        // It loses only against somebody who was faster, and nobody is after it is decided.
        if (changed.length === 0 || number >= 2) expect(done).toBe(true)
      }
    },
  )

  test('shows a reader both rows changed or neither, whichever of the reader’s commands it comes between', async () => {
    for (const order of ['forth', 'back']) {
      for (let number = 0; number <= 2; number++) {
        const [a, b] = await idsOnThreeNodes(redis)
        if (version > 0) await write(store, change(a, 0), change(b, 0))
        const { client, end } = oneByOne(redis, async (sent) => {
          if (sent !== number) return
          await add([a, b], { moved: true })
          // What comes after it keeps what a reader has to know.
          await add([a], { other: true })
          await add([b], { other: true })
        })
        const seen = await kvStore(client, options).read(order === 'forth' ? [a, b] : [b, a])
        expect(hasMoved(seen, a)).toBe(hasMoved(seen, b))
        expect(hasMoved(seen, a)).toBe(number < 2)
        // Nobody reads twice without a need.
        expect(await end()).toBe(number === 1 ? 4 : 2)
      }
    }
  })
})

/** A store of a process that dies after so many commands. */
function dyingAfter(commands: number): Store {
  const { client } = oneByOne(redis, async (sent) => {
    if (sent >= commands) throw new Error('this process is dead')
  })
  return kvStore(client, options)
}

const keysOf = async (id: string): Promise<string[]> =>
  (await Promise.all(redis.nodes('master').map((node) => node.keys(`*{${id}}*`)))).flat()

describe('a swap of two rows whose process dies', () => {
  const next: Readonly<Record<string, (ids: Ids) => readonly string[]>> = {
    'a swap of the first row': ([a]) => [a],
    'a swap of the second row': ([, b]) => [b],
    'a swap of both': ([a, b]) => [a, b],
    'a swap of the first and a third row': ([a, , c]) => [a, c],
  }
  test.each(Object.entries(next))(
    'after any of its commands is done as a whole or not at all, and %s need not wait',
    async (_, of) => {
      for (let commands = 0; commands <= 4; commands++) {
        const ids = await idsOnThreeNodes(redis)
        const [a, b] = ids
        await write(store, change(a, 0), change(b, 0))
        const swap = dyingAfter(commands).swap([change(b, 1, { moved: true }), change(a, 1, { moved: true })])
        // Once it is decided it is done, whether or not the last steps could be sent.
        if (commands < 2) await expect(swap).rejects.toThrow('dead')
        else expect((await swap).done).toBe(true)
        const look = watch(ids)
        const seen = await look()
        expect(hasMoved(seen, a)).toBe(commands >= 2)
        const started = performance.now()
        await add(of(ids), { next: true })
        expect(performance.now() - started).toBeLessThan(1000)
        // Whoever wrote the first row has finished the move, so that it stands in nobody's way.
        await look()
        if (of(ids).includes(a)) expect(await keysOf(a)).not.toContain(`crossdomain:row:{${a}}:mark`)
      }
    },
  )

  test('is done once, even if its application tries again', async () => {
    for (let commands = 0; commands <= 4; commands++) {
      const [a, b] = await idsOnThreeNodes(redis)
      const changes = [change(a, 0, { moved: true }), change(b, 0, { moved: true })]
      await dyingAfter(commands)
        .swap(changes)
        .catch(() => {})
      const again = await store.swap(changes)
      // A process that died after it had marked the first row is helped to the end.
      expect(again.done).toBe(commands === 0)
      const { rows } = await store.read([a, b])
      expect(rows.map(({ version, value }) => [version, value])).toEqual([
        [1, { moved: true }],
        [1, { moved: true }],
      ])
    }
  })
})

/** Something to wait for. */
function gate() {
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { open, opened }
}

describe('a swap of two rows', () => {
  /** Everything but the last steps. */
  const half = (commands: number, ...changes: Parameters<Store['swap']>) =>
    dyingAfter(commands)
      .swap(...changes)
      .catch(() => {})

  test('writes a first row that expired before the finish, and not again after its new time is over', async () => {
    for (const [before, after] of [
      [300, 60_000],
      [60_000, 300],
    ] as const) {
      const [a, b] = await idsOnThreeNodes(redis)
      await write(store, change(a, 0, {}, { livesMs: before }), change(b, 0))
      await half(2, [change(a, 1, { moved: true }, { livesMs: after }), change(b, 1, { moved: true })])
      await new Promise((resolve) => setTimeout(resolve, 400))
      const expected = after > before ? 2 : 0
      expect(versionIn(await store.read([a, b]), a)).toBe(expected)
      await write(store, change(a, expected, { next: true }))
      expect(hasMoved(await store.read([b]), b)).toBe(true)
    }
  })

  test('is finished even if the second row has expired, because a note says what happened', async () => {
    const [a, b] = await idsOnThreeNodes(redis)
    await write(store, change(a, 0), change(b, 0))
    await half(2, [change(a, 1, { moved: true }), change(b, 1, { moved: true }, { livesMs: 100 })])
    await new Promise((resolve) => setTimeout(resolve, 200))
    const { rows } = await store.read([a, b])
    expect(rows.map(({ id, version }) => [id, version])).toEqual([[a, 2]])
    await write(store, change(a, 2))
  })

  test('is given up if the second row has changed, and then the first row is free', async () => {
    const [a, b] = await idsOnThreeNodes(redis)
    await write(store, change(a, 0, {}, { livesMs: 100 }), change(b, 0))
    await half(1, [change(a, 1, { moved: true }), change(b, 1, { moved: true })])
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect((await store.read([a, b])).rows).toMatchObject([{ id: b, version: 1 }])
    await write(store, change(b, 1, { other: true }))
    // Now it never can be done, so the first row begins anew.
    await write(store, change(a, 0))
    expect(
      (await store.read([a, b])).rows.map(({ version }) => version).sort((one, other) => one - other),
    ).toEqual([1, 2])
  })

  test('is decided once, even if its process wakes up between any two commands of somebody who gives it up', async () => {
    for (let number = 0; number <= 4; number++) {
      const ids = await idsOnThreeNodes(redis)
      const [a, b] = ids
      await write(store, change(a, 0))
      const [asleep, awake] = [gate(), gate()]
      const sleeper = oneByOne(redis, async (sent) => {
        if (sent !== 1) return
        asleep.open()
        await awake.opened
      })
      const sleepy = kvStore(sleeper.client, options).swap([
        change(a, 1, { moved: true }),
        change(b, 0, { moved: true }),
      ])
      await asleep.opened
      // For a moment the second row is there, and the move cannot be done.
      await write(store, change(b, 0, {}, { livesMs: 100 }))
      const { client } = oneByOne(redis, async (sent) => {
        if (sent !== number) return
        await new Promise((resolve) => setTimeout(resolve, 150))
        awake.open()
        await sleepy
      })
      await kvStore(client, options).swap([change(a, 1, { other: true })])
      awake.open()
      const { done } = await sleepy
      await expect.poll(() => keysOf(a)).not.toContain(`crossdomain:row:{${a}}:mark`)
      expect(hasMoved(await watch(ids)(), a)).toBe(done)
    }
  })

  test('answers that it is done if others have finished it and the client repeats its first command', async () => {
    const [a, b] = await idsOnThreeNodes(redis)
    await write(store, change(a, 0), change(b, 0))
    let repeated = false
    const client: UpstashClient = {
      eval: (source, keys, args) => redis.eval(source, keys.length, ...keys, ...args),
      evalsha: async (sha1, keys, args) => {
        const answer = await redis.evalsha(sha1, keys.length, ...keys, ...args)
        if (repeated) return answer
        repeated = true
        await write(store, change(a, 2, { moved: true, other: true }), change(b, 2, { moved: true }))
        return redis.evalsha(sha1, keys.length, ...keys, ...args)
      },
    }
    await expect(
      kvStore(client, options).swap([change(a, 1, { moved: true }), change(b, 1, { moved: true })], [a]),
    ).resolves.toMatchObject({ done: true, rows: [{ id: a, version: 3 }] })
  })

  test('leaves no key without a time to live, and no note for longer than a day', async () => {
    const [a, b] = await idsOnThreeNodes(redis)
    await write(store, change(a, 0, {}, { userId: a }), change(b, 0, {}, { userId: b }))
    const { client, end } = oneByOne(redis, async () => {})
    await kvStore(client, options).swap([change(a, 1), change(b, 1)])
    await end()
    // Two moves have left two notes.
    expect(await keysOf(a)).toHaveLength(1)
    expect(await keysOf(b)).toHaveLength(3)
    const lists = [a, b].map((id) => `crossdomain:user:${id}`)
    for (const key of [...(await keysOf(a)), ...(await keysOf(b)), ...lists]) {
      const ms = await redis.pttl(key)
      expect(ms).toBeGreaterThan(0)
      expect(ms).toBeLessThanOrEqual(key.includes('}:') ? 86_400_000 : 2 * 3_600_000)
    }
  })
})

test('every swap of two rows changes both or neither, while processes die at random', async () => {
  const ids = [...(await idsOnThreeNodes(redis)), ...(await idsOnThreeNodes(redis))]
  const acknowledged: string[] = []
  const rejected: string[] = []
  /** Adds the name to two rows, as one that dies after some commands, in any of its tries. */
  async function process(name: string): Promise<void> {
    const on = Math.random() < 0.5 ? store : dyingAfter(Math.floor(Math.random() * 12))
    const pair = ids.toSorted(() => Math.random() - 0.5).slice(0, 2)
    try {
      for (let done = false; !done;) {
        const now = await on.read(pair)
        const changes = pair.map((id) => {
          const row = now.rows.find((one) => one.id === id)
          return change(id, row?.version ?? 0, { ...row?.value, [name]: pair.toSorted().join() })
        })
        done = (await on.swap(changes)).done
      }
      acknowledged.push(name)
    } catch {
      rejected.push(name)
    }
  }
  for (let round = 0; round < 20; round++)
    await Promise.all(Array.from({ length: 10 }, (_, n) => process(`r${round}n${n}`)))
  const { rows } = await store.read(ids)
  const added = new Map<string, string[]>()
  for (const { id, value } of rows)
    for (const [name, pair] of Object.entries(value)) {
      expect(String(pair).split(',')).toContain(id)
      added.set(name, [...(added.get(name) ?? []), id])
    }
  for (const [name, both] of added) expect(both, name).toHaveLength(2)
  for (const name of acknowledged) expect(added.has(name), name).toBe(true)
  for (const { version, value } of rows) expect(Object.keys(value)).toHaveLength(version)
  expect(Math.min(acknowledged.length, rejected.length)).toBeGreaterThan(20)
})

test('a swap of two rows through a proxy that hides the cluster is refused as a whole, and loses nothing', async () => {
  const hidden: UpstashClient = {
    eval: (source, keys, args) => redis.eval(source, keys.length, ...keys, ...args),
    evalsha: (sha1, keys, args) => redis.evalsha(sha1, keys.length, ...keys, ...args),
  }
  const [a, b] = await idsOnThreeNodes(redis)
  await write(store, change(a, 0))
  const unaware = kvStore(hidden)
  await expect(unaware.swap([change(a, 1), change(b, 0)])).rejects.toThrow('CROSSSLOT')
  await expect(unaware.read([a, b])).rejects.toThrow('CROSSSLOT')
  expect((await store.read([a, b])).rows).toMatchObject([{ id: a, version: 1 }])
  await write(kvStore(hidden, { cluster: true }), change(a, 1), change(b, 0))
})

describe.each(['ioredis', 'redis'])('a process with %s that is killed', (driver) => {
  test('after any command of a swap leaves both rows changed or neither, with their users', async () => {
    // Two that list the users, then mark, decide, finish and forget.
    for (let commands = 0; commands <= 6; commands++) {
      const ids = await idsOnThreeNodes(redis)
      const [a, b] = ids
      await write(store, change(a, 0), change(b, 0))
      const killed = promisify(execFile)(process.execPath, [
        'tests/support/killedProcess.mjs',
        driver,
        cluster.url,
        a,
        b,
        String(commands),
      ])
      await expect(killed).rejects.toMatchObject({ signal: 'SIGKILL' })
      const look = watch(ids)
      const started = performance.now()
      const seen = await look()
      expect(hasMoved(seen, a)).toBe(commands >= 4)
      const listed = await Promise.all([a, b].map((id) => store.listUser(`user-${id}`)))
      expect(listed.map(({ rows }) => rows.length)).toEqual(commands >= 4 ? [1, 1] : [0, 0])
      await add([a, b], { next: true })
      expect(performance.now() - started).toBeLessThan(1000)
      await look()
    }
  }, 60_000)
})
