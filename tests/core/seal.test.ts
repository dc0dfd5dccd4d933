import { sealData } from 'iron-session'
import { describe, expect, test } from 'vitest'
import { issueCookies, newPass, readSessionCookie } from '../../src/core/request/cookies.js'
import { fingerprintOf, sha256 } from '../../src/core/values/ids.js'
import { parseOrigin } from '../../src/core/domains/origin.js'
import { seal, unseal, type Purpose, type Sealing } from '../../src/core/values/seal.js'

const secrets = (...list: [string, ...string[]]) => ({
  secrets: list.map((name) => name.repeat(32)) as [string, ...string[]],
})
const at = (now: number, keys = secrets('a')): Sealing => ({ ...keys, clock: () => now })
const purposes: readonly Purpose[] = ['http-session', 'http-link', 'claim', 'ticket', 'cookie', 'link']

describe('a seal', () => {
  test.each(purposes.flatMap((made) => purposes.map((read) => [made, read] as const)))(
    'of a %s read as a %s',
    async (made, read) => {
      const opened = await unseal(at(0), read, await seal(at(0), made, { a: 1 }, 60))
      expect(opened).toEqual(
        made === read ? { status: 'open', payload: { a: 1 }, isNewest: true } : { status: 'invalid' },
      )
    },
  )
  test('is none that an application makes with the same secret', async () => {
    const box = { purpose: 'claim', expiresAt: 60, payload: { a: 1 } }
    const own = await sealData(box, { password: secrets('a').secrets[0], ttl: 0 })
    expect(await unseal(at(0), 'claim', own)).toEqual({ status: 'invalid' })
  })
  test('opens until its last second, by the given clock', async () => {
    const text = await seal(at(1000), 'claim', {}, 60)
    expect((await unseal(at(1059), 'claim', text)).status).toBe('open')
    expect((await unseal(at(1060), 'claim', text)).status).toBe('expired')
  })
  test('is made by the newest secret and opens by any that is listed', async () => {
    const old = await seal(at(0, secrets('a')), 'cookie', {}, 60)
    const fresh = await seal(at(0, secrets('b', 'a')), 'cookie', {}, 60)
    expect((await unseal(at(0, secrets('c', 'b', 'a')), 'cookie', old)).status).toBe('open')
    expect((await unseal(at(0, secrets('b')), 'cookie', fresh)).status).toBe('open')
    expect((await unseal(at(0, secrets('c', 'b')), 'cookie', old)).status).toBe('invalid')
  })
  test('fits a cookie and a query as it is', async () => {
    const text = await seal(at(0), 'ticket', { text: 'ü"; \\,' }, 60)
    expect(text).toMatch(/^[\w.*~-]+$/)
    expect(new URLSearchParams(`ticket=${text}`).get('ticket')).toBe(text)
  })
  test('that was changed anywhere opens nowhere, and nothing throws', async () => {
    const text = await seal(at(0), 'cookie', { a: 1 }, 60)
    // The last two characters say the version of iron-session's format, and nothing that counts.
    for (let index = 0; index < text.length - 2; index += 7) {
      const changed = text.slice(0, index) + (text[index] === 'x' ? 'y' : 'x') + text.slice(index + 1)
      expect((await unseal(at(0), 'cookie', changed)).status, changed).toBe('invalid')
    }
  })
  test.each([undefined, null, '', 'x', 'Fe26.2*1', 7, {}, 'Fe26.2*'.repeat(10), 'a'.repeat(100_000)])(
    '%j is invalid',
    async (text) => {
      expect(await unseal(at(0), 'cookie', text)).toEqual({ status: 'invalid' })
    },
  )
})

describe('cookies', () => {
  const shop = parseOrigin('https://shop.example')
  const brand = parseOrigin('https://brand.example')
  const pass = newPass()
  const placeAt = (domain: typeof shop) => ({
    domain,
    isPrimary: domain === shop,
    cookieDomain: null,
    path: '/crossdomain',
  })

  test('of a primary and of a secondary have exactly these attributes', async () => {
    const shapes = async (isPrimary: boolean) =>
      (
        await issueCookies(
          at(0),
          { domain: isPrimary ? shop : brand, isPrimary, cookieDomain: null, path: '/crossdomain' },
          pass,
        )
      ).map(({ value: _, ...cookie }) => cookie)
    const year = { maxAgeSeconds: 400 * 86_400, domain: null }
    expect(await shapes(true)).toEqual([
      { name: '__Host-Http-crossdomain', httpOnly: true, sameSite: 'lax', ...year },
      { name: '__Host-Http-crossdomain-link', httpOnly: true, sameSite: 'none', ...year },
    ])
    expect(await shapes(false)).toEqual([
      { name: '__Host-Http-crossdomain', httpOnly: true, sameSite: 'lax', ...year },
      { name: '__Host-crossdomain-sync', httpOnly: false, sameSite: 'none', ...year },
    ])
  })
  test('of one domain are worth nothing on another, nor as the other kind', async () => {
    const cookies = await issueCookies(
      at(0),
      { domain: shop, isPrimary: true, cookieDomain: null, path: '/crossdomain' },
      pass,
    )
    const sent = (swap: boolean) => ({
      get: (name: string) => cookies[name.endsWith('link') === swap ? 0 : 1],
    })
    for (const which of ['session', 'link'] as const) {
      expect(await readSessionCookie(at(0), sent(false), placeAt(shop), which)).toMatchObject(pass)
      expect(await readSessionCookie(at(0), sent(false), placeAt(brand), which)).toBeNull()
      expect(await readSessionCookie(at(0), sent(true), placeAt(shop), which)).toBeNull()
    }
  })
  test('that script may read say nothing that redeems', async () => {
    const [, sync] = await issueCookies(
      at(0),
      { domain: brand, isPrimary: false, cookieDomain: null, path: '/x/y' },
      pass,
    )
    const fingerprint = fingerprintOf(pass.id, 0)
    expect(sync?.value).toBe(`${fingerprint}/x/y`)
    expect(fingerprint).toMatch(/^[\da-f]{10}$/)
    for (const secret of [pass.id, pass.key, sha256(pass.key)]) expect(secret).not.toContain(fingerprint)
  })
  test('hold an id and a key of 128 random bits each', () => {
    const made = Array.from({ length: 100 }, newPass).flatMap(({ id, key }) => [id, key])
    expect(new Set(made).size).toBe(200)
    for (const id of made) expect(id).toMatch(/^[\w-]{22}$/)
  })
})
