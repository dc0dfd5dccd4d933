// Small things that an attack on the kit before 0.1.0 found, as facts.
import { describe, expect, test } from 'vitest'
import type { Options } from '../../src/core/config.js'
import { memoryStore } from '../../src/stores/memory.js'
import { Deployment, FakeBrowser, navigation, primary, secondary, third } from '../support/fakeBrowser.js'
import { cors, hop, open, start } from '../support/visitor.js'

describe('a page that nobody looks at yet', () => {
  test.each([
    ['Firefox, which says X-Moz: prefetch', { 'x-moz': 'prefetch' }],
    ['Safari, which says X-Purpose: preview', { 'x-purpose': 'preview' }],
    ['Chrome before 2023, which said Purpose: prefetch', { purpose: 'prefetch' }],
    ['Safari, which says Purpose: preview', { purpose: 'preview' }],
  ])('gets no cookie, and begins and ends no exchange: of an older %s', async (_, says) => {
    const { browser, deployment } = await open([])
    expect((await browser.visit(secondary, says)).headers.getSetCookie()).toEqual([])
    await browser.visit(secondary)
    for (const url of [start, await hop(browser, start), await hop(browser, await hop(browser, start))]) {
      const written = deployment.written.length
      const answer = await browser.send(url, { headers: { ...navigation, ...says } })
      expect([answer.status, answer.headers.getSetCookie()]).toEqual([403, []])
      expect(deployment.written).toHaveLength(written)
    }
  })
})

describe('hrefTo', () => {
  test.each([
    ['/a\r\nSet-Cookie: x=1', 'two headers of one'],
    ['/a\tb', 'a tab'],
    ['/a\0', 'NUL'],
    ['/\u007f', 'DEL'],
    [`${primary}/a\n`, 'a line break at the end of a URL of another domain'],
    ['/.//evil.example', 'another host for whoever takes the path for a URL'],
    ['/%2e//evil.example', 'the same, encoded'],
    [`${secondary}//evil.example`, 'the same, after the own domain'],
  ])('refuses %j: %s', async (to) => {
    for (const origin of [secondary, primary]) {
      const { browser } = await open()
      await expect((await browser.session(origin)).hrefTo(to)).rejects.toMatchObject({ code: 'CDS211' })
    }
  })
  test.each(['/a?q=x y', '/ä', '?page=2', '#top', 'next', '/a//b', '/?to=//x', `${secondary}/a`])(
    'leaves %j as it is',
    async (to) => {
      const { browser } = await open()
      expect(await (await browser.session(secondary)).hrefTo(to)).toBe(to)
    },
  )
})

describe('without consent on the primary', () => {
  const isPrimary = ({ headers }: { headers: { get(name: string): string | null } }) =>
    headers.get('host') === new URL(primary).host
  async function opened(options: Options = {}) {
    const deployment = new Deployment(memoryStore(), {
      mayCreateSession: (request) => !isPrimary(request),
      ...options,
    })
    const browser = new FakeBrowser(deployment)
    for (const origin of [primary, secondary]) await browser.visit(origin)
    return { deployment, browser }
  }

  test('check writes no row and sets no cookie, and a navigation ends on its page', async () => {
    const { browser, deployment } = await opened()
    expect((await browser.navigate(start)).url).toBe(`${secondary}/#crossdomain=CDS415`)
    expect([deployment.written, browser.cookies(primary)]).toEqual([[], {}])
  })
  test('check writes no row, and a fetch is told that a navigation may bring the consent', async () => {
    const { browser, deployment } = await opened()
    const { hops, result } = await browser.sync(secondary)
    expect([result, deployment.written]).toEqual([{ result: 'navigate' }, []])
    // The claim still works, so script must see it nowhere but in a redirect, which it cannot read.
    expect(hops.map(({ response }) => response.status)).toEqual([303, 303, 200])
  })
  test.each(['without consent', 'while the store is down'])(
    'a refusal of check shows no script a claim that still works: %s',
    async (when) => {
      const { browser, deployment } = await opened(
        when === 'without consent' ? {} : { mayCreateSession: () => true },
      )
      const headers = { ...cors, 'sec-fetch-site': 'same-origin', origin: secondary }
      const began = await browser.send(`${secondary}/crossdomain/start`, { method: 'POST', headers })
      deployment.isStoreDown = true
      const answer = await browser.send(began.headers.get('location') ?? '', {
        headers: {
          ...headers,
          'sec-fetch-site': 'cross-site',
          'sec-fetch-storage-access': 'active',
          origin: third,
        },
        jar: 'none-cookies',
      })
      expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([403, null])
    },
  )
})

test('a fetch shows no script a ticket that could not be used up', async () => {
  const { browser, deployment } = await open()
  const headers = { ...cors, 'sec-fetch-site': 'same-origin', origin: secondary }
  const began = await browser.send(`${secondary}/crossdomain/start`, { method: 'POST', headers })
  const checked = await browser.send(began.headers.get('location') ?? '', {
    headers: { ...headers, 'sec-fetch-site': 'cross-site', 'sec-fetch-storage-access': 'active' },
    jar: 'none-cookies',
  })
  const ticket = checked.headers.get('location') ?? ''
  const last = { headers: { ...cors, 'sec-fetch-site': 'cross-site', origin: 'null' } }
  deployment.isStoreDown = true
  const failed = await browser.send(ticket, last)
  expect([failed.status, failed.headers.get('access-control-allow-origin')]).toEqual([503, null])
  deployment.isStoreDown = false
  const answer = await browser.send(ticket, last)
  expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([200, 'null'])
})
