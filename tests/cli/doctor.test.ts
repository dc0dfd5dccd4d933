// The doctor against deployments that run, each with one thing wrong.
import type { OutgoingHttpHeaders } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { expect, test } from 'vitest'
import { examine, type Examination } from '../../src/cli/doctor/examine.js'
import { obstacleIn } from '../../src/cli/doctor/obstacle.js'
import type { Store } from '../../src/core/store/store.js'
import { memoryStore } from '../../src/stores/memory.js'
import { deploy, type Difference } from '../support/deployments.js'
import { makeCertificate } from '../../fixtures/certificate.mjs'
import { freePort } from '../../fixtures/server.mjs'

const names = ['shop', 'brand', 'third']

/** What the doctor finds: `name check code`, for all that is not right. */
async function findings(differences: Record<string, Difference>, more: Partial<Examination> = {}) {
  const { origins, stop } = await deploy(names, differences)
  try {
    const report = await examine({ origins, page: '/', path: undefined, cookies: [], ...more })
    return report.findings
      .filter(({ level }) => level !== 'ok')
      .map(({ origin, check, code, level }) =>
        [names[origins.indexOf(origin)], level, check, code].filter((word) => word !== null).join(' '),
      )
  } finally {
    stop()
  }
}

const brokenStore = new Proxy(memoryStore(), {
  get: () => async () => {
    throw new Error('connection refused')
  },
}) satisfies Store

const [secret, other] = [
  'a-secret-for-tests-of-at-least-32-characters',
  'another-secret-of-at-least-32-characters',
]

/** Something that answers before the deployment does. */
function answering(path: string, status: number): Difference['before'] {
  return ({ url }) => (url?.startsWith(path) ? { status } : undefined)
}

const failingPage: Difference['before'] = ({ url }) => (url === '/' ? { status: 500 } : undefined)

/** A proxy that does not pass headers on whose names begin with this. */
function removing(prefix: string): Difference['before'] {
  return ({ headers }) => {
    for (const name of Object.keys(headers)) if (name.startsWith(prefix)) delete headers[name]
    return undefined
  }
}

/** Many instances, each with a store in its own process: none knows what another one has written. */
function forgetful(): Store {
  return new Proxy(memoryStore(), {
    get: (_, name: keyof Store) => Reflect.get(memoryStore(), name),
  })
}

/** A cache that ignores what an answer says of caches. */
function cacheOfPages(): Difference {
  let kept: OutgoingHttpHeaders | undefined
  return {
    after: (headers, { url }) => {
      if (url !== '/') return
      kept ??= { ...headers }
      Object.assign(headers, kept)
    },
  }
}

test('finds nothing wrong with deployments that are right', async () => {
  expect(await findings({})).toEqual([])
})

test.each<[string, Record<string, Difference>, string[]]>([
  ['another secret', { brand: { options: () => ({ secret: other }) } }, ['brand error secret CDS405']],
  [
    'a secret that only the primary seals with, as in a rotation in the wrong order',
    { shop: { options: () => ({ secret: [other, secret] }) } },
    ['brand error secret CDS408', 'third error secret CDS408'],
  ],
  [
    'a host that no deployment lists',
    { brand: { options: ([shop = '']) => ({ domains: [shop] }) } },
    ['brand error host CDS403'],
  ],
  [
    'a proxy that passes X-Forwarded-Host and another Host',
    {
      brand: {
        before: ({ headers }) => {
          headers['x-forwarded-host'] = headers.host
          headers.host = '127.0.0.1:3000'
          return undefined
        },
      },
    },
    ['brand error host CDS403'],
  ],
  [
    'a primary that leads to www.',
    {
      shop: {
        before: ({ url = '' }) => ({
          status: 308,
          headers: { location: `http://www.shop.localhost:1${url}` },
        }),
      },
    },
    ['shop error redirect CDS417', 'brand error exchange', 'third error exchange'],
  ],
  [
    'a route that is not there',
    { brand: { before: answering('/crossdomain/', 404) } },
    ['brand error route CDS417'],
  ],
  [
    'a route that exports POST alone',
    { brand: { before: answering('/crossdomain/', 405) } },
    ['brand error route CDS417'],
  ],
  ['a server that did not start', { brand: { before: answering('/', 500) } }, ['brand error route']],
  ['a route that fails', { brand: { before: answering('/crossdomain/', 500) } }, ['brand error route']],
  [
    'a list of domains that cannot be read',
    {
      brand: {
        options: () => ({
          domains: async () => {
            throw new Error('connection refused')
          },
        }),
      },
    },
    ['brand error route CDS111'],
  ],
  ['a page that fails', { brand: { before: failingPage } }, ['brand error page']],
  ['a page that fails after the middleware', { third: { pageStatus: 500 } }, ['third error page']],
  ['a page that is not there', { third: { pageStatus: 404 } }, ['third warning page']],
  [
    'a primary that fails',
    { shop: { before: answering('/', 502) } },
    ['shop error route', 'brand error exchange', 'third error exchange'],
  ],
  ['a password', { brand: { before: answering('/', 401) } }, ['brand error route']],
  [
    'a login of another host',
    { brand: { before: () => ({ status: 302, headers: { location: 'https://login.example/sso?to=x' } }) } },
    ['brand error redirect CDS417'],
  ],
  [
    'a cache that keeps a page without its cookie',
    {
      third: {
        after: (headers, { url }) => {
          if (url !== '/') return
          delete headers['set-cookie']
          headers['age'] = '12'
        },
      },
    },
    ['third error cache'],
  ],
  [
    'no middleware',
    { third: { hasMiddleware: false } },
    ['third warning service-worker CDS419', 'third error middleware CDS113'],
  ],
  ['a store that does not answer', { brand: { store: brokenStore } }, ['brand error exchange CDS301']],
  [
    'a store of the primary that does not answer',
    { shop: { store: brokenStore } },
    ['brand error exchange CDS301', 'third error exchange CDS301'],
  ],
  [
    'instances of the primary that do not share a store',
    { shop: { store: forgetful() } },
    ['brand error once', 'third error once'],
  ],
  [
    'a clock that is two minutes behind',
    { brand: { aheadSeconds: -120 } },
    ['brand error exchange CDS406', 'brand error clock CDS406'],
  ],
  ['a clock that is twenty seconds ahead', { brand: { aheadSeconds: 20 } }, ['brand warning clock CDS406']],
  [
    'a page whose policy blocks the primary',
    { brand: { page: { 'content-security-policy': "default-src 'self'" } } },
    ['brand error csp'],
  ],
  ['a page without the island', { brand: { hasIsland: false } }, ['brand warning island']],
  [
    'a cache that ignores what the page says',
    {
      third: {
        after: (headers) => void (headers['cache-control'] = 's-maxage=31536000'),
      },
    },
    ['third warning headers', 'third error cache'],
  ],
  ['a cache that keeps a page with its cookie', { brand: cacheOfPages() }, ['brand error cache']],
  [
    'a proxy that takes Secure off cookies',
    {
      brand: {
        after: (headers) => {
          headers['set-cookie'] = [headers['set-cookie'] ?? []]
            .flat()
            .map((line) => String(line).replace(/; Secure/i, ''))
        },
      },
    },
    ['brand error cookies'],
  ],
  [
    'a proxy that removes Sec-Fetch-*',
    { brand: { before: removing('sec-fetch-') } },
    ['brand error sec-fetch CDS413'],
  ],
  [
    'a proxy of the primary that removes Sec-Fetch-Storage-Access',
    { shop: { before: removing('sec-fetch-storage-access') } },
    ['brand warning exchange', 'third warning exchange'],
  ],
  [
    'a header of the page that the route has too',
    { brand: { after: (headers) => void (headers['referrer-policy'] = 'origin') } },
    ['brand warning headers'],
  ],
  [
    'a list that leaves one domain out',
    { third: { options: ([shop = '', , third = '']) => ({ domains: [shop, third] }) } },
    ['third error domains CDS414'],
  ],
])('finds %s', async (_, differences, expected) => {
  expect(await findings(differences)).toEqual(expected)
})

test('begins the exchange as browsers do: with a GET that names no origin', async () => {
  const seen: unknown[] = []
  const before: Difference['before'] = ({ method, url, headers }) => {
    if (url?.endsWith('/start')) seen.push([method, headers.origin])
    return undefined
  }
  expect(await findings({ brand: { before } })).toEqual([])
  expect(seen).toEqual([['GET', undefined]])
})

const consent: Difference = {
  options: () => ({ mayCreateSession: ({ cookies }) => cookies.get('consent')?.value === 'yes' }),
}

test('says that consent is missing, and finds nothing wrong with the cookie that gives it', async () => {
  const all = { shop: consent, brand: consent, third: consent }
  expect(await findings(all)).toEqual(['brand warning consent CDS415', 'third warning consent CDS415'])
  expect(await findings(all, { cookies: ['consent=yes'] })).toEqual([])
})

test('says that the primary was not named, and walks the exchange all the same', async () => {
  const { origins, stop } = await deploy(names)
  const [shop, ...others] = origins
  const report = await examine({ origins: others, page: '/', path: undefined, cookies: [] })
  stop()
  expect(report.primary).toBe(shop)
  expect(report.findings.filter(({ level }) => level !== 'ok')).toMatchObject([{ check: 'primary' }])
  expect(report.findings.filter(({ check }) => check === 'exchange')).toMatchObject([
    { level: 'ok' },
    { level: 'ok' },
  ])
})

/** What the doctor says of an origin beside deployments that are right. */
async function saysOf(origin: string) {
  const { origins, stop } = await deploy(names)
  const report = await examine({ origins: [...origins, origin], page: '/', path: undefined, cookies: [] })
  stop()
  return report.findings.filter(({ level }) => level !== 'ok')
}

test('says where nothing answers, and that it has nothing to do with the name', async () => {
  const origin = 'http://gone.localhost:1'
  const says = expect.stringContaining(`${origin} does not answer: ECONNREFUSED`) as unknown
  const advice = expect.stringContaining('nothing listens on this port') as unknown
  expect(await saysOf(origin)).toMatchObject([{ check: 'reach', origin, says, advice }])
})

test.each([
  ['ENOTFOUND (getaddrinfo ENOTFOUND shop.example)', 'DNS'],
  ['ETIMEDOUT (20 seconds)', 'firewall'],
  ['ECONNRESET (socket hang up)', 'Is the address right'],
])('says what to do if the answer is %s', (body, advice) => {
  const answer = { url: new URL('https://shop.example/'), status: 0, headers: new Headers(), body }
  expect(obstacleIn('https://shop.example', 'page', answer)).toMatchObject({
    check: 'reach',
    says: `https://shop.example does not answer: ${body}.`,
    advice: expect.stringContaining(advice) as unknown,
  })
})

test('says where the certificate is not trusted', async () => {
  const server = createSecureServer(makeCertificate(['own.localhost']), (_, response) => response.end())
  const port = await freePort()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const origin = `https://own.localhost:${port}`
  const says = expect.stringContaining(`do not trust the certificate of ${origin}`) as unknown
  const advice = expect.stringContaining('NODE_EXTRA_CA_CERTS') as unknown
  expect(await saysOf(origin)).toMatchObject([{ check: 'certificate', origin, says, advice }])
  server.close()
})

test('says which address failed, with which status, and where to look', async () => {
  const { origins, stop } = await deploy(names, { brand: { before: failingPage } })
  const { findings: all } = await examine({ origins, page: '/', path: undefined, cookies: [] })
  stop()
  expect(all.find(({ level }) => level === 'error')).toMatchObject({
    says: `${origins[1]}/ answers 500: the server fails.`,
    advice: expect.stringContaining("server's log") as unknown,
    code: null,
  })
})

test('passes a login with the cookie of somebody who may', async () => {
  const before: Difference['before'] = ({ headers }) =>
    headers.cookie?.includes('preview=yes') === true
      ? undefined
      : { status: 302, headers: { location: 'https://login.example/' } }
  const all = { shop: { before }, brand: { before }, third: { before } }
  expect(await findings(all, { cookies: ['preview=yes'] })).toEqual([])
  expect(await findings(all)).toEqual(names.map((name) => `${name} error redirect CDS417`))
})
