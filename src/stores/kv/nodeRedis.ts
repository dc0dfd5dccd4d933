/*
 * `redis` (5.12, and versions before) notes a command as sent if its connection breaks just before: the
 * `setImmediate` of its `#scheduleWrite` writes to the socket that is gone
 * (https://github.com/redis/node-redis/issues/1593). That command takes the first answer of the next
 * connection, and each one after it another's. The client also greets a server by commands. If more were lost
 * than go with those, it waits for answers that never come, and is never ready. `disableOfflineQueue` avoids
 * it all, because then nothing is left to send.
 */

/** A connection that is made again is ready in milliseconds, or stuck. */
const readyWithinMs = 2000

/**
 * What `createClient` or `createCluster` gives. Pools and Sentinel do not tell which connection a call went
 * through.
 */
interface NodeRedis {
  /** Of a cluster, which has no `isReady`. */
  readonly masters?: readonly { readonly client?: unknown }[]
  readonly isOpen: boolean
  readonly isReady?: boolean
  on(event: string, listener: () => void): NodeRedis
  sendCommand(...args: readonly unknown[]): Promise<unknown>
  destroy(): void
  connect(): Promise<unknown>
}

const isNodeRedis = (client: unknown): client is NodeRedis =>
  typeof client === 'object' && client !== null && ('socketEpoch' in client || isClusterOfNodeRedis(client))

export const isClusterOfNodeRedis = (client: object): boolean => 'masters' in client && 'evalSha' in client

const watchedName = Symbol.for('next-crossdomain-session: watched clients of redis')
/**
 * Of the process: Next.js loads this file once for each of its bundles, and anew in development, and all
 * share one client.
 */
const watched = ((globalThis as { [watchedName]?: WeakSet<object> })[watchedName] ??= new WeakSet())
const closing = new WeakSet<object>()

/** Has a client start over when it got stuck while it connected anew, and each node of a cluster. */
export function watchForStuckConnections(client: unknown): void {
  if (!isNodeRedis(client) || watched.has(client)) return
  watched.add(client)
  let startsOver = false
  let timer: ReturnType<typeof setTimeout> | undefined
  const stop = (): void => clearTimeout(timer)
  const check = (): void => {
    startsOver = client.isOpen && client.isReady === false
    // Rejects what waits, and keeps subscriptions.
    if (startsOver) client.destroy()
  }
  const start = (): void => void (timer = setTimeout(check, readyWithinMs))
  client.on('node-reconnecting', () =>
    client.masters?.forEach((node) => watchForStuckConnections(node.client)),
  )
  if (client.masters === undefined) client.on('connect', start).on('ready', stop).on('end', stop)
  client.on('reconnecting', () => {
    stop()
    // The attempt that was stuck ends right after this event; two at once would read answers from two
    // sockets.
    if (startsOver) queueMicrotask(() => void client.connect().catch(() => {}))
    startsOver = false
  })
}

/**
 * Has the server close the connection on which a call got a stranger's answer: then the client begins one in
 * order. QUIT, as a command, goes the way of the call; the clients' own `quit` would end the client for good.
 * @param key Of the call: tells the node of a cluster.
 */
export function closeMixedUp(client: unknown, key: string): void {
  // The first QUIT waits until the connection is closed, because it gets no answer either.
  if (!isNodeRedis(client) || closing.has(client)) return
  closing.add(client)
  const over = (): void => void closing.delete(client)
  client.sendCommand(...(client.masters === undefined ? [] : [key, false]), ['QUIT']).then(over, over)
}
