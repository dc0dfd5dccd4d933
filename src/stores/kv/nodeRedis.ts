/**
 * How long a connection that is made again may take to get ready. A stuck one never does, and is closed then.
 * On a good one the few commands in between take milliseconds.
 */
const readyWithinMs = 2000

/** A client of `createClient`, or that of one node of a cluster. */
interface Connection {
  readonly isOpen: boolean
  readonly isReady: boolean
  /** How often it was ready. Starting over once for each time leaves alone one that is only slow. */
  readonly socketEpoch: number
  on(event: string, listener: () => void): unknown
  sendCommand(args: string[]): Promise<unknown>
  destroy(): void
  connect(): Promise<unknown>
}

interface ClusterOfConnections {
  readonly masters: readonly { readonly client?: unknown }[]
  on(event: string, listener: () => void): unknown
  sendCommand(firstKey: string, isReadonly: boolean, args: string[]): Promise<unknown>
}

const watchedName = Symbol.for('next-crossdomain-session: watched clients of redis')
/** Of the process: Next.js loads this file once for each of its bundles, and anew in development, and all share one client. */
const watched = ((globalThis as { [watchedName]?: WeakSet<object> })[watchedName] ??= new WeakSet())
const closing = new WeakSet<object>()

/**
 * Has a client of node-redis start over when it got stuck while it connected anew.
 *
 * A command that it is about to send when its connection breaks, it notes as sent (`@redis/client` 5.12.1: the `setImmediate` of
 * `#scheduleWrite` writes to the socket that is gone; version 3 had the like: https://github.com/redis/node-redis/issues/1593).
 * That command takes the first answer of the next connection, and each one after it that of another, as long as the connection lasts.
 * The client also greets a server by commands. If fewer others go with those than were lost, it waits for answers that do not come, and
 * is never ready. `disableOfflineQueue` avoids it all: then nothing is left to send.
 */
export function watchForStuckConnections(client: object): void {
  if (isCluster(client)) {
    if (!isFirst(watched, client)) return
    client.on('node-reconnecting', () => {
      for (const { client: node } of client.masters) if (isConnection(node)) watch(node)
    })
  } else if (isConnection(client)) watch(client)
}

function watch(connection: Connection): void {
  if (!isFirst(watched, connection)) return
  let startedOverAt = 0
  let startsOver = false
  let timer: ReturnType<typeof setTimeout> | undefined
  connection.on('connect', () => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      const { isOpen, isReady, socketEpoch } = connection
      if (!isOpen || isReady || socketEpoch === startedOverAt) return
      startedOverAt = socketEpoch
      startsOver = true
      // Rejects what waits, and keeps subscriptions.
      connection.destroy()
    }, readyWithinMs)
  })
  for (const over of ['ready', 'end']) connection.on(over, () => clearTimeout(timer))
  connection.on('reconnecting', () => {
    clearTimeout(timer)
    if (!startsOver) return
    startsOver = false
    // The attempt that was stuck ends right after this event; two at once would read answers from two sockets.
    queueMicrotask(() => void connection.connect().catch(() => {}))
  })
}

/**
 * Has the server close the connection on which a call got a stranger's answer: then the client rejects what waits and begins a new one in order.
 * QUIT, as a command, goes the way of the call; the clients' own `quit` would end the client for good.
 * @param key Of the call: tells the node of a cluster.
 */
export function closeMixedUp(client: object, key: string): void {
  const quit = isCluster(client)
    ? () => client.sendCommand(key, false, ['QUIT'])
    : isConnection(client)
      ? () => client.sendCommand(['QUIT'])
      : null
  // The first QUIT goes on waiting until the connection is closed: behind the answers that are missing there is none for it.
  if (quit === null || !isFirst(closing, client)) return
  const over = (): void => void closing.delete(client)
  quit().then(over, over)
}

/** Adds the item. */
function isFirst(set: WeakSet<object>, item: object): boolean {
  if (set.has(item)) return false
  set.add(item)
  return true
}

function isCluster(client: unknown): client is ClusterOfConnections {
  return has(client, 'masters', 'evalSha', 'on', 'sendCommand')
}

/** Neither a pool nor Sentinel: which of their connections a call went through they do not tell. */
function isConnection(client: unknown): client is Connection {
  return has(client, 'socketEpoch', 'isOpen', 'isReady', 'on', 'evalSha', 'sendCommand', 'destroy', 'connect')
}

function has(client: unknown, ...names: string[]): boolean {
  return typeof client === 'object' && client !== null && names.every((name) => name in client)
}
