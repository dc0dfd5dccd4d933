// Small things that an attack on the kit before 0.1.0 found, as facts.
import { describe, expect, test } from 'vitest'
import { navigation, secondary } from '../support/fakeBrowser.js'
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
