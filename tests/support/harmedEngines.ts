import { Redis } from 'ioredis'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type pg from 'pg'
import { startPostgres } from '../../fixtures/postgres.mjs'
import { startRedis } from '../../fixtures/redis.mjs'
import { ensureTables } from '../../src/postgres.js'
import type { planApp } from './builtApp.js'
import { sleep } from './faults.js'
import { openPool } from './pools.js'
import { postgresFaults } from './postgresFaults.js'
import { type reasons, refusing } from './redisFaults.js'

type App = Awaited<ReturnType<typeof planApp>>
type End = () => unknown

/** What happens to a server, what a built application shows of it, and what it tells who writes. */
interface Fault {
  /** Whom it shows: a guest where the store does not answer. */
  readonly page: 'visitor' | 'guest'
  readonly writer: 'saved' | 'CDS301'
  readonly exchange: 'use_current' | 'CDS301'
  /** What the write has added to the counter when all is over. */
  readonly counts: 0 | 1
  /** @returns What ends it. */
  readonly begin: (app: App, userId: string) => Promise<End>
}

/** Something that a question waits for until its connection is cut. */
interface Hold {
  readonly cut: () => Promise<unknown>
  readonly release: End
}

/** A real server, and what a test can do to it. */
export interface Engine {
  readonly name: string
  readonly driver: 'postgres' | 'ioredis' | 'redis'
  readonly url: () => string
  readonly faults: Readonly<Record<string, Fault>>
  /** What happens again and again while people write. */
  readonly harms: Readonly<Record<string, () => Promise<unknown>>>
  /** Whether the driver sends again what was under way when a connection was cut. */
  readonly repeats: boolean
  readonly holdReader: () => Promise<Hold>
  readonly holdWriter: (userId: string) => Promise<Hold>
}

const silent = { page: 'guest', writer: 'CDS301', exchange: 'CDS301', counts: 0 } as const
/** A page that is only looked at needs nothing that such a server refuses; an exchange burns its claim. */
const unwritable = { ...silent, page: 'visitor' } as const

const crash = async (server: { kill(): Promise<void>; restart(): Promise<void> }): Promise<void> => {
  await server.kill()
  await server.restart()
}

let postgres: Awaited<ReturnType<typeof startPostgres>>
let pool: pg.Pool
let onPostgres: ReturnType<typeof postgresFaults>

const holdRow = async (userId: string): Promise<pg.Client> => {
  const { rows } = await pool.query<{ id: string }>('select id from crossdomain_rows where user_id = $1', [
    userId,
  ])
  return onPostgres.hold(rows[0]?.id ?? '')
}
const waiting = (client: pg.Client): Hold => ({
  cut: () => onPostgres.terminateWaiting(),
  release: () => client.end(),
})

const postgresEngine: Engine = {
  name: 'Postgres through node-postgres',
  driver: 'postgres',
  url: () => postgres.url,
  faults: {
    'is away': { ...silent, begin: () => postgres.kill('SIGINT').then(() => postgres.restart) },
    'is slow': { ...silent, begin: () => onPostgres.freeze() },
    'may only be read': {
      ...unwritable,
      begin: () => onPostgres.readOnly('on').then(() => () => onPostgres.readOnly('off')),
    },
    'has a full disk': { ...unwritable, begin: () => onPostgres.fillDisk() },
    'has no free connection': {
      ...silent,
      begin: () =>
        onPostgres.takeAll().then((taken) => () => Promise.all(taken.map((client) => client.end()))),
    },
    'is there, but the pool is exhausted': {
      ...silent,
      begin: async ({ ask }) => {
        await ask('/pool', { method: 'PUT' })
        return () => ask('/pool', { method: 'DELETE' })
      },
    },
    // The statement goes on waiting when nobody waits for it any more.
    'is slow to write': {
      ...unwritable,
      exchange: 'use_current',
      counts: 1,
      begin: (_, userId) => holdRow(userId).then((client) => () => client.end()),
    },
  },
  harms: {
    'connections are cut': () => onPostgres.terminate(),
    'the server is killed and comes back': () => crash(postgres),
  },
  repeats: false,
  holdReader: () => onPostgres.holdAll().then(waiting),
  holdWriter: (userId) => holdRow(userId).then(waiting),
}

const folder = mkdtempSync(path.join(tmpdir(), 'crossdomain-redis-'))
let redis: Awaited<ReturnType<typeof startRedis>>
let admin: Redis

const cutRedis = () => admin.client('KILL', 'TYPE', 'normal')
const refusal = (reason: (typeof reasons)[number]): Fault => ({
  ...unwritable,
  begin: async () => {
    const { begin, end } = refusing(admin, folder)[reason]
    await begin()
    return end
  },
})
/** To Redis, a script that only reads is one that may write. */
const pause = async (): Promise<Hold> => {
  await admin.client('PAUSE', 60_000, 'WRITE')
  return { cut: () => sleep(100).then(cutRedis), release: () => admin.client('UNPAUSE') }
}

const redisEngine: Omit<Engine, 'name' | 'driver' | 'repeats'> = {
  url: () => redis.url,
  faults: {
    'is away': { ...silent, begin: () => redis.kill('SIGTERM').then(() => redis.restart) },
    'is slow': {
      ...silent,
      begin: async () => {
        process.kill(redis.pid, 'SIGSTOP')
        return () => process.kill(redis.pid, 'SIGCONT')
      },
    },
    'may only be read (READONLY)': refusal('READONLY'),
    'has no memory left (OOM)': refusal('OOM'),
    'has a full disk (MISCONF)': refusal('MISCONF'),
    'has no free connection': {
      ...silent,
      begin: async () => {
        await admin.config('SET', 'maxclients', '1')
        await cutRedis()
        return () => admin.config('SET', 'maxclients', '1000')
      },
    },
    'has forgotten its scripts': {
      page: 'visitor',
      writer: 'saved',
      exchange: 'use_current',
      counts: 1,
      begin: () => admin.script('FLUSH').then(() => () => {}),
    },
  },
  harms: {
    'connections are cut': cutRedis,
    'the server is killed and comes back': () => crash(redis),
    'the server forgets its scripts': () => admin.script('FLUSH'),
  },
  holdReader: pause,
  holdWriter: pause,
}

export const engines: readonly Engine[] = [
  postgresEngine,
  { ...redisEngine, name: 'Redis through ioredis', driver: 'ioredis', repeats: true },
  { ...redisEngine, name: 'Redis through redis', driver: 'redis', repeats: false },
]

/** Starts both servers. @returns What stops them. */
export async function startEngines(): Promise<() => Promise<void>> {
  // What Redis has acknowledged is on its disk. It saves snapshots too, because one that cannot refuses writes.
  redis = await startRedis({
    settings: { appendonly: 'yes', appendfsync: 'always', save: '3600 1', dir: folder },
  })
  admin = new Redis(redis.port).on('error', () => {})
  postgres = await startPostgres({ settings: { max_connections: '20' } })
  pool = openPool(postgres.url, 2)
  onPostgres = postgresFaults(postgres, pool)
  await ensureTables(pool)
  return async () => {
    admin.disconnect()
    await pool.end()
    await Promise.all([postgres.stop(), redis.stop()])
    rmSync(folder, { recursive: true, force: true })
  }
}
