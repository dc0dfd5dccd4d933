// Clocks that are minutes apart, and links that are opened too late: the navigation ends on its page in any case.
import { describe, expect, test } from 'vitest'
import { issueClaim } from '../../src/core/exchange/claim.js'
import { issueTicket } from '../../src/core/exchange/ticket.js'
import { FakeBrowser, navigation, primary, secondary, third } from '../support/fakeBrowser.js'
import { cors, hop, open, start } from '../support/visitor.js'

type Opened = Awaited<ReturnType<typeof open>>

/** Walks on while each domain goes by its own clock. @returns Where it ends, and after how many redirects. */
async function walk(
  { browser, deployment }: Opened,
  url: string,
  aheadSeconds: Readonly<Record<string, number>>,
) {
  const now = deployment.nowSeconds
  let redirects = 0
  for (let at = url; ; redirects++) {
    const { origin, pathname } = new URL(at)
    deployment.nowSeconds = now + (aheadSeconds[origin] ?? 0)
    if (!pathname.startsWith('/crossdomain/')) {
      deployment.nowSeconds = now
      return { at, redirects }
    }
    const answer = await browser.send(at, { headers: navigation })
    if (answer.status !== 303) return { at, redirects, status: answer.status, body: await answer.text() }
    at = new URL(answer.headers.get('location') ?? '', at).href
  }
}

const toCart = `${secondary}/crossdomain/start?return_to=/cart%3Fq=1`

describe('two clocks that are apart', () => {
  test.each([
    [-3600, 'CDS406'],
    [-90, 'CDS406'],
    [-30, 'replaced'],
    [0, 'replaced'],
    [30, 'replaced'],
    [90, 'CDS409'],
    [3600, 'CDS409'],
  ])('by %i seconds end a navigation on its page: %s', async (aheadSeconds, told) => {
    const at = await open()
    await (await at.browser.session(primary)).set('a', 1)
    const before = at.deployment.sessionsWritten.length
    const { at: end, ...rest } = await walk(at, toCart, { [secondary]: aheadSeconds })
    expect([end.replace(/:[0-9a-f]{10}$/, ''), rest]).toEqual([
      `${secondary}/cart?q=1#crossdomain=${told}`,
      { redirects: 3 },
    ])
    const isTogether = told === 'replaced'
    expect((await at.browser.session(secondary)).data).toEqual(isTogether ? { a: 1 } : {})
    if (!isTogether) expect(at.deployment.sessionsWritten).toHaveLength(before)
  })
  test('never tell a fetch more than the code', async () => {
    const at = await open()
    const headers = { ...cors, 'sec-fetch-site': 'same-origin', origin: secondary }
    const began = await at.browser.send(`${secondary}/crossdomain/start`, { method: 'POST', headers })
    at.later(61)
    const answer = await at.browser.send(began.headers.get('location') ?? '', {
      headers: { ...headers, 'sec-fetch-site': 'cross-site', 'sec-fetch-storage-access': 'active' },
      jar: 'none-cookies',
    })
    expect([answer.status, await answer.json()]).toEqual([403, { result: 'error', code: 'CDS406' }])
  })
})

describe('a claim of a server whose clock is 90 seconds ahead', () => {
  /** @returns The ticket that the second use of the claim leads to. */
  async function secondTicket(at: Opened) {
    await (await at.browser.session(primary)).set('a', 1)
    at.deployment.nowSeconds += 90
    const claim = await hop(at.browser, start)
    at.deployment.nowSeconds -= 90
    expect(await hop(at.browser, claim)).toContain('/replace?ticket=')
    // The store has kept for two minutes that it was used, and the claim lives longer.
    at.later(119)
    expect((await walk(at, claim, {})).at).toBe(`${secondary}/#crossdomain=CDS416`)
    at.later(2)
    await at.store.sweep(1000)
    return hop(at.browser, claim)
  }
  test('works a second time when the store has forgotten it, in the browser that began', async () => {
    const at = await open()
    const { at: end } = await walk(at, await secondTicket(at), {})
    expect(end).toContain(`${secondary}/#crossdomain=replaced:`)
    expect((await at.browser.session(secondary)).data).toEqual({ a: 1 })
  })
  test('gives its second ticket to no other browser, even if that has another cookie of the domain', async () => {
    const at = await open()
    const stranger = new FakeBrowser(at.deployment)
    await stranger.visit(secondary)
    expect((await stranger.navigate(await secondTicket(at))).url).toContain('CDS410')
    expect((await stranger.session(secondary)).data).toEqual({})
  })
})

describe('a link that is opened an hour later', () => {
  test.each([
    ['the claim', 1, 'CDS406'],
    ['the ticket', 2, 'CDS409'],
  ])('leads to its page and sets no cookie, asks no store, uses nothing: %s', async (_, hops, code) => {
    const at = await open()
    let link = start
    for (let done = 0; done < hops; done++) link = await hop(at.browser, link)
    at.later(3600)
    const before = [JSON.stringify([...at.browser.jars]), at.deployment.calls.length]
    const { at: end } = await walk(at, link, {})
    expect(end).toBe(`${secondary}/#crossdomain=${code}`)
    expect([JSON.stringify([...at.browser.jars]), at.deployment.calls.length]).toEqual(before)
  })
  test('leads to a page of another domain, if it was made for that', async () => {
    const at = await open()
    const link = await hop(at.browser, `${secondary}/crossdomain/start?return_to=${primary}/thanks`)
    at.later(3600)
    expect((await walk(at, link, {})).at).toBe(`${primary}/thanks`)
  })

  const claim = {
    aud: primary,
    origin: secondary,
    id: 'x'.repeat(22),
    keyHash: 'x',
    iat: 0,
    returnTo: '/cart',
  }
  const ticket = {
    kind: 'return',
    aud: secondary,
    result: { result: 'error', code: 'CDS301' },
    returnTo: '/',
  } as const
  test.each([
    ['for another primary', { ...claim, aud: third }],
    ['of a domain that is no longer listed', { ...claim, origin: 'https://gone.example' }],
    ['that the primary sealed itself', { ...claim, origin: primary }],
    ['without a way back', { ...claim, returnTo: undefined as never }],
  ])('shows the small page for a claim %s', async (_, content) => {
    const at = await open()
    const seal = await issueClaim(at.deployment.config, content, at.browser.userAgent)
    at.later(3600)
    expect(await walk(at, `${primary}/crossdomain/check?claim=${seal}`, {})).toMatchObject({
      status: 403,
      body: expect.stringContaining('CDS406'),
    })
  })
  test.each([
    ['for another domain', { ...ticket, aud: third }],
    ['whose way back leads to no domain of ours', { ...ticket, returnTo: 'https://evil.example/' }],
    ['whose way back is the exchange itself', { ...ticket, returnTo: '/crossdomain/start' }],
  ])('shows the small page for a ticket %s', async (_, content) => {
    const at = await open()
    const seal = await issueTicket(at.deployment.config, content)
    at.later(3600)
    expect(await walk(at, `${secondary}/crossdomain/replace?ticket=${seal}`, {})).toMatchObject({
      status: 403,
      body: expect.stringContaining('CDS409'),
    })
  })
})
