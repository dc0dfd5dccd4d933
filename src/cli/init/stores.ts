import type { Project } from './project.js'

/** Where sessions may be kept. */
export type StoreName = 'postgres' | 'redis' | 'sqlite' | 'memory'

/** The lines of `session.ts` that make a store. */
export interface StoreChoice {
  readonly imports: readonly string[]
  /** Statements before the call. */
  readonly setup: readonly string[]
  readonly store: string
  /** Packages that it needs. */
  readonly packages: readonly string[]
  /** Variable with the address of the database, if it needs one. */
  readonly variable: string | null
  /** What is to be done once. */
  readonly once: string | null
}

export const storeNames: readonly StoreName[] = ['postgres', 'redis', 'sqlite', 'memory']

/** The store that fits what the project has installed. */
export function likelyStore({ packages }: Project): StoreName {
  return packages.has('ioredis') || packages.has('redis') || packages.has('@upstash/redis')
    ? 'redis'
    : 'postgres'
}

export function chooseStore(name: StoreName, { packages, isTypeScript }: Project): StoreChoice {
  switch (name) {
    case 'postgres':
      return packages.has('pg') ? pg(isTypeScript) : neon
    case 'redis':
      return packages.has('@upstash/redis') ? upstash : ioredis
    case 'sqlite':
      return sqlite
    case 'memory':
      return memory(isTypeScript)
    default:
      return name satisfies never
  }
}

const ofPostgres = "import { postgresStore } from 'next-crossdomain-session/postgres'"
const table = 'psql "$DATABASE_URL" -f node_modules/next-crossdomain-session/sql/postgres.sql'

const neon: StoreChoice = {
  imports: ["import { neon } from '@neondatabase/serverless'", ofPostgres],
  setup: [],
  store: "postgresStore(neon(process.env.DATABASE_URL ?? ''))",
  packages: ['@neondatabase/serverless'],
  variable: 'DATABASE_URL',
  once: table,
}

const pg = (isTypeScript: boolean): StoreChoice => ({
  ...neon,
  imports: ["import { Pool } from 'pg'", ofPostgres],
  setup: [
    '// If you have a pool already, use that one.',
    'const pool = new Pool({ connectionString: process.env.DATABASE_URL, connectionTimeoutMillis: 2000 })',
    "pool.on('error', console.error)",
  ],
  store: 'postgresStore(pool)',
  packages: isTypeScript ? ['pg', '@types/pg'] : ['pg'],
})

const ofRedis = "import { kvStore } from 'next-crossdomain-session/kv'"

const ioredis: StoreChoice = {
  imports: ["import { Redis } from 'ioredis'", ofRedis],
  setup: [],
  store: "kvStore(new Redis(process.env.REDIS_URL ?? '', { lazyConnect: true }))",
  packages: ['ioredis'],
  variable: 'REDIS_URL',
  once: null,
}

const upstash: StoreChoice = {
  imports: ["import { Redis } from '@upstash/redis'", ofRedis],
  setup: [],
  store: 'kvStore(Redis.fromEnv())',
  packages: ['@upstash/redis'],
  variable: 'UPSTASH_REDIS_REST_URL',
  once: null,
}

const sqlite: StoreChoice = {
  imports: ["import { sqliteStore } from 'next-crossdomain-session/sqlite'"],
  setup: [],
  store: "sqliteStore('sessions.db')",
  packages: [],
  variable: null,
  once: null,
}

const memory = (isTypeScript: boolean): StoreChoice => ({
  imports: ["import { memoryStore } from 'next-crossdomain-session/memory'"],
  setup: [
    '// One for the process: Next.js loads this file several times. It forgets everything at a restart.',
    `const shared = globalThis${isTypeScript ? ' as { sessionStore?: ReturnType<typeof memoryStore> }' : ''}`,
    'const store = (shared.sessionStore ??= memoryStore())',
  ],
  store: 'store',
  packages: [],
  variable: null,
  once: null,
})
