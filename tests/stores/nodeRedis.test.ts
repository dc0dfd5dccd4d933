// What the store adds to a client of redis, without a server; tests/stores/mixedUp.redis.test.ts has real ones.
import { EventEmitter } from 'node:events'
import { afterEach, expect, test, vi } from 'vitest'

class FakeClient extends EventEmitter {
  isOpen = true
  isReady = true
  socketEpoch = 1
  eval = async (): Promise<unknown> => null
  evalSha = async (): Promise<unknown> => null
  sendCommand = async (): Promise<unknown> => null
  connect = async (): Promise<unknown> => this
  destroy(): void {
    this.isOpen = false
    this.emit('end')
  }
}

afterEach(() => void vi.useRealTimers())

async function watch(client: FakeClient): Promise<void> {
  const { watchForStuckConnections } = await import('../../src/stores/kv/nodeRedis.js')
  watchForStuckConnections(client)
}

test('a client has one watcher, however many stores there are, and however often the module is loaded', async () => {
  const client = new FakeClient()
  for (let loaded = 0; loaded < 3; loaded++) {
    vi.resetModules()
    for (let store = 0; store < 2; store++) await watch(client)
  }
  expect(['connect', 'ready', 'reconnecting'].map((event) => client.listenerCount(event))).toEqual([1, 1, 1])
})

test('a client that is closed before it is ready leaves no timer, which would keep the process', async () => {
  vi.useFakeTimers()
  const client = new FakeClient()
  await watch(client)
  client.isReady = false
  client.emit('connect')
  expect(vi.getTimerCount()).toBe(1)
  client.destroy()
  expect(vi.getTimerCount()).toBe(0)
})
