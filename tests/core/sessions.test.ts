import { beforeEach, describe, expect, test } from 'vitest'
import { findApiSession } from '../../src/core/session/find.js'
import { cookieNames, issueCookies, readSessionCookie } from '../../src/core/request/cookies.js'
import { idOfToken, parseToken, sha256 } from '../../src/core/values/ids.js'
import { parseOrigin } from '../../src/core/domains/origin.js'
import { createSessions, type Sessions } from '../../src/core/session/sessions.js'
import { Rows } from '../../src/core/store/rows.js'
import type { Store } from '../../src/core/store/store.js'
import { memoryStore } from '../../src/stores/memory.js'
import { Deployment, FakeBrowser, primary, secondary } from '../support/fakeBrowser.js'

let deployment: Deployment
let sessions: Sessions<Record<string, unknown>>
beforeEach(() => {
  deployment = new Deployment(memoryStore())
  sessions = createSessions(() => deployment.config, deployment.store)
})

async function signIn(userId: string, userAgent: string): Promise<FakeBrowser> {
  const browser = new FakeBrowser(deployment)
  browser.userAgent = userAgent
  await browser.visit(primary)
  await (await browser.session(primary)).login(userId)
  return browser
}

describe("a user's devices", () => {
  test('are listed with where they were used, and no id', async () => {
    const browser = await signIn('ada', 'Phone')
    await signIn('grace', 'Tablet')
    await browser.visit(secondary)
    await browser.sync(secondary)
    await browser.session(secondary)
    const [device, ...others] = await sessions.list('ada')
    expect(others).toEqual([])
    expect(device).toMatchObject({
      fingerprint: (await browser.session(primary)).fingerprint,
      kind: 'cookie',
      userAgent: 'Phone',
      ip: null,
    })
    expect(device?.domains.map(({ origin }) => origin).sort()).toEqual([secondary, primary].sort())
    expect(
      device?.domains.every(
        ({ firstSeenAt, lastSeenAt }) => firstSeenAt instanceof Date && lastSeenAt instanceof Date,
      ),
    ).toBe(true)
    expect(Object.keys(device ?? {})).not.toContain('hash')
  })
  test('end one by one, on all domains', async () => {
    const [phone, laptop] = [await signIn('ada', 'Phone'), await signIn('ada', 'Laptop')]
    await (await sessions.list('ada')).find(({ userAgent }) => userAgent === 'Phone')?.destroy()
    expect([(await phone.session(primary)).userId, (await laptop.session(primary)).userId]).toEqual([
      null,
      'ada',
    ])
  })
  test('end without the one that is excepted, also if another one becomes part of it meanwhile', async () => {
    const browser = await signIn('ada', 'Phone')
    await browser.visit(secondary)
    await (await browser.session(secondary)).login('ada')
    const { fingerprint } = await browser.session(primary)
    const { store } = deployment
    let meeting: Promise<unknown> | undefined
    const swap: Store['swap'] = async (...given) => {
      await (meeting ??= browser.sync(secondary))
      return store.swap(...given)
    }
    const others = createSessions(() => deployment.config, {
      read: (ids) => store.read(ids),
      listUser: (userId) => store.listUser(userId),
      sweep: (limit) => store.sweep(limit),
      swap,
    })
    expect(await others.destroyAll('ada', { except: fingerprint })).toBe(0)
    for (const origin of [primary, secondary]) expect((await browser.session(origin)).userId).toBe('ada')
  })
  test('end all, or all the others', async () => {
    const [phone, laptop] = [await signIn('ada', 'Phone'), await signIn('ada', 'Laptop')]
    await sessions.createApiSession({ userId: 'ada' })
    expect(await sessions.destroyAll('ada', { except: (await phone.session(primary)).fingerprint })).toBe(2)
    expect([(await phone.session(primary)).userId, (await laptop.session(primary)).userId]).toEqual([
      'ada',
      null,
    ])
    expect(await sessions.destroyAll('ada')).toBe(1)
    expect(await sessions.list('ada')).toEqual([])
  })
  test('are recorded without address and browser where told so', async () => {
    deployment = new Deployment(deployment.store, { recordVisitor: { ip: false, userAgent: false } })
    await signIn('linus', 'Phone')
    expect(await sessions.list('linus')).toMatchObject([{ ip: null, userAgent: null }])
  })
  test('are ended where they went meanwhile', async () => {
    const browser = new FakeBrowser(deployment)
    for (const origin of [primary, secondary]) await browser.visit(origin)
    await (await browser.session(secondary)).login('ada')
    const [device] = await sessions.list('ada')
    await browser.sync(secondary)
    await device?.destroy()
    expect([(await browser.session(primary)).userId, (await browser.session(secondary)).userId]).toEqual([
      null,
      null,
    ])
  })
})

test('a device is signed out even if it has signed in again since it was listed', async () => {
  const browser = await signIn('ada', 'Phone')
  const [device] = await sessions.list('ada')
  await (await browser.session(primary)).login('ada')
  await device?.destroy()
  expect((await browser.session(primary)).userId).toBeNull()
  expect(await sessions.list('ada')).toEqual([])
})

test('a device is not signed out if another user has signed in on it since it was listed', async () => {
  const browser = await signIn('ada', 'Phone')
  const [device] = await sessions.list('ada')
  await (await browser.session(primary)).login('grace')
  await device?.destroy()
  expect((await browser.session(primary)).userId).toBe('grace')
})

describe('a session of the API', () => {
  const place = { domain: parseOrigin(primary), isPrimary: true, cookieDomain: null, path: '/crossdomain' }
  const open = () => new Rows(deployment.store, deployment.config.clock)
  const bearer = async (token: string) => (await findApiSession(open(), `Bearer ${token}`))?.seat.row ?? null

  test('is found by its token alone', async () => {
    const { token, fingerprint } = await sessions.createApiSession({ userId: 'ada', data: { plan: 'pro' } })
    expect(token).toMatch(/^cds_[\w-]{43}$/)
    expect(await bearer(token)).toMatchObject({
      state: 'live',
      session: { kind: 'api', userId: 'ada', data: { plan: 'pro' } },
    })
    expect(await sessions.list('ada')).toMatchObject([{ kind: 'api', fingerprint }])
    for (const other of [
      token.slice(0, -1),
      `${token}x`,
      token.replace('cds_', ''),
      token.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
      '',
    ]) {
      expect(await bearer(other)).toBeNull()
    }
    await (await sessions.list('ada'))[0]?.destroy()
    expect(await bearer(token)).toBeNull()
  })
  test('lists the domains at which its token was used, and none before', async () => {
    const { token } = await sessions.createApiSession({ userId: 'ada' })
    const listed = async () =>
      (await sessions.list('ada')).map(({ domains, ip, userAgent }) => [
        domains.map(({ origin }) => origin),
        ip,
        userAgent,
      ])
    expect(await listed()).toEqual([[[], null, null]])
    const program = new FakeBrowser(deployment)
    program.userAgent = 'cron'
    const headers = { authorization: `Bearer ${token}`, 'x-forwarded-for': '203.0.113.7' }
    expect(await program.session(secondary, { headers })).toMatchObject({ kind: 'api', userId: 'ada' })
    expect(await listed()).toEqual([[[secondary], '203.0.113.7', 'cron']])
  })
  test('is none of a browser: its id in a cookie opens nothing', async () => {
    const { token } = await sessions.createApiSession({ userId: 'ada' })
    const browser = new FakeBrowser(deployment)
    const id = idOfToken(token)
    expect((await deployment.store.read([id])).rows).toMatchObject([{ id, userId: 'ada' }])
    // The id is longer than that of a browser; cut to its length it names nothing.
    for (const pass of [
      { id, key: token },
      { id: id.slice(0, 22), key: sha256(token).slice(0, 22) },
    ]) {
      for (const { name, value, sameSite } of await issueCookies(deployment.config, place, pass))
        browser.jar(primary).set(name, { value, sameSite, isTransient: false })
      expect(await browser.session(primary)).toMatchObject({ userId: null, isNew: true, kind: 'cookie' })
      await browser.visit(secondary)
      await browser.sync(secondary)
      expect((await browser.session(secondary)).userId).toBeNull()
    }
  })
  test('is not what a cookie names: neither the cookie nor the id in it is a token', async () => {
    const browser = await signIn('ada', 'Phone')
    const cookies = browser.cookies(primary)
    const cookie = await readSessionCookie(deployment.config, browser.jar(primary), place)
    const { id = '', key = '' } = cookie ?? {}
    // The token is one by its looks, and the id names a session that lives.
    const token = `cds_${id}${key.slice(1)}`
    expect(parseToken(`Bearer ${token}`)).toBe(token)
    expect((await deployment.store.read([id])).rows).toMatchObject([{ id, userId: 'ada' }])
    for (const other of [token, id, key, cookies[cookieNames(place).session] ?? ''])
      expect(await bearer(other)).toBeNull()
    expect((await browser.session(primary)).userId).toBe('ada')
  })
  test('ends when its days are over', async () => {
    let nowMs = 1_800_000_000_000
    const own = createSessions(
      () => deployment.config,
      (deployment = new Deployment(memoryStore({ now: () => nowMs }))).store,
    )
    const { token } = await own.createApiSession({ days: 10 })
    nowMs += 9.9 * 86_400_000
    expect((await bearer(token))?.state).toBe('live')
    nowMs += 0.2 * 86_400_000
    expect(await bearer(token)).toMatchObject({ state: 'ended', expired: true })
  })
  test.each([
    [{ userId: '' }, 'CDS204'],
    [{ userId: 'a\0' }, 'CDS204'],
    [{ data: { at: new Date() } }, 'CDS202'],
    [{ data: { a: 'x'.repeat(70_000) } }, 'CDS203'],
    [{ days: -1 }, 'CDS110'],
    [{ days: NaN }, 'CDS110'],
    [{ days: 36_526 }, 'CDS110'],
  ])('is refused for %o: %s', async (options, code) => {
    await expect(sessions.createApiSession(options)).rejects.toMatchObject({ code })
    expect(deployment.calls).toEqual([])
  })
})

test('a store that is down is told: CDS301', async () => {
  deployment.isStoreDown = true
  for (const call of [
    () => sessions.list('ada'),
    () => sessions.destroyAll('ada'),
    () => sessions.createApiSession(),
    () => sessions.sweep(),
  ]) {
    await expect(call()).rejects.toMatchObject({ code: 'CDS301' })
  }
})
