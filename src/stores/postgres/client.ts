/** A `Pool` or `Client` of `pg`, or of `@neondatabase/serverless`. */
export interface PgClient {
  query(config: {
    readonly name: string | undefined
    readonly text: string
    readonly values: unknown[]
    readonly rowMode: 'array'
    readonly types: { getTypeParser(): (text: string) => string }
  }): Promise<{ readonly rows: unknown[][] }>
}

/** What `neon(url)` of `@neondatabase/serverless` gives: every statement is one request over HTTP. */
export interface NeonClient {
  (strings: TemplateStringsArray, ...values: never[]): unknown
  query(
    text: string,
    values: unknown[],
    options: { arrayMode: true; fullResults: false },
  ): PromiseLike<unknown>
}

/** What `postgres(url)` of postgres.js gives, told by its `begin`. Supabase's guides use it. */
export interface PostgresJsClient {
  unsafe(text: string, values: never[]): { values(): PromiseLike<unknown> }
  readonly begin: unknown
}

/** A `PGlite` of `@electric-sql/pglite`, told by its `exec`. */
export interface PgliteClient {
  query(text: string, values: unknown[], options: { rowMode: 'array' }): Promise<{ rows: unknown[] }>
  readonly exec: unknown
}

/**
 * A connection to Postgres that you already have, told apart by its shape. Of a drizzle database the client
 * below it is used, so drizzle's logger does not see what the kit asks.
 */
export type PostgresClient =
  | PgClient
  | NeonClient
  | PostgresJsClient
  | PgliteClient
  | { readonly $client: PostgresClient }

/** Arrays of columns, which the client may have parsed or not. */
export type Answer = readonly (readonly unknown[])[]

/** Sends a statement. One with a name is prepared, if the client can do that. */
export type Query = (statement: { name?: string; text: string }, values: unknown[]) => Promise<Answer>

export function queryThrough(client: PostgresClient): Query {
  if ('$client' in client) return queryThrough(client.$client)
  // Not prepared, so that it works behind a pooler as well.
  if ('begin' in client)
    return async ({ text }, values) => (await client.unsafe(text, values as never[]).values()) as Answer
  if (typeof client.query !== 'function') throw new TypeError('Not a client that postgresStore knows')
  if (typeof client === 'function') {
    const options = { arrayMode: true, fullResults: false } as const
    // The comment makes each request differ. Otherwise a cache of HTTP answers may give an old one: `next
    // dev` has one.
    return async ({ text }, values) =>
      (await client.query(`${text} --${crypto.randomUUID()}`, values, options)) as Answer
  }
  if ('exec' in client)
    return async ({ text }, values) => (await client.query(text, values, { rowMode: 'array' })).rows as Answer
  return throughPg(client)
}

function throughPg(client: PgClient): Query {
  // Faster than the parsers of the client, which the application may have replaced.
  const types = { getTypeParser: () => (text: string) => text }
  let prepares = true
  return async ({ name, text }, values) => {
    try {
      const prepared = prepares ? name : undefined
      return (await client.query({ name: prepared, text, values, rowMode: 'array', types })).rows
    } catch (error) {
      // A pooler such as pgbouncer may give each transaction another connection of the server. There our
      // statement is unknown (26000), or somebody else has prepared it (42P05). Postgres says so before it
      // runs anything.
      if (!['26000', '42P05'].includes(codeOf(error))) throw error
      prepares = false
      return (await client.query({ name: undefined, text, values, rowMode: 'array', types })).rows
    }
  }
}

/** The SQLSTATE of what a client threw. */
export function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
}
