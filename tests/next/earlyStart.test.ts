import { describe, expect, test } from 'vitest'
import { memoryStore } from '../../src/stores/memory.js'
import { Deployment, FakeBrowser, navigation, primary, secondary } from '../support/fakeBrowser.js'

describe('the first page', () => {
  const linkOf = async (origin: string, headers: Record<string, string> = {}): Promise<string | null> => {
    const deployment = new Deployment(memoryStore())
    const browser = new FakeBrowser(deployment)
    const request = browser.request(`${origin}/`, { ...navigation, ...headers }, 'all')
    return (await deployment.middleware(request)).headers.get('link')
  }

  test('of a secondary lets the browser begin the exchange while it loads the page', async () => {
    expect(await linkOf(secondary)).toBe(
      `<${primary}>; rel=preconnect; crossorigin=use-credentials, ` +
        '</crossdomain/start>; rel=preload; as=fetch; crossorigin=use-credentials',
    )
  })

  test('of the primary begins nothing', async () => {
    expect(await linkOf(primary)).toBe(null)
  })

  test.each([
    ['a prefetch', { 'sec-purpose': 'prefetch' }],
    ['a bot', { 'user-agent': 'Googlebot/2.1' }],
  ])('begins nothing for %s', async (_, headers) => {
    expect(await linkOf(secondary, headers)).toBe(null)
  })

  test('that a visitor with a cookie opens begins nothing', async () => {
    const deployment = new Deployment(memoryStore())
    const browser = new FakeBrowser(deployment)
    await browser.visit(secondary)
    const again = await deployment.middleware(browser.request(`${secondary}/`, navigation, 'all'))
    expect(again.headers.get('link')).toBe(null)
  })
})

describe('a fetch without `return_to`', () => {
  const start = `${secondary}/crossdomain/start`
  const cors = { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }
  const send = async (headers: Record<string, string>): Promise<[number, string]> => {
    const browser = new FakeBrowser(new Deployment(memoryStore()))
    await browser.visit(secondary)
    const response = await browser.send(start, { headers: { ...cors, ...headers } })
    const location = response.headers.get('location')
    return [response.status, location === null ? await response.text() : new URL(location).pathname]
  }

  test('by a page of the same origin begins the exchange, as GET', async () => {
    const onward = [303, '/crossdomain/check']
    expect(await send({ 'sec-fetch-site': 'same-origin' })).toEqual(onward)
    // Chromium names the origin when it preloads.
    expect(await send({ 'sec-fetch-site': 'same-origin', origin: secondary })).toEqual(onward)
  })

  test.each([
    ['another site', { 'sec-fetch-site': 'cross-site', origin: 'https://stranger.example' }],
    ['another domain of the list', { 'sec-fetch-site': 'cross-site', origin: primary }],
    ['a neighbour below the same domain', { 'sec-fetch-site': 'same-site' }],
    ['a browser that does not say from where', {}],
  ])('by %s begins nothing', async (_, headers) => {
    expect(await send(headers)).toEqual([403, expect.stringContaining('CDS404')])
  })
})
