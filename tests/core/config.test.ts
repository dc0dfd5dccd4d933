import { describe, expect, test } from 'vitest'
import { defineConfig, type Environment, type Options } from '../../src/core/config.js'
import type { ErrorCode } from '../../src/core/errors/catalogue.js'
import { CrossDomainError } from '../../src/core/errors/catalogue.js'
import { within } from '../../src/shared/within.js'
import { registrableDomain } from '../../src/subdomains.js'
import { createDomains, parseOrigin, parseServerName } from '../../src/core/domains/origin.js'

const good: Options = {
  primary: 'https://shop.example',
  domains: ['https://shop.example', 'https://brand.example'],
  secret: 'x'.repeat(32),
}

function codeOf(run: () => unknown): ErrorCode | null {
  try {
    run()
    return null
  } catch (error) {
    if (error instanceof CrossDomainError) return error.code
    throw error
  }
}
const define = (options: Options, environment: Environment = {}) =>
  defineConfig(options, environment, () => 0, within)

describe('an origin', () => {
  test.each([
    ['https://shop.example', 'https://shop.example'],
    ['https://shop.example/', 'https://shop.example'],
    ['  https://SHOP.example  ', 'https://shop.example'],
    ['https://shop.example:443', 'https://shop.example'],
    ['https://shop.example:8443', 'https://shop.example:8443'],
    ['https://bücher.example', 'https://xn--bcher-kva.example'],
    ['https://1.2.3', 'https://1.2.0.3'],
    ['https://a--b.-c.example', 'https://a--b.-c.example'],
    ['http://localhost:3000', 'http://localhost:3000'],
    ['http://shop.localhost:3000', 'http://shop.localhost:3000'],
    ['http://127.0.0.1', 'http://127.0.0.1'],
    ['http://[::1]:3000', 'http://[::1]:3000'],
  ])('%s is %s', (input, origin) => expect(parseOrigin(input)).toBe(origin))

  test.each([
    '',
    'shop.example',
    '//shop.example',
    'https://',
    'https://shop.example/path',
    'https://shop.example?',
    'https://shop.example/#',
    'https://user@shop.example',
    'ftp://shop.example',
    'javascript:alert(1)',
    'null',
    'https:shop.example',
    'https://*.shop.example',
    'https://%2A.shop.example',
    'https://.shop.example',
    'https://shop..example',
    'https://xn--a.example',
    null,
    undefined,
    7,
    {},
    ['https://shop.example'],
  ])('%j is none: CDS105', (input) => expect(codeOf(() => parseOrigin(input))).toBe('CDS105'))
  test.each([
    'http://shop.example',
    'http://localhost.example',
    'http://notlocalhost',
    'http://127.0.0.1.example',
  ])('%s is not secure: CDS106', (input) => expect(codeOf(() => parseOrigin(input))).toBe('CDS106'))
  test('a server name stands for https, or http on localhost', () => {
    expect([parseServerName('shop.example'), parseServerName('shop.localhost:3000')]).toEqual([
      'https://shop.example',
      'http://shop.localhost:3000',
    ])
  })
})

describe('the domain of a request', () => {
  const domains = createDomains(
    parseOrigin('https://shop.example'),
    ['https://shop.example', 'https://brand.example:8443'].map(parseOrigin),
  )
  test.each([
    ['shop.example', 'https://shop.example'],
    ['SHOP.example', 'https://shop.example'],
    ['shop.example:443', 'https://shop.example'],
    ['brand.example:8443', 'https://brand.example:8443'],
    ['shop.example:80', null],
    ['shop.example.', null],
    ['www.shop.example', null],
    ['shop.example.evil', null],
    ['evil-shop.example', null],
    ['brand.example', null],
    ['shop.example@evil', null],
    ['', null],
    [null, null],
  ])('%j is %s', (host, origin) => expect(domains.byHost(host)).toBe(origin))
})

describe('a mistake in the configuration', () => {
  test.each<[ErrorCode, Options]>([
    ['CDS101', { ...good, secret: undefined }],
    ['CDS101', { ...good, secret: '' }],
    ['CDS101', { ...good, secret: [] }],
    ['CDS102', { ...good, secret: 'x'.repeat(31) }],
    ['CDS102', { ...good, secret: ['x'.repeat(32), 'short'] }],
    ['CDS103', { ...good, primary: undefined }],
    ['CDS104', { ...good, domains: undefined }],
    ['CDS104', { ...good, domains: [] }],
    ['CDS105', { ...good, domains: ['https://shop.example', 'https://brand.example/path'] }],
    ['CDS106', { ...good, domains: ['https://shop.example', 'http://brand.example'] }],
    ['CDS107', { ...good, domains: ['https://brand.example'] }],
    [
      'CDS108',
      { ...good, primary: 'http://a.localhost', domains: ['http://a.localhost', 'https://a.localhost:80'] },
    ],
    ['CDS105', { ...good, domains: ['https://shop.example', 'https://*.shop.example'] }],
    ['CDS105', { ...good, domains: ['shop.example', '.shop.example'] }],
    [
      'CDS108',
      { ...good, primary: 'localhost:3000', domains: ['http://localhost:3000', 'http://localhost:3001'] },
    ],
    ['CDS108', { ...good, domains: ['https://shop.example', 'https://shop.example:8443'] }],
    [
      'CDS108',
      {
        ...good,
        domains: ['https://shop.example', 'https://www.shop.example:8443'],
        subdomains: registrableDomain,
      },
    ],
    ['CDS109', { ...good, path: 'crossdomain' }],
    ['CDS109', { ...good, path: '/crossdomain/' }],
    ['CDS109', { ...good, path: '//evil.example' }],
    ['CDS109', { ...good, path: '/a/../b' }],
    ['CDS109', { ...good, serviceWorkers: ['sw.js'] }],
    ['CDS109', { ...good, serviceWorkers: ['/sw.js?v=1'] }],
    ['CDS109', { ...good, serviceWorkers: ['/sw.js', 'https://a.example/sw.js'] }],
    ['CDS110', { ...good, lifetime: { idleSeconds: 0 } }],
    ['CDS110', { ...good, lifetime: { idleSeconds: 1.5 } }],
    ['CDS110', { ...good, lifetime: { idleSeconds: 20, absoluteSeconds: 10 } }],
    ['CDS110', { ...good, lifetime: { absoluteSeconds: 36_525 * 86_400 + 1 } }],
    ['CDS110', { ...good, lifetime: { idleSeconds: Number.MAX_SAFE_INTEGER } }],
    ['CDS110', { ...good, maxDataBytes: -1 }],
    ['CDS110', { ...good, maxDataBytes: NaN }],
    ['CDS110', { ...good, maxMergedBytes: 0 }],
  ])('%s', (code, options) => expect(codeOf(() => define(options))).toBe(code))

  test('is no lifetime of a hundred years', () => {
    expect(define({ ...good, lifetime: { absoluteSeconds: 36_525 * 86_400 } }).lifetime.absoluteSeconds).toBe(
      3_155_760_000,
    )
  })

  test('never shows the secret', () => {
    const secret = 'hunter2'
    expect(codeOf(() => define({ ...good, secret }))).toBe('CDS102')
    try {
      define({ ...good, secret })
    } catch (error) {
      expect(String(error)).not.toContain(secret)
    }
  })
})

describe('the environment', () => {
  const environment: Environment = {
    CROSSDOMAIN_PRIMARY_SERVERNAME: 'shop.example',
    CROSSDOMAIN_DOMAINS: ' https://shop.example,\nbrand.example ',
    CROSSDOMAIN_SECRET: `${'n'.repeat(32)} , ${'o'.repeat(32)}`,
    CROSSDOMAIN_PATH: '/x/sync',
  }
  test('gives what the code leaves out', async () => {
    const config = define({}, environment)
    const domains = await config.domains()
    expect([config.secrets, config.path, domains.primary]).toEqual([
      ['n'.repeat(32), 'o'.repeat(32)],
      '/x/sync',
      'https://shop.example',
    ])
    expect(domains.has('https://brand.example')).toBe(true)
  })
  test('gives way to the code', async () => {
    const config = define(
      { ...good, path: '/own' },
      { ...environment, CROSSDOMAIN_PRIMARY_SERVERNAME: 'other.example' },
    )
    expect([config.path, (await config.domains()).primary]).toEqual(['/own', 'https://shop.example'])
  })
})

test('a consent hook that throws has not said yes', async () => {
  const errors: unknown[] = []
  const config = define({
    ...good,
    mayCreateSession: () => {
      throw new Error('no')
    },
    onError: (error) => errors.push(error),
  })
  expect(await config.mayCreateSession({ headers: new Headers(), cookies: { get: () => undefined } })).toBe(
    false,
  )
  expect(errors).toHaveLength(1)
})

describe('a secret that no domain uses is reported at start', () => {
  const told = (domainSecrets: Options['domainSecrets'], options: Options = {}): string[] => {
    const errors: unknown[] = []
    define({ ...good, ...options, domainSecrets, onError: (error) => errors.push(error) })
    return errors.map((error) => (error instanceof CrossDomainError ? error.message : String(error)))
  }
  const own = 'y'.repeat(32)

  test.each([
    ['https://www.brand.example', 'https://www.brand.example is not listed'],
    ['http://brand.localhost:3000', 'http://brand.localhost:3000 is not listed'],
    ['brand.example:8443', 'https://brand.example:8443 is not listed'],
  ])('that of %s', (name, detail) => {
    expect(told({ [name]: own, 'https://brand.example': own })).toEqual([expect.stringContaining(detail)])
    expect(told({ [name]: own })[0]).toMatch(/^CDS116/)
  })

  test('that of a subdomain that shares the session of a listed domain', () => {
    const domains = ['https://shop.example', 'https://brand.example', 'https://www.brand.example']
    const detail = 'https://www.brand.example shares the session of https://brand.example'
    const name = 'https://www.brand.example'
    expect(told({ [name]: own }, { domains })).toEqual([])
    expect(told({ [name]: own }, { domains, subdomains: registrableDomain })).toEqual([
      expect.stringContaining(detail),
    ])
  })

  test('and none that a domain uses, or that a function may list later', () => {
    expect(told({ 'brand.example': own })).toEqual([])
    expect(told({ 'https://later.example': own }, { domains: async () => [] })).toEqual([])
  })
})
