import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { expect } from 'vitest'
import type { Store, StoredRow } from '../../src/core/store/store.js'
import { change, newId } from '../../src/testing/given.js'

/** What a call may take longer than its time limit on a busy machine. */
const marginMs = 1500

export const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

/** Everything that would end a process which does not watch. */
export function watchProcess(): { readonly seen: readonly unknown[]; stop(): void } {
  const seen: unknown[] = []
  const note = (reason: unknown): void => void seen.push(reason)
  process.on('unhandledRejection', note).on('uncaughtException', note)
  return { seen, stop: () => void process.off('unhandledRejection', note).off('uncaughtException', note) }
}

/** Expects a rejection that comes in time. @returns What it was, and after how long. */
export async function refusal(
  timeoutMs: number,
  call: () => Promise<unknown>,
): Promise<{ readonly error: Error; readonly tookMs: number }> {
  const started = performance.now()
  const outcome = await call().then(
    (answer) => ({ answer }),
    (error: unknown) => ({ error }),
  )
  const tookMs = performance.now() - started
  expect(outcome).toHaveProperty('error')
  expect(tookMs).toBeLessThan(timeoutMs + marginMs)
  const { error } = outcome as { error: unknown }
  expect(error).toBeInstanceOf(Error)
  return { error: error as Error, tookMs }
}

/** Drivers and drizzle wrap what the database said. */
export function reasonsOf(error: unknown): string {
  const reasons: string[] = []
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    reasons.push(`${(cause as { code?: string }).code ?? ''} ${cause.message}`)
  return reasons.join('\n')
}

/** Calls until it works: what an application does whose visitors try again. */
export async function insist<T>(call: () => Promise<T>, limitMs = 15_000): Promise<T> {
  for (const started = Date.now(); ;) {
    try {
      return await call()
    } catch (error) {
      if (Date.now() - started > limitMs) throw error
      await sleep(20)
    }
  }
}

/** Every operation that needs the database, each on rows of its own. `written` is the one that `swap` would make. */
export function operations(store: Store, written: string = newId()) {
  return {
    read: () => store.read([newId(), newId()]),
    swap: () => store.swap([change(written, 0, { late: 1 })]),
    'swap of two': () => store.swap([change(newId(), 0), change(newId(), 0)], [newId()]),
    listUser: () => store.listUser('eve'),
  }
}

/** The row as it is now. */
export async function rowOf(store: Store, id: string): Promise<StoredRow | undefined> {
  return (await store.read([id])).rows[0]
}

/** Harms the server again and again, less and less often so that a slow machine gets on too, until `work` is done. @returns How often. */
export async function meanwhile(
  harm: () => Promise<unknown>,
  everyMs: number,
  work: Promise<unknown>,
): Promise<number> {
  const end = new AbortController()
  const over = work.finally(() => end.abort())
  over.catch(() => {})
  let times = 0
  while (!end.signal.aborted) {
    await sleep(everyMs * (0.5 + Math.random()) * (1 + times / 30))
    if (end.signal.aborted) break
    await harm()
    times += 1
  }
  await over
  return times
}

export interface Tally {
  acknowledged: number
  /** Rejected: made or not, the caller was not told. */
  unknown: number
}

/** Counts up by compare and swap, as `update` does, on four lines at once, until it is enough. */
export async function countUp(store: Store, id: string, isEnough: (tally: Tally) => boolean): Promise<Tally> {
  const tally: Tally = { acknowledged: 0, unknown: 0 }
  const until = Date.now() + 20_000
  const worker = async (): Promise<void> => {
    while (Date.now() < until && !isEnough(tally)) {
      const row = await rowOf(store, id).catch(() => undefined)
      if (row === undefined) {
        await sleep(5)
        continue
      }
      try {
        const next = change(id, row.version, { n: Number(row.value['n']) + 1 })
        if ((await store.swap([next])).done) tally.acknowledged += 1
      } catch {
        tally.unknown += 1
      }
    }
  }
  await Promise.all([worker(), worker(), worker(), worker()])
  expect(isEnough(tally), JSON.stringify(tally)).toBe(true)
  return tally
}

export interface Link {
  readonly port: number
  /** Answers of the server that did not arrive. */
  readonly lost: number
  /** From now on: this part of the answers reaches nobody, and the connection is cut instead. */
  lose(part: number): void
  close(): Promise<void>
}

/** A network in front of a server that can lose an answer: what was asked has happened, and only nobody says so. */
export async function linkTo(port: number): Promise<Link> {
  const sockets = new Set<Socket>()
  let part = 0
  let lost = 0
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1')
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket)
      socket
        .on('error', () => {})
        .on('close', () => {
          sockets.delete(socket)
          other.destroy()
        })
    }
    client.on('data', (bytes) => upstream.write(bytes))
    upstream.on('data', (bytes) => {
      if (client.destroyed) return
      if (Math.random() >= part) return client.write(bytes)
      lost += 1
      client.destroy()
    })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return {
    port: (server.address() as AddressInfo).port,
    get lost() {
      return lost
    },
    lose: (next) => void (part = next),
    close: () =>
      new Promise((closed) => {
        server.close(() => closed())
        for (const socket of sockets) socket.destroy()
      }),
  }
}
