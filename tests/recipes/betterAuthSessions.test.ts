import { betterAuth, type BetterAuthPlugin } from 'better-auth'
import { nextCookies } from 'better-auth/next-js'
import { twoFactor } from 'better-auth/plugins'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { everywhere, password, rowsOf, Visitor } from './betterAuthVisitor.js'
import { both, Recipe, secret } from './recipe.js'

// Hashes of passwords take long while other tests run.
vi.setConfig({ testTimeout: 90_000 })

let recipe: Recipe
beforeAll(async () => {
  recipe = await Recipe.start(await Recipe.build('better-auth-sessions'))
}, 400_000)
afterAll(() => recipe.stop(), 30_000)
beforeEach(() => void recipe.users++)

const rows = (name: string) => rowsOf(recipe, name)

/** A visitor whose two domains agree. */
async function signedIn(name: string): Promise<Visitor> {
  const visitor = new Visitor(recipe)
  await visitor.signIn(name)
  expect(await visitor.exchange()).toEqual({ name, isSignedIn: true })
  return visitor
}

describe("better-auth's own session, on two domains", () => {
  test.each(both)('who signs in with better-auth on the %s is signed in to it on both', async (domain) => {
    const ada = new Visitor(recipe)
    await ada.signIn('Ada', domain)
    await ada.exchange()
    expect(await ada.everywhere()).toEqual(everywhere('Ada'))
    expect(rows('Ada')).toHaveLength(1)
  })

  test.each(both)(
    'who signs in with a redirect on the %s, as by OAuth, is signed in on both',
    async (domain) => {
      const ada = new Visitor(recipe)
      await ada.visit('/', domain)
      await ada.signInByMail('Ada', domain)
      expect([...ada.jars[domain].keys()].filter((name) => name.includes('session_token'))).toEqual([])
      await ada.exchange()
      expect(await ada.everywhere()).toEqual(everywhere('Ada'))
    },
  )

  test("the browser keeps no cookie of better-auth's session", async () => {
    const ada = await signedIn('Ada')
    await ada.everywhere()
    for (const domain of both)
      expect([...ada.jars[domain].keys()].filter((name) => name.includes('better-auth'))).toEqual([])
  })

  test.each(both)('a sign-out on the %s ends it on both, and on no other device', async (domain) => {
    const ada = await signedIn('Ada')
    const phone = await signedIn('Ada')
    expect(rows('Ada')).toHaveLength(2)
    const thief = ada.copied()
    await ada.ask('sign-out', domain, {})
    expect(await ada.everywhere()).toEqual(everywhere(null))
    expect(await thief.everywhere()).toEqual(everywhere(null))
    expect(rows('Ada')).toHaveLength(1)
    expect(await phone.everywhere()).toEqual(everywhere('Ada'))
  })

  test("the sign-out form ends better-auth's session", async () => {
    const ada = await signedIn('Ada')
    await ada.send('/sign-out', { domain: 'secondary', method: 'POST' })
    expect(await ada.everywhere()).toEqual(everywhere(null))
    expect(rows('Ada')).toEqual([])
  })

  test('cookies of a guest never open the session of the user that the guest becomes', async () => {
    const ada = new Visitor(recipe)
    await ada.exchange()
    await ada.visit('/')
    const thief = ada.copied()
    await ada.signIn('Ada')
    await ada.exchange()
    expect(await ada.everywhere()).toEqual(everywhere('Ada'))
    expect(await thief.everywhere()).toEqual(everywhere(null))
  })

  test('a cookie of better-auth does not change who this kit says the visitor is', async () => {
    const ada = await signedIn('Ada')
    await signedIn('Grace')
    for (const domain of both) await ada.setTheirCookie(rows('Grace')[0]?.token ?? '', domain)
    expect(await ada.everywhere()).toEqual(everywhere('Ada'))
  })

  test("where two users meet, better-auth says the primary's on both domains", async () => {
    const visitor = new Visitor(recipe)
    await visitor.signIn('Grace', 'secondary')
    expect(await visitor.shown('/', 'secondary')).toEqual({ name: 'Grace', isSignedIn: true })
    await visitor.signIn('Ada', 'primary')
    await visitor.exchange()
    expect(await visitor.everywhere()).toEqual(everywhere('Ada'))
  })

  test('a password alone signs nobody in if there is a second factor', async () => {
    const ada = await signedIn('Ada')
    const { backupCodes } = (await ada.ask('two-factor/enable', 'primary', { password })) as {
      backupCodes: string[]
    }
    const phone = new Visitor(recipe)
    expect(await phone.signIn('Ada')).toMatchObject({ twoFactorRedirect: true })
    await phone.exchange()
    expect(await phone.everywhere()).toEqual(everywhere(null))
    await phone.ask('two-factor/verify-backup-code', 'primary', { code: backupCodes[0] })
    await phone.exchange()
    expect(await phone.everywhere()).toEqual(everywhere('Ada'))
  })

  test('a sign-in that ends with the browser does so on both domains, and better-auth prolongs it on none', async () => {
    const ada = await signedIn('Ada')
    await ada.ask('sign-out', 'primary', {})
    await ada.signIn('Ada', 'primary', { rememberMe: false })
    await ada.exchange()
    const [before] = rows('Ada')
    expect(await ada.everywhere()).toEqual(everywhere('Ada'))
    expect(rows('Ada')).toEqual([before])
    const dayMs = 24 * 60 * 60 * 1000
    expect(new Date(before?.expiresAt ?? '').getTime() - Date.now()).toBeLessThanOrEqual(dayMs)
  })
})

describe('what ends in better-auth ends in the kit', () => {
  test('a session that was revoked on another device', async () => {
    const ada = await signedIn('Ada')
    const [row] = rows('Ada')
    const phone = await signedIn('Ada')
    await phone.ask('revoke-session', 'secondary', { token: row?.token })
    expect(await ada.shown('/', 'secondary')).toMatchObject({ name: null })
    expect(await ada.everywhere()).toEqual(everywhere(null))
    expect(await phone.everywhere()).toEqual(everywhere('Ada'))
  })

  test('a session that has expired, and no visit begins another', async () => {
    const ada = await signedIn('Ada')
    recipe.db
      .prepare('update session set expiresAt = ? where userId = ?')
      .run(new Date(0).toISOString(), rows('Ada')[0]?.userId ?? '')
    await ada.everywhere()
    await ada.exchange()
    expect(await ada.everywhere()).toEqual(everywhere(null))
    expect(rows('Ada')).toEqual([])
    await ada.signIn('Ada')
    await ada.exchange()
    expect(await ada.everywhere()).toEqual(everywhere('Ada'))
  })

  test('all sessions of a user who deletes the account', async () => {
    const ada = await signedIn('Ada')
    const phone = await signedIn('Ada')
    const userId = rows('Ada')[0]?.userId ?? ''
    expect(await recipe.sessions.list(userId)).toHaveLength(2)
    await phone.ask('delete-user', 'primary', { password })
    expect(await recipe.sessions.list(userId)).toEqual([])
    expect(await ada.everywhere()).toEqual(everywhere(null))
    expect(await phone.everywhere()).toEqual(everywhere(null))
  })

  test('a session of a user whom nobody knows any more', async () => {
    const ada = await signedIn('Ada')
    const [{ userId } = { userId: '' }] = rows('Ada')
    recipe.db.prepare('delete from session where userId = ?').run(userId)
    recipe.db.prepare('delete from user where id = ?').run(userId)
    await ada.shown('/')
    expect(await ada.everywhere()).toEqual(everywhere(null))
    expect(await recipe.sessions.list(userId)).toEqual([])
  })
})

describe('what ends in the kit ends in better-auth', () => {
  test('all sessions of a user', async () => {
    const ada = await signedIn('Ada')
    await recipe.sessions.destroyAll(rows('Ada')[0]?.userId ?? '')
    expect(await ada.everywhere()).toEqual(everywhere(null))
  })
})

test('a plugin that may refuse a sign-in has to come before the bridge', async () => {
  vi.stubEnv('CROSSDOMAIN_PRIMARY_SERVERNAME', recipe.app.originOf('primary'))
  vi.stubEnv('CROSSDOMAIN_DOMAINS', both.map(recipe.app.originOf).join())
  vi.stubEnv('CROSSDOMAIN_SECRET', secret)
  const path = '../../recipes/better-auth-sessions/crossDomain.ts'
  const { crossDomain } = (await import(path)) as { crossDomain: () => BetterAuthPlugin }
  const contextOf = (plugins: BetterAuthPlugin[]) =>
    betterAuth({ secret, baseURL: recipe.app.originOf('primary'), plugins }).$context
  await expect(contextOf([crossDomain(), twoFactor()])).rejects.toThrow('two-factor')
  await expect(contextOf([twoFactor(), crossDomain(), nextCookies()])).resolves.toBeDefined()
})

describe('on the day that you switch', () => {
  test('a session that this kit has begun gets exactly one of better-auth', async () => {
    const ada = await signedIn('Ada')
    expect(recipe.forget(rows('Ada')[0]?.userId ?? '', 'betterAuth')).toBe(1)
    const seen = await Promise.all([1, 2, 3, 4].map((n) => ada.copied().shown('/', both[n % 2])))
    expect(seen).toEqual(seen.map(() => ({ name: 'Ada', isSignedIn: true })))
    expect(rows('Ada')).toHaveLength(1)
    await ada.ask('sign-out', 'secondary', {})
    expect(await ada.everywhere()).toEqual(everywhere(null))
    expect(rows('Ada')).toEqual([])
  })

  test('a session that this kit has begun for a user whom better-auth does not know ends', async () => {
    const ada = await signedIn('Ada')
    const [{ userId } = { userId: '' }] = rows('Ada')
    expect(recipe.forget(userId, 'betterAuth')).toBe(1)
    recipe.db.prepare('delete from user where id = ?').run(userId)
    await ada.shown('/', 'secondary')
    expect(await ada.everywhere()).toEqual(everywhere(null))
  })

  test('a cookie that better-auth has set before signs in, and does not come back after a sign-out', async () => {
    await (await signedIn('Ada')).visit('/')
    const old = new Visitor(recipe)
    await old.setTheirCookie(rows('Ada')[0]?.token ?? '', 'primary')
    expect(await old.shown('/')).toEqual({ name: 'Ada', isSignedIn: true })
    await old.ask('get-session', 'primary') // A page cannot set cookies.
    await old.exchange()
    expect(await old.everywhere()).toEqual(everywhere('Ada'))
    expect(rows('Ada')).toHaveLength(1)
    await old.ask('sign-out', 'secondary', {})
    expect(await old.everywhere()).toEqual(everywhere(null))
  })
})
