import { beforeEach, expect, test } from 'vitest'
import { openSession } from '../../src/core/session/open.js'
import { memoryStore } from '../../src/stores/memory.js'
import { Deployment, FakeBrowser, navigation, primary, secondary, secret } from '../support/fakeBrowser.js'

// What keeps domains apart for every visitor is told to `onError`, once.

let deployment: Deployment
beforeEach(() => {
  deployment = new Deployment(memoryStore())
})
const codes = ({ errors }: Deployment) => errors.map((error) => (error as { code: string }).code)

function read(headers: Record<string, string>) {
  return openSession(
    deployment.config,
    deployment.store,
    { headers: new Headers(headers), cookies: { get: () => undefined } },
    {
      canSetCookies: async () => true,
      isAnswered: () => false,
      isPrefetch: () => false,
      setCookies: async () => {},
      later: () => {},
      doubt: () => {},
      event: () => {},
      signalEnded: async () => {},
      removeCookies: async () => {},
    },
  )
}

function ask({ handlers }: Deployment, url: string, headers: Record<string, string>): Promise<Response> {
  const navigation = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', 'sec-fetch-site': 'none' }
  return handlers.GET(new Request(url, { headers: { ...navigation, ...headers } }))
}

test('a page on a host that is not listed is told with the address to open', async () => {
  for (let visits = 0; visits < 3; visits++) await read({ host: 'localhost:7000' })
  expect(codes(deployment)).toEqual(['CDS114'])
  expect(String(deployment.errors[0])).toContain(`"localhost:7000"; the primary is ${primary}`)
})

test('a page that Next.js asks for itself is no host that is not listed', async () => {
  await read({ host: '127.0.0.1:3000', 'x-forwarded-host': new URL(primary).host })
  expect(codes(deployment)).toEqual([])
})

test('a proxy that passes on X-Forwarded-Host alone is told once', async () => {
  const headers = { host: '127.0.0.1:3000', 'x-forwarded-host': new URL(secondary).host }
  for (let visits = 0; visits < 3; visits++)
    await ask(deployment, `${secondary}/crossdomain/start?return_to=%2F`, headers)
  expect(codes(deployment)).toEqual(['CDS115'])
})

test('an exchange that the platform leads to another name of the primary is told, and ends on its page', async () => {
  const browser = new FakeBrowser(deployment)
  await browser.visit(secondary)
  for (const nowSeconds of [deployment.nowSeconds, deployment.nowSeconds + 61]) {
    const start = `${secondary}/crossdomain/start?return_to=%2Fcart`
    const begun = await browser.send(start, { headers: navigation })
    const check = begun.headers.get('location') ?? ''
    deployment.nowSeconds = nowSeconds
    const led = await browser.navigate(check.replace('://shop', '://www.shop'))
    expect(led.url).toBe(`${secondary}/cart#crossdomain=CDS403`)
    expect((await browser.navigate(check)).url).toMatch(/CDS4(16|06)$/)
  }
  expect(codes(deployment)).toEqual(['CDS114'])
})

test('deployments with two secrets are told where the claim comes to', async () => {
  const host = new URL(secondary).host
  const page = new Request(secondary, {
    headers: { host, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
  })
  const { NextRequest } = await import('next/server.js')
  const cookie = (await deployment.middleware(new NextRequest(page))).cookies
    .getAll()
    .map(({ name, value }) => `${name}=${value}`)
    .join('; ')
  const begun = await ask(deployment, `${secondary}/crossdomain/start?return_to=%2F`, {
    host,
    cookie,
    'sec-fetch-site': 'same-origin',
  })
  const other = new Deployment(memoryStore(), { secret: secret.toUpperCase() })
  const claim = begun.headers.get('location') ?? ''
  for (let visits = 0; visits < 2; visits++) await ask(other, claim, { host: new URL(primary).host })
  expect(codes(other)).toEqual(['CDS405'])
  expect(String(other.errors[0])).toContain('different secrets')
})

test('deployments that do not agree on the primary are told', async () => {
  const other = new Deployment(memoryStore(), { primary: secondary })
  await ask(other, `${primary}/crossdomain/check?claim=x`, { host: new URL(primary).host })
  expect(codes(other)).toEqual(['CDS403'])
})

test('strangers cannot fill the log', async () => {
  for (let visits = 0; visits < 50; visits++) await read({ host: `host-${visits}.example` })
  expect(codes(deployment)).toHaveLength(20)
})

test('strangers who fill the log with hosts leave room for every other fault', async () => {
  for (let visits = 0; visits < 25; visits++) await read({ host: `host-${visits}.example` })
  await ask(deployment, `${primary}/crossdomain/check?claim=x`, { host: new URL(primary).host })
  expect(codes(deployment).at(-1)).toBe('CDS405')
})

test.each([
  [secondary, 'check'],
  [primary, 'replace'],
  [primary, 'ended'],
])(
  'a request to %s/%s that brings no seal is a stranger, and no fault of the set-up',
  async (origin, action) => {
    const answer = await ask(deployment, `${origin}/crossdomain/${action}`, { host: new URL(origin).host })
    expect([await answer.text(), codes(deployment)]).toEqual([expect.stringContaining('CDS403'), []])
  },
)
