// What a developer sees: one `next dev` for all domains, on one port, under Strict Mode.
import { spawn, type ChildProcess } from 'node:child_process'
import { request } from 'node:http'
import { freePort } from '../fixtures/server.mjs'
import { expect, test } from './harness/test.js'

const app = 'tests/apps/development'
const next = 'node_modules/next/dist/bin/next'

let server: ChildProcess
let port: number
let output = ''

const url = (domain: 'primary' | 'secondary', path = '/') => `http://${domain}.localhost:${port}${path}`

test.beforeAll(async () => {
  test.setTimeout(180_000)
  port = await freePort()
  const env = {
    ...process.env,
    NODE_ENV: 'development' as const,
    NEXT_TELEMETRY_DISABLED: '1',
    CROSSDOMAIN_PRIMARY_SERVERNAME: url('primary').slice(0, -1),
    CROSSDOMAIN_DOMAINS: [url('primary'), url('secondary')].map((origin) => origin.slice(0, -1)).join(),
    CROSSDOMAIN_SECRET: 'a-secret-of-the-development-tests-alone',
  }
  server = spawn(
    process.execPath,
    [
      '--import',
      './scripts/lib/endWithParent.mjs',
      next,
      'dev',
      app,
      '--port',
      String(port),
      '--hostname',
      '127.0.0.1',
    ],
    {
      env,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    },
  )
  for (const stream of [server.stdout, server.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => (output += text))
  // Each route is compiled when it is first asked for; here, so that no test waits for it.
  for (const path of ['/', '/counted', '/writes', '/reads', '/crossdomain/session']) {
    await expect.poll(() => statusOf(path), { timeout: 60_000, message: `${path} answers` }).toBe(200)
  }
})
test.afterAll(() => new Promise((resolve) => server.once('exit', resolve) && server.kill('SIGTERM')))

/** Node does not resolve names below `localhost`, so the name goes into `Host`. @returns 0 when nothing answers. */
function statusOf(path: string): Promise<number> {
  return new Promise((resolve) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        path,
        headers: { host: `primary.localhost:${port}`, 'sec-fetch-site': 'same-origin' },
      },
      (response) => resolve(response.resume().statusCode ?? 0),
    )
    sent.once('error', () => resolve(0)).end()
  })
}

test('a secondary makes one exchange, shows the cart of the primary, and tells the application', async ({
  page,
  exchange,
}) => {
  await page.goto(url('primary'))
  await page.getByRole('button').click()
  await expect(page.getByTestId('cart')).toHaveText('tea')
  await page.goto(url('secondary'))
  await expect(page.getByTestId('cart')).toHaveText('tea')
  await exchange.settle()
  // Strict Mode mounts everything twice.
  await expect(page.getByTestId('mounts')).toHaveText('2')
  expect(exchange.actions()).toEqual(['start', 'check', 'replace'])
  await expect(page.getByTestId('result')).toHaveText(['replaced by fetch'])
})

test('where the route is missing, the console says which file to look at', async ({ page, errors }) => {
  errors.allow(/404/)
  await page.route('**/crossdomain/start', (route) =>
    route.fulfill({ status: 404, contentType: 'text/html', body: '<!doctype html>' }),
  )
  const warned = page.waitForEvent(
    'console',
    (message) => message.type() === 'warning' && message.text().startsWith('next-crossdomain-session'),
  )
  await page.goto(url('secondary'))
  expect((await warned).text()).toContain('app/crossdomain/[action]/route.ts')
})

test('if a script adds a header to every fetch, the console says so, and a navigation brings the cart', async ({
  page,
  context,
  errors,
}) => {
  // The browser asks the last hop, whose page it does not name any more, whether it takes the header. To find out why
  // that failed, the island sends a request that the primary refuses.
  errors.allow(/preflight|CORS|ERR_FAILED|403 .*\/crossdomain\/check/)
  await page.goto(url('primary'))
  await page.getByRole('button').click()
  await expect(page.getByTestId('cart')).toHaveText('tea')
  // As a monitoring script does it.
  await context.addInitScript(() => {
    const { fetch } = window
    window.fetch = (input, init) => {
      const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : {}))
      headers.set('traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01')
      return fetch(input, { ...init, headers })
    }
  })
  const told: string[] = []
  context.on('console', (message) => told.push(`${message.type()}: ${message.text()}`))
  await page.goto(url('secondary'))
  await expect(page.getByTestId('result')).toHaveText(['replaced by navigation'], { timeout: 30_000 })
  await expect(page.getByTestId('cart')).toHaveText('tea')
  const warnings = told.filter((text) => text.startsWith('warning: next-crossdomain-session'))
  expect(warnings).toEqual([expect.stringContaining('A script of this page adds headers to every fetch')])
})

test('`throttleSeconds` says how long an agreement is believed', async ({ page, exchange }) => {
  const agreedAt = Date.now()
  await page.clock.setFixedTime(agreedAt)
  await page.goto(url('primary'))
  await page.goto(url('secondary'))
  await expect(page.getByTestId('result')).not.toHaveCount(0)
  await exchange.settle(1_000)
  exchange.clear()
  await page.clock.setFixedTime(agreedAt + 4_999)
  await page.reload()
  await exchange.settle(1_000)
  expect(exchange.actions()).toEqual([])
  await page.clock.setFixedTime(agreedAt + 5_000)
  await page.reload()
  await expect(page.getByTestId('result')).toHaveText(['use_current by fetch'])
  expect(exchange.actions()).toEqual(['start', 'check'])
})

test('every write while a page renders is refused, and changes nothing', async ({ page }) => {
  await page.goto(url('primary'))
  await page.getByRole('button').click()
  await expect(page.getByTestId('cart')).toHaveText('tea')
  await page.goto(url('primary', '/writes'))
  const names = ['set', 'update', 'delete', 'login', 'logout', 'destroy']
  await expect(page.getByTestId('told')).toHaveText(names.map((name) => `${name} CDS201`).join())
  await page.goto(url('primary'))
  await expect(page.getByTestId('cart')).toHaveText('tea')
  await expect(page.getByTestId('user')).toHaveText('guest')
})

test('layout, page, metadata and nested components ask the store once', async ({ page }) => {
  await page.goto(url('primary'))
  await page.getByRole('button').click()
  await expect(page.getByTestId('cart')).toHaveText('tea')
  const reads = () => page.evaluate(async () => (await fetch('/reads')).json() as Promise<number>)
  const before = await reads()
  await page.goto(url('primary', '/counted'))
  await expect(page.getByTestId('cart')).toHaveText('tea')
  await expect(page.getByTestId('same')).toHaveText('true')
  await expect(page).toHaveTitle('tea')
  expect(await reads()).toBe(before + 1)
})

test('an action and the page that its answer renders ask the store once', async ({ page }) => {
  await page.goto(url('primary'))
  await page.getByRole('button').click()
  await expect(page.getByTestId('cart')).toHaveText('tea')
  const reads = () => page.evaluate(async () => (await fetch('/reads')).json() as Promise<number>)
  const before = await reads()
  await page.getByRole('button').click()
  await expect(page.getByTestId('cart')).toHaveText('tea,tea')
  expect(await reads()).toBe(before + 1)
})

test('the log of `next dev` names no request of the exchange, and finds the middleware', () => {
  expect(output).toContain('GET /counted')
  expect(output).not.toContain('CDS113')
  expect(output).not.toMatch(/^ *(GET|POST) \/crossdomain\//m)
})
