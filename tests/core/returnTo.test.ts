// Where the exchange may send a browser at its end, and nowhere else.
import { expect, test } from 'vitest'
import { createDomains, parseOrigin } from '../../src/core/domains/origin.js'
import { parseReturnTo } from '../../src/core/request/returnTo.js'
import { registrableDomain } from '../../src/subdomains.js'

const self = parseOrigin('https://brand.example')
const origins = [
  self,
  ...['https://shop.example', 'https://third.example:8443', 'http://local.localhost:3000'].map(parseOrigin),
]
const domains = createDomains(parseOrigin('https://shop.example'), origins)
const parse = (input: unknown) => parseReturnTo(input, self, domains, '/crossdomain')

test.each([
  ['/', '/'],
  ['/a?q=x\\y#z', '/a?q=x\\y#z'],
  ['/a/../b', '/b'],
  ['/crossdomainer', '/crossdomainer'],
  ['/ü', '/%C3%BC'],
  ['https://shop.example', 'https://shop.example/'],
  ['https://shop.example/', 'https://shop.example/'],
  ['https://shop.example?a=/b', 'https://shop.example/?a=/b'],
  ['https://shop.example#a', 'https://shop.example/#a'],
  [
    'https://shop.example/a/../b?x=%2F&y=https://evil.example#z',
    'https://shop.example/b?x=%2F&y=https://evil.example#z',
  ],
  ['https://third.example:8443/a', 'https://third.example:8443/a'],
  ['http://local.localhost:3000/a', 'http://local.localhost:3000/a'],
  ['https://brand.example/own', '/own'],
])('takes %j as %j', (input, page) => expect(parse(input)).toBe(page))

test.each([
  [
    'another host',
    [
      '//evil.example',
      '///evil.example',
      'https://evil.example',
      'https://evil.example/https://shop.example/',
      '//shop.example/a',
    ],
  ],
  [
    'another host by a backslash',
    [
      '/\\evil.example',
      '\\\\evil.example',
      'https:\\\\shop.example',
      'https://shop.example\\@evil.example/',
      'https://evil.example\\.shop.example/',
      'https://shop.example/\\evil.example',
      'https:/\\shop.example/',
    ],
  ],
  [
    'a host that looks alike',
    [
      'https://shop.example.evil',
      'https://shop.example.evil/',
      'https://evilshop.example/',
      'https://shop.example./',
      'https://www.shop.example/',
      'https://ѕhop.example/',
      'https://SHOP.example/',
      'https://shop%2eexample/',
    ],
  ],
  [
    'credentials',
    [
      'https://shop.example@evil.example',
      'https://shop.example@evil.example/',
      'https://shop.example:443@evil.example/',
      'https://ada@shop.example/',
      'https://ada:secret@shop.example/',
      'https://@shop.example/',
    ],
  ],
  [
    'another scheme or port',
    [
      'http://shop.example/',
      'https://shop.example:8443/',
      'https://shop.example:443/',
      'https://third.example/',
      'https://local.localhost:3000/',
      'ftp://shop.example/',
      'HTTPS://shop.example/',
      'https:shop.example/',
      'https:///shop.example/',
    ],
  ],
  [
    'what is no page',
    [
      'javascript:alert(1)',
      'JavaScript://shop.example/%0aalert(1)',
      'data:text/html,x',
      'blob:https://shop.example/x',
      'about:blank',
      '',
      'evil',
      '?a',
      '#a',
      ' /',
      '%2Fa',
      'https%3A%2F%2Fshop.example',
      'https://',
      null,
      undefined,
      1,
      ['/'],
      { toString: () => '/' },
    ],
  ],
  [
    'control characters and white space',
    [
      '/\t/evil.example',
      '/a\r\nSet-Cookie: x=1',
      'https://shop.example/a\r\nLocation: https://evil.example',
      'https://shop.example\n/',
      'ht\ttps://shop.example/',
      '\u0000https://shop.example/',
      ' https://shop.example/',
      'https://shop.example /',
      'https://shop.example/a b',
      'https://shop.example/\u007f',
    ],
  ],
  [
    'a path that a parser turns into another host',
    [
      '/.//evil.example',
      '/a/..//evil.example',
      '/%2e//evil.example',
      'https://shop.example//evil.example',
      'https://shop.example/.//evil.example',
      'https://shop.example/%2e//evil.example',
    ],
  ],
  [
    'the exchange itself',
    [
      '/crossdomain',
      '/crossdomain/start?return_to=/',
      'https://shop.example/crossdomain/start',
      'https://shop.example/crossdomain/check?claim=x',
      'https://shop.example/crossdomain',
      'https://shop.example/x/../crossdomain/replace',
      'https://shop.example/cross%64omain/start',
      'https://shop.example/crossdomain/',
      'https://brand.example/crossdomain/start',
    ],
  ],
  ['what cannot be decoded', ['/%', 'https://shop.example/%ff']],
] as const)('refuses %s', (_, inputs) => {
  for (const input of inputs) expect(parse(input), JSON.stringify(input)).toBeNull()
})

test('takes a subdomain where all of them share the session, and none of a look-alike', () => {
  const shared = createDomains(parseOrigin('https://shop.example'), origins, registrableDomain)
  expect(parseReturnTo('https://www.shop.example/a', self, shared, '/crossdomain')).toBe(
    'https://www.shop.example/a',
  )
  for (const evil of [
    'https://www.shop.example.evil/a',
    'http://www.shop.example/a',
    'https://www.shop.example:8443/a',
    'https://WWW.shop.example/a',
  ]) {
    expect(parseReturnTo(evil, self, shared, '/crossdomain'), evil).toBeNull()
  }
})
