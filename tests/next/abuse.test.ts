// What somebody without any cookie can make the servers do, and how the application limits it.
import { describe, expect, test } from 'vitest'
import type { Options } from '../../src/core/config.js'
import type { ConsentRequest } from '../../src/core/consent.js'
import { memoryStore } from '../../src/stores/memory.js'
import { Deployment, FakeBrowser, navigation, primary, secondary } from '../support/fakeBrowser.js'
import { cors, hop, open, start } from '../support/visitor.js'

const own = { ...cors, 'sec-fetch-site': 'same-origin', origin: secondary }
const cross = { ...own, 'sec-fetch-site': 'cross-site', 'sec-fetch-storage-access': 'active' }

type Opened = Awaited<ReturnType<typeof open>>
type Way = (at: Opened, browser: FakeBrowser) => Promise<unknown>

/** Each is sent by a browser without cookies. The numbers are rows, and the longest of their lives in seconds. */
const requests: Readonly<Record<string, { readonly way: Way; readonly costs: readonly [number, number] }>> = {
  'a page': { way: (_, browser) => browser.visit(secondary), costs: [0, 0] },
  'a page that asks for the session': { way: (_, browser) => browser.session(secondary), costs: [0, 0] },
  'a bearer token that was made up': {
    way: (_, browser) =>
      browser.session(secondary, { headers: { authorization: `Bearer cds_${'x'.repeat(43)}` } }),
    costs: [0, 0],
  },
  session: {
    way: (_, browser) => browser.send(`${secondary}/crossdomain/session`, { headers: own }),
    costs: [0, 0],
  },
  ended: {
    way: (_, browser) => browser.send(`${secondary}/crossdomain/ended`, { headers: own }),
    costs: [0, 0],
  },
  start: { way: (_, browser) => browser.send(start, { headers: navigation }), costs: [0, 0] },
  'start by fetch, with a made-up cookie': {
    way: (_, browser) =>
      browser.send(`${secondary}/crossdomain/start`, {
        method: 'POST',
        headers: { ...own, cookie: '__Host-Http-crossdomain=x' },
      }),
    costs: [0, 0],
  },
  'check with a made-up claim': {
    way: (_, browser) => browser.send(`${primary}/crossdomain/check?claim=x`, { headers: navigation }),
    costs: [0, 0],
  },
  'replace with a made-up ticket': {
    way: (_, browser) => browser.send(`${secondary}/crossdomain/replace?ticket=x`, { headers: navigation }),
    costs: [0, 0],
  },
  'a walk to check': { way: async (_, browser) => hop(browser, await hop(browser, start)), costs: [1, 120] },
  'a whole walk as a navigation': { way: (_, browser) => browser.navigate(start), costs: [4, 600] },
  'a whole walk by fetch, after a page': {
    way: async (_, browser) => {
      await browser.visit(secondary)
      await browser.sync(secondary)
    },
    costs: [4, 600],
  },
  'a claim that is presented again and again': {
    way: async (_, browser) => {
      const claim = await hop(browser, start)
      for (let times = 0; times < 5; times++) await browser.send(claim, { headers: navigation })
    },
    costs: [1, 120],
  },
}

describe('without a cookie', () => {
  test.each(Object.keys(requests))('%s costs what is written here, and in the end nothing', async (name) => {
    const { way, costs = [0, 0] } = requests[name] ?? {}
    const at = await open([])
    await way?.(at, at.browser)
    const rows = at.deployment.written
    const seconds = Math.max(0, ...rows.map(({ livesMs }) => livesMs / 1000))
    expect([rows.length, seconds]).toEqual(costs)
    for (const row of rows) expect(JSON.stringify(row).length).toBeLessThan(400)
    at.later(601)
    await at.store.sweep(1000)
    expect((await at.store.read(rows.map(({ id }) => id))).rows).toEqual([])
  })
})

describe('mayExchange', () => {
  const asked: string[] = []
  async function limited(isAllowed: (url: string) => boolean | Promise<boolean>, options: Options = {}) {
    asked.length = 0
    const mayExchange = (request: ConsentRequest) => {
      const url = new URL((request as unknown as { url: string }).url)
      asked.push(url.pathname)
      return isAllowed(url.pathname)
    }
    const deployment = new Deployment(memoryStore(), { ...options, mayExchange })
    const browser = new FakeBrowser(deployment)
    for (const origin of [primary, secondary]) await browser.visit(origin)
    await (await browser.session(primary)).set('a', 1)
    return { deployment, browser, before: deployment.written.length }
  }
  const refused = { result: 'error', code: 'CDS420' }

  test('is asked before start and check, and for no page', async () => {
    const { browser } = await limited(() => true)
    expect((await browser.sync(secondary)).result).toEqual({ result: 'replaced' })
    expect(asked).toEqual(['/crossdomain/start', '/crossdomain/check'])
  })
  test.each(['start', 'check'])(
    'that refuses %s answers a fetch 429, and nothing is written: CDS420',
    async (action) => {
      const { browser, deployment, before } = await limited((path) => !path.endsWith(action))
      const { hops, result } = await browser.sync(secondary)
      expect([hops.at(-1)?.response.status, result]).toEqual([429, refused])
      expect(deployment.written).toHaveLength(before)
    },
  )
  test.each(['start', 'check'])(
    'that refuses %s leads a navigation back to its page: CDS420',
    async (action) => {
      const { browser, deployment, before } = await limited((path) => !path.endsWith(action))
      expect((await browser.navigate(start)).url).toBe(`${secondary}/#crossdomain=CDS420`)
      expect(deployment.written).toHaveLength(before)
    },
  )
  test('that refuses check shows no script the claim, which still works', async () => {
    const { browser } = await limited((path) => !path.endsWith('check'))
    const began = await browser.send(`${secondary}/crossdomain/start`, { method: 'POST', headers: own })
    const claim = began.headers.get('location') ?? ''
    browser.userAgent = 'Another Browser'
    const answer = await browser.send(claim, { headers: cross, jar: 'none-cookies' })
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([403, null])
  })
  test.each<[string, () => boolean | Promise<boolean>]>([
    [
      'throws',
      () => {
        throw new Error('the limiter is down')
      },
    ],
    ['rejects', async () => Promise.reject(new Error('the limiter is down'))],
  ])('that %s keeps nobody apart, and is told to onError', async (_, hook) => {
    const { browser, deployment } = await limited(hook)
    expect((await browser.sync(secondary)).result).toEqual({ result: 'replaced' })
    expect(deployment.errors).toHaveLength(2)
  })
})
