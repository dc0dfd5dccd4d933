// The other tests mean something only if these hold: the profile really switches what the browser does.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from '@playwright/test'
import { expect, test, type BrowserWorld } from './test.js'

interface Seen {
  readonly cookie: string
  readonly storageAccess: string
}

let site: Server
let port: number

test.beforeAll(async () => {
  site = createServer((request, response) => {
    const { origin, cookie = '', 'sec-fetch-storage-access': storageAccess } = request.headers
    response.setHeader('Cache-Control', 'no-store')
    response.setHeader('Set-Cookie', [
      'lax=1; Secure; SameSite=Lax; Path=/',
      'none=1; Secure; SameSite=None; Path=/',
    ])
    if (origin !== undefined) {
      response.setHeader('Access-Control-Allow-Origin', origin)
      response.setHeader('Access-Control-Allow-Credentials', 'true')
    }
    const next = { '/crossdomain/start': 'primary', '/crossdomain/check': 'secondary' }[request.url ?? '']
    const action = next === 'primary' ? 'check' : 'replace'
    if (next !== undefined) response.writeHead(303, { Location: url(next, `/crossdomain/${action}`) }).end()
    else if (request.url === '/')
      response.setHeader('Content-Type', 'text/html').end('<!doctype html><link rel="icon" href="data:,">')
    else response.end(JSON.stringify({ cookie, storageAccess: String(storageAccess) } satisfies Seen))
  })
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
  port = (site.address() as AddressInfo).port
})

test.afterAll(() => {
  site.closeAllConnections()
  site.close()
})

const url = (host: string, path = '/') => `http://${host}.localhost:${port}${path}`

/** What the first site's server sees of a fetch by a page of the second, after the person has visited the first. */
async function fetchAcrossSites(page: Page): Promise<Seen> {
  await page.goto(url('primary'))
  await page.goto(url('secondary'))
  return page.evaluate(
    async (to) => (await fetch(to, { credentials: 'include' })).json() as Promise<Seen>,
    url('primary', '/seen'),
  )
}

/** What a site's server sees of a fetch by its own page. */
async function fetchOwn(page: Page): Promise<Seen> {
  await page.goto(url('primary'))
  return page.evaluate(async () => (await fetch('/seen')).json() as Promise<Seen>)
}

const worlds: readonly (readonly [BrowserWorld, { readonly across: Seen; readonly own: string }])[] = [
  ['third-party allowed', { across: { cookie: 'none=1', storageAccess: 'active' }, own: 'lax=1; none=1' }],
  ['third-party blocked', { across: { cookie: '', storageAccess: 'none' }, own: 'lax=1; none=1' }],
  ['cookies off', { across: { cookie: '', storageAccess: 'none' }, own: '' }],
]

for (const [world, { across, own }] of worlds) {
  test.describe(world, () => {
    test.use({ browserWorld: world })

    test('decides which cookies ride on a fetch across sites', async ({ page }) => {
      expect(await fetchAcrossSites(page)).toEqual(across)
    })

    test('decides which cookies an own page has', async ({ page }) => {
      expect(await fetchOwn(page)).toEqual({ cookie: own, storageAccess: 'undefined' })
    })
  })
}

// Consent in a `Lax` cookie is not there then, so such a request takes none back.
test('a page in a frame of another site says so in requests to its own, and sends no lax cookie', async ({
  page,
}) => {
  await page.goto(url('primary'))
  await page.goto(url('secondary'))
  await page.evaluate(
    (src) => document.body.append(Object.assign(document.createElement('iframe'), { src })),
    url('primary'),
  )
  await expect.poll(() => page.frames().map((frame) => frame.url())).toContain(url('primary'))
  const seen = page.frames()[1]?.evaluate(async () => (await fetch('/seen')).json() as Promise<Seen>)
  expect(await seen).toEqual({ cookie: 'none=1', storageAccess: 'active' })
})

test('a profile of one test knows nothing of another', async ({ context }) => {
  expect(await context.cookies()).toEqual([])
})

test('the log sees every hop of a fetch that is redirected across sites', async ({ page, exchange }) => {
  await page.goto(url('secondary'))
  await page.evaluate(() =>
    fetch('/crossdomain/start', { method: 'POST' }).then((response) => response.text()),
  )
  await exchange.waitFor('replace')
  expect(exchange.requests()).toEqual([
    {
      origin: new URL(url('secondary')).origin,
      action: 'start',
      method: 'POST',
      transport: 'fetch',
      status: 303,
    },
    {
      origin: new URL(url('primary')).origin,
      action: 'check',
      method: 'GET',
      transport: 'fetch',
      status: 303,
    },
    {
      origin: new URL(url('secondary')).origin,
      action: 'replace',
      method: 'GET',
      transport: 'fetch',
      status: 200,
    },
  ])
})

test('the log tells a navigation from a fetch', async ({ page, exchange }) => {
  await page.goto(url('secondary', '/crossdomain/start'))
  expect(exchange.requests().map(({ transport }) => transport)).toEqual([
    'navigation',
    'navigation',
    'navigation',
  ])
})

test('errors in a page fail its test unless it allows them', async ({ page, errors }) => {
  await page.goto(url('primary'))
  await page.evaluate(() => {
    console.error('a logged fire')
    setTimeout(() => {
      throw new Error('a thrown fire')
    })
  })
  await expect(async () =>
    expect(() => errors.expectNone()).toThrow(/a logged fire[^]*a thrown fire/),
  ).toPass({ timeout: 5_000 })
  errors.allow(/fire/)
})
