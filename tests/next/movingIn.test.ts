// Old cookies, as the real libraries make them, and the guides of docs/moving-in.md that read them.
import { readFileSync } from 'node:fs'
import { sign } from 'cookie-signature'
import { sealData } from 'iron-session'
import { encode } from 'next-auth/jwt'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Adopt } from '../../src/core/adoption.js'
import { memoryStore } from '../../src/stores/memory.js'
import { Deployment, FakeBrowser, primary } from '../support/fakeBrowser.js'
import { adopt as ofAuthJs } from './movingIn/authJs.js'
import { adopt as ofExpressSession } from './movingIn/expressSession.js'
import { adopt as ofIronSession } from './movingIn/ironSession.js'
import { adopt as ofOwnTable } from './movingIn/own.js'
import { written } from './movingIn/redis.js'

const oldSecret = 'the-old-secret-of-at-least-32-characters'

beforeEach(() => {
  vi.stubEnv('OLD_SECRET', oldSecret)
  vi.stubEnv('AUTH_SECRET', oldSecret)
})
afterEach(() => vi.unstubAllEnvs())

/** What the first page of a visitor with these cookies shows, and what the kit told of it. */
async function firstPage(adopt: Adopt, cookies: Record<string, string>) {
  const deployment = new Deployment(memoryStore(), { adopt })
  const browser = new FakeBrowser(deployment)
  for (const [name, value] of Object.entries(cookies))
    browser.jar(primary).set(name, { value, sameSite: 'lax', isTransient: false })
  await browser.visit(primary)
  const { userId, data } = await browser.session(primary, { canSetCookies: false })
  expect(deployment.errors).toEqual([])
  return { userId, data }
}

const cart = ['boots']
const full = { userId: 'ada', data: { cart } }

test('iron-session: a session goes on, and a forged or expired one does not', async () => {
  const seal = (password: string, ttl = 0) => sealData({ userId: 'ada', cart }, { password, ttl })
  expect(await firstPage(ofIronSession, { 'shop-session': await seal(oldSecret) })).toEqual(full)
  const empty = { userId: null, data: {} }
  expect(await firstPage(ofIronSession, { 'shop-session': await seal('x'.repeat(32)) })).toEqual(empty)
  const expired = await seal(oldSecret, 1)
  vi.setSystemTime(Date.now() + 120_000)
  expect(await firstPage(ofIronSession, { 'shop-session': expired })).toEqual(empty)
  vi.useRealTimers()
})

test('Auth.js: a JWT goes on, in one cookie or in several, and a forged or expired one does not', async () => {
  const name = '__Secure-authjs.session-token'
  const jwt = (secret: string, more: object = {}, maxAge = 60) =>
    encode({ token: { sub: 'ada', ...more }, salt: name, secret, maxAge })
  expect((await firstPage(ofAuthJs, { [name]: await jwt(oldSecret) })).userId).toBe('ada')
  const long = await jwt(oldSecret, { name: 'a'.repeat(5000) })
  const chunks = { [`${name}.0`]: long.slice(0, 3900), [`${name}.1`]: long.slice(3900) }
  expect((await firstPage(ofAuthJs, chunks)).userId).toBe('ada')
  expect((await firstPage(ofAuthJs, { [name]: await jwt('x'.repeat(32)) })).userId).toBe(null)
  expect((await firstPage(ofAuthJs, { [name]: await jwt(oldSecret, {}, -60) })).userId).toBe(null)
})

test('express-session: a session in Redis goes on, and one that is forged or gone does not', async () => {
  written.set('sess:a1', JSON.stringify({ cookie: { path: '/' }, userId: 'ada', cart }))
  const cookie = (id: string, secret = oldSecret) => ({ 'connect.sid': `s:${sign(id, secret)}` })
  expect(await firstPage(ofExpressSession, cookie('a1'))).toEqual(full)
  const none = { userId: null, data: {} }
  expect(await firstPage(ofExpressSession, cookie('a1', 'another secret'))).toEqual(none)
  expect(await firstPage(ofExpressSession, cookie('a2'))).toEqual(none)
  expect(await firstPage(ofExpressSession, { 'connect.sid': 'a1' })).toEqual(none)
})

test('a visitor without an old cookie costs no query', async () => {
  // There is no database here, so a query would fail.
  for (const adopt of [ofIronSession, ofAuthJs, ofExpressSession, ofOwnTable])
    expect(await firstPage(adopt, { other: 'a' })).toEqual({ userId: null, data: {} })
})

test.each(['ironSession', 'authJs', 'expressSession', 'own'])('the guide shows %s.ts as it is', (name) => {
  const code = readFileSync(`tests/next/movingIn/${name}.ts`, 'utf8')
    .trim()
    .replace('../../../src/index.js', 'next-crossdomain-session')
    .replace('./redis.js', './redis')
  expect(readFileSync('docs/moving-in.md', 'utf8')).toContain(`\n${code}\n`)
})
