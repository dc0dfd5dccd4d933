// What wakes the island, and in which order it tells what came of it.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { memoryStore } from '../../src/stores/memory.js'
import { Deployment, FakeBrowser, primary, secondary } from '../support/fakeBrowser.js'
import { FakePage } from '../support/fakePage.js'

/** What happened in the page, in order. */
const done: string[] = []

vi.mock('react', () => ({
  useEffect: (effect: () => void) => effect(),
  useRef: (current: unknown) => ({ current }),
}))
vi.mock('next/navigation.js', () => ({ useRouter: () => ({ refresh: () => void done.push('refresh') }) }))

beforeEach(() => {
  done.length = 0
  vi.resetModules()
  vi.stubGlobal('reportError', (error: unknown) => done.push(String(error)))
  vi.stubGlobal(
    'BroadcastChannel',
    class {
      postMessage(message: string) {
        done.push(`useSession hears ${message}`)
      }
    },
  )
})
afterEach(() => vi.unstubAllGlobals())

async function open() {
  const browser = new FakeBrowser(new Deployment(memoryStore()))
  const page = new FakePage(browser, secondary)
  page.enter()
  const { CrossDomainSync } = await import('../../src/client/CrossDomainSync.js')
  const mount = () => CrossDomainSync({ onResult: ({ result }) => done.push(`onResult is told ${result}`) })
  return { browser, page, mount }
}

test('what an exchange has brought reaches `useSession` before the page is refreshed', async () => {
  const { browser, mount } = await open()
  await browser.visit(primary)
  await (await browser.session(primary)).set('p', 1)
  await browser.visit(secondary)
  mount()
  const all = ['useSession hears replaced', 'refresh', 'onResult is told replaced']
  await vi.waitFor(() => expect(done).toEqual(all))
})

test('a page that comes out of the back/forward cache is refreshed at once, although nothing is to be asked', async () => {
  const { browser, page, mount } = await open()
  for (const origin of [primary, secondary]) await browser.visit(origin)
  mount()
  await vi.waitFor(() => expect(done).toHaveLength(2))
  const { exchanges } = page
  done.length = 0
  page.window.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }))
  expect(done).toEqual(['refresh'])
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect([page.exchanges, done]).toEqual([exchanges, ['refresh']])
})

test('a page that nobody looks at yet, as a prerendered one, asks when it is shown', async () => {
  const { browser, page, mount } = await open()
  page.hidden = true
  mount()
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect([page.exchanges, browser.cookies(secondary)]).toEqual([0, {}])
  page.hidden = false
  document.dispatchEvent(new Event('visibilitychange'))
  await vi.waitFor(() => expect(Object.keys(browser.cookies(secondary))).toHaveLength(2))
})

test.each([
  ['where cookies are off, and storage with them', 'localStorage', undefined],
  ['in a frame', 'top', {}],
])('a page without a session asks for none %s', async (_, name, value) => {
  const { page, mount } = await open()
  vi.stubGlobal(name, value)
  mount()
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(page.exchanges).toBe(0)
})
