import { readFileSync } from 'node:fs'
import type { MiddlewareConfig } from 'next/server.js'
import { unstable_doesMiddlewareMatch as doesMatch } from 'next/experimental/testing/server.js'
import { describe, expect, test, vi } from 'vitest'
import { primary, secret } from '../support/fakeBrowser.js'
import { middlewareCases } from './middleware.cases.js'

vi.stubEnv('CROSSDOMAIN_PRIMARY_SERVERNAME', primary)
vi.stubEnv('CROSSDOMAIN_DOMAINS', primary)
vi.stubEnv('CROSSDOMAIN_SECRET', secret)
// The example has a configuration of its own for the type checker, so it is imported by name.
const example = '../../app-example/middleware.ts'
const { config } = (await import(/* @vite-ignore */ example)) as { config: MiddlewareConfig }

describe('the middleware on Node', middlewareCases)

describe('the documented matcher', () => {
  const matches = (
    path: string,
    headers: Record<string, string> = {},
    cookies: Record<string, string> = {},
  ) => doesMatch({ config, url: `https://shop.example${path}`, headers, cookies })

  test.each(['/', '/cart', '/a/b/c', '/crossdomain', '/crossdomains/x'])(
    'runs for a first visit to %s',
    (path) => expect(matches(path)).toBe(true),
  )
  test.each([
    '/_next/static/chunks/a.js',
    '/_next/image',
    '/favicon.ico',
    '/images/a.png',
    '/sitemap.xml',
    '/crossdomain/start',
    '/crossdomain/check',
  ])('is skipped for %s', (path) => expect(matches(path)).toBe(false))
  test('is skipped for visitors who have the cookie', () =>
    expect(matches('/', {}, { a: '1', '__Host-Http-crossdomain': 'x' })).toBe(false))
  test('is not skipped for the cookie of another name', () =>
    expect(matches('/', {}, { '__Host-crossdomain-sync': 'x' })).toBe(true))
  // Chromium says `Sec-Purpose`, Safari `Purpose`, the router of Next.js its own.
  test.each([
    { 'next-router-prefetch': '1' },
    { purpose: 'prefetch' },
    { 'sec-purpose': 'prefetch' },
    { 'sec-purpose': 'prefetch;prerender' },
  ])('is skipped for a prefetch: %j', (headers) => expect(matches('/', headers)).toBe(false))

  test.each(['/sw.js', '/', '/_next/static/chunks/a.js', '/uploads/a.js', '/a/b/c', '/crossdomain/sw.js'])(
    'runs for a service worker at %s, for visitors who have the cookie too',
    (path) =>
      expect(matches(path, { 'service-worker': 'script' }, { '__Host-Http-crossdomain': 'x' })).toBe(true),
  )

  test('is the one of the README', () => {
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
    const shown = /export const config = (\{[^]*?\n\})\n```/.exec(readme)?.[1] ?? ''
    const source = readFileSync(new URL('../../app-example/middleware.ts', import.meta.url), 'utf8')
    expect(shown).not.toBe('')
    expect(source.replace(/\s/g, '')).toContain(shown.replace(/\s/g, ''))
  })
})
