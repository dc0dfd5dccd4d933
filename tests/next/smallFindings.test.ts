// Small things that an attack on the kit before 0.1.0 found, as facts.
import { describe, expect, test } from 'vitest'
import { navigation, primary, secondary } from '../support/fakeBrowser.js'
import { hop, open, start } from '../support/visitor.js'

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
