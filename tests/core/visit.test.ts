import { describe, expect, test } from 'vitest'
import { visitOf } from '../../src/core/request/incoming.js'
import { parseOrigin } from '../../src/core/domains/origin.js'
import { primary } from '../support/fakeBrowser.js'

const both = { ip: true, userAgent: true }
const visit = (headers: Record<string, string>, records = both) =>
  visitOf(new Headers(headers), parseOrigin(primary), records)
const full = { 'x-forwarded-for': '203.0.113.9, 10.0.0.1', 'x-real-ip': '10.0.0.2', 'user-agent': 'Phone' }

describe('who is asking', () => {
  test('is recorded with address and browser, on this domain', () =>
    expect(visit(full)).toEqual({ domain: primary, ip: '203.0.113.9', userAgent: 'Phone' }))
  test.each([
    ['{ ip: false }', { ip: false, userAgent: true }, { ip: null, userAgent: 'Phone' }],
    ['{ userAgent: false }', { ip: true, userAgent: false }, { ip: '203.0.113.9', userAgent: null }],
    ['both false', { ip: false, userAgent: false }, { ip: null, userAgent: null }],
  ])('is recorded in part or not at all: %s', (_, records, seen) =>
    expect(visit(full, records)).toEqual({ domain: primary, ...seen }),
  )
  test('has the address of the proxy that says it otherwise', () =>
    expect(visit({ 'x-real-ip': '198.51.100.7' }).ip).toBe('198.51.100.7'))
  test('is nobody without headers, or with empty ones', () => {
    expect(visit({})).toEqual({ domain: primary, ip: null, userAgent: null })
    expect(visit({ 'x-forwarded-for': '', 'user-agent': '' })).toEqual({
      domain: primary,
      ip: null,
      userAgent: null,
    })
  })
  test('is cut to 45 and 512 characters', () => {
    const longest = '0000:0000:0000:0000:0000:ffff:192.168.100.228'
    expect(visit({ 'x-forwarded-for': longest }).ip).toBe(longest)
    expect(visit({ 'x-forwarded-for': `${longest}9`, 'user-agent': 'x'.repeat(513) })).toEqual({
      domain: primary,
      ip: longest,
      userAgent: 'x'.repeat(512),
    })
  })
})
