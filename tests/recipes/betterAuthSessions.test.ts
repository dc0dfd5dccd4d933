import { DatabaseSync } from 'node:sqlite'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { betterAuth, type BetterAuthPlugin } from 'better-auth'
import { makeSignature } from 'better-auth/crypto'
import { nextCookies } from 'better-auth/next-js'
import { twoFactor } from 'better-auth/plugins'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { createCrossDomainSession } from '../../src/index.js'
import { sqliteStore } from '../../src/sqlite.js'
import { AppBrowser } from '../support/appBrowser.js'
import { planApp, type AppDomain } from '../support/builtApp.js'

// The recipe as Next.js builds and starts it, with one database for better-auth and the kit.
const secret = 'a-secret-for-the-tests-of-built-applications'
const folder = mkdtempSync(join(tmpdir(), 'better-auth-'))
const file = join(folder, 'recipe.db')
const env = { BETTER_AUTH_SECRET: secret, DATABASE_FILE: file }
const both = ['primary', 'secondary'] as const

// Hashes of passwords take long while other tests run.
vi.setConfig({ testTimeout: 90_000 })

let app: Awaited<ReturnType<typeof planApp>>
let server: Awaited<ReturnType<typeof app.start>>
let db: DatabaseSync
beforeAll(async () => {
  app = await planApp('recipes/better-auth-sessions')
  app.build({ ...env, DATABASE_FILE: ':memory:' })
  server = await app.start(env)
  db = new DatabaseSync(file)
  db.exec('pragma busy_timeout = 5000')
}, 400_000)
afterAll(async () => {
  await server.stop()
  db.close()
  rmSync(folder, { recursive: true })
}, 30_000)
// Each test has users of its own.
let users = 0
let visitors = 0
beforeEach(() => void users++)
const mail = (name: string) => `${name.toLowerCase()}-${users}@example.com`
const password = 'correct horse battery'

/** What better-auth keeps of this user. */
function rowsOf(name: string) {
  const rows = db.prepare('select * from session where userId = (select id from user where email = ?)')
  return rows.all(mail(name)) as { token: string; userId: string; expiresAt: string }[]
}

/** A browser, and what scripts of its pages ask better-auth. */
class Visitor extends AppBrowser {
  /** better-auth limits how often one address asks. */
  readonly #address = `2001:db8:${(++visitors).toString(16)}::1`

  constructor() {
    super(app)
  }

  async ask(path: string, domain: AppDomain, json?: object): Promise<unknown> {
    const { status, body } = await this.send(`/api/auth/${path}`, {
      domain,
      ...(json !== undefined && { method: 'POST', body: JSON.stringify(json) }),
      headers: {
        'sec-fetch-site': 'same-origin',
        origin: app.originOf(domain),
        'content-type': 'application/json',
        'x-forwarded-for': this.#address,
      },
    })
    expect(status, body).toBe(200)
    return JSON.parse(body)
  }

  async signIn(name: string, domain: AppDomain = 'primary', more: object = {}): Promise<unknown> {
    await this.visit('/', domain)
    const isKnown = db.prepare('select 1 from user where email = ?').get(mail(name)) !== undefined
    const account = { email: mail(name), password, ...more }
    if (isKnown) return this.ask('sign-in/email', domain, account)
    return this.ask('sign-up/email', domain, { ...account, name })
  }

  /** The page of a secondary, after the exchange that the island begins there. */
  async exchange(): Promise<unknown> {
    await this.visit('/', 'secondary')
    return this.shown('/crossdomain/start?return_to=%2F', 'secondary')
  }

  /** A visitor whose two domains agree. */
  static async signedIn(name: string): Promise<Visitor> {
    const visitor = new Visitor()
    await visitor.signIn(name)
    expect(await visitor.exchange()).toEqual({ name, isSignedIn: true })
    return visitor
  }

  /** Who this is on each domain: to a page, and to a script that asks better-auth. */
  async everywhere(): Promise<unknown[]> {
    const seen: unknown[] = []
    for (const domain of both) {
      seen.push(await this.shown('/', domain))
      const session = (await this.ask('get-session', domain)) as { user: { name: string } } | null
      seen.push(session?.user.name ?? null)
    }
    return seen
  }

  /** Somebody who has copied all cookies. */
  copied(): Visitor {
    const thief = new Visitor()
    for (const domain of both) for (const cookie of this.jars[domain]) thief.jars[domain].set(...cookie)
    return thief
  }
}
const everywhere = (name: string | null) => {
  const shown = { name, isSignedIn: name !== null }
  return [shown, name, shown, name]
}

describe("better-auth's own session, on two domains", () => {
  test.each(both)('who signs in with better-auth on the %s is signed in to it on both', async (domain) => {
    const ada = new Visitor()
    await ada.signIn('Ada', domain)
    await ada.exchange()
    expect(await ada.everywhere()).toEqual(everywhere('Ada'))
    expect(rowsOf('Ada')).toHaveLength(1)
  })

  test("the browser keeps no cookie of better-auth's session", async () => {
    const ada = await Visitor.signedIn('Ada')
    await ada.everywhere()
    for (const domain of both)
      expect([...ada.jars[domain].keys()].filter((name) => name.includes('better-auth'))).toEqual([])
  })

  test.each(both)('a sign-out on the %s ends it on both, and on no other device', async (domain) => {
    const ada = await Visitor.signedIn('Ada')
    const phone = await Visitor.signedIn('Ada')
    expect(rowsOf('Ada')).toHaveLength(2)
    const thief = ada.copied()
    await ada.ask('sign-out', domain, {})
    expect(await ada.everywhere()).toEqual(everywhere(null))
    expect(await thief.everywhere()).toEqual(everywhere(null))
    expect(rowsOf('Ada')).toHaveLength(1)
    expect(await phone.everywhere()).toEqual(everywhere('Ada'))
  })

  test("the sign-out form ends better-auth's session", async () => {
    const ada = await Visitor.signedIn('Ada')
    await ada.send('/sign-out', { domain: 'secondary', method: 'POST' })
    expect(await ada.everywhere()).toEqual(everywhere(null))
    expect(rowsOf('Ada')).toEqual([])
  })

  test('cookies of a guest never open the session of the user that the guest becomes', async () => {
    const ada = new Visitor()
    await ada.exchange()
    await ada.visit('/')
    const thief = ada.copied()
    await ada.signIn('Ada')
    await ada.exchange()
    expect(await ada.everywhere()).toEqual(everywhere('Ada'))
    expect(await thief.everywhere()).toEqual(everywhere(null))
  })

  test('a cookie of better-auth does not change who this kit says the visitor is', async () => {
    const ada = await Visitor.signedIn('Ada')
    await Visitor.signedIn('Grace')
    for (const domain of both) await setCookieOf('Grace', ada, domain)
    expect(await ada.everywhere()).toEqual(everywhere('Ada'))
  })

  test("where two users meet, better-auth says the primary's on both domains", async () => {
    const visitor = new Visitor()
    await visitor.signIn('Grace', 'secondary')
    expect(await visitor.shown('/', 'secondary')).toEqual({ name: 'Grace', isSignedIn: true })
    await visitor.signIn('Ada', 'primary')
    await visitor.exchange()
    expect(await visitor.everywhere()).toEqual(everywhere('Ada'))
  })

  test('a password alone signs nobody in if there is a second factor', async () => {
    const ada = await Visitor.signedIn('Ada')
    const { backupCodes } = (await ada.ask('two-factor/enable', 'primary', { password })) as {
      backupCodes: string[]
    }
    const phone = new Visitor()
    expect(await phone.signIn('Ada')).toMatchObject({ twoFactorRedirect: true })
    await phone.exchange()
    expect(await phone.everywhere()).toEqual(everywhere(null))
    await phone.ask('two-factor/verify-backup-code', 'primary', { code: backupCodes[0] })
    await phone.exchange()
    expect(await phone.everywhere()).toEqual(everywhere('Ada'))
  })

  test('a sign-in that ends with the browser does so on both domains, and better-auth prolongs it on none', async () => {
    const ada = await Visitor.signedIn('Ada')
    await ada.ask('sign-out', 'primary', {})
    await ada.signIn('Ada', 'primary', { rememberMe: false })
    await ada.exchange()
    const [before] = rowsOf('Ada')
    expect(await ada.everywhere()).toEqual(everywhere('Ada'))
    expect(rowsOf('Ada')).toEqual([before])
    const dayMs = 24 * 60 * 60 * 1000
    expect(new Date(before?.expiresAt ?? '').getTime() - Date.now()).toBeLessThanOrEqual(dayMs)
  })
})

describe('what ends in better-auth ends in the kit', () => {
  test('a session that was revoked on another device', async () => {
    const ada = await Visitor.signedIn('Ada')
    const [row] = rowsOf('Ada')
    const phone = await Visitor.signedIn('Ada')
    await phone.ask('revoke-session', 'secondary', { token: row?.token })
    expect(await ada.shown('/', 'secondary')).toMatchObject({ name: null })
    expect(await ada.everywhere()).toEqual(everywhere(null))
    expect(await phone.everywhere()).toEqual(everywhere('Ada'))
  })

  test('a session that has expired, and no visit begins another', async () => {
    const ada = await Visitor.signedIn('Ada')
    db.prepare('update session set expiresAt = ? where userId = ?').run(
      new Date(0).toISOString(),
      rowsOf('Ada')[0]?.userId ?? '',
    )
    await ada.everywhere()
    await ada.exchange()
    expect(await ada.everywhere()).toEqual(everywhere(null))
    expect(rowsOf('Ada')).toEqual([])
    await ada.signIn('Ada')
    await ada.exchange()
    expect(await ada.everywhere()).toEqual(everywhere('Ada'))
  })

  test('all sessions of a user who deletes the account', async () => {
    const ada = await Visitor.signedIn('Ada')
    const phone = await Visitor.signedIn('Ada')
    const userId = rowsOf('Ada')[0]?.userId ?? ''
    expect(await kit().sessions.list(userId)).toHaveLength(2)
    await phone.ask('delete-user', 'primary', { password })
    expect(await kit().sessions.list(userId)).toEqual([])
    expect(await ada.everywhere()).toEqual(everywhere(null))
    expect(await phone.everywhere()).toEqual(everywhere(null))
  })

  test('a session of a user whom nobody knows any more', async () => {
    const ada = await Visitor.signedIn('Ada')
    const [{ userId } = { userId: '' }] = rowsOf('Ada')
    db.prepare('delete from session where userId = ?').run(userId)
    db.prepare('delete from user where id = ?').run(userId)
    await ada.shown('/')
    expect(await ada.everywhere()).toEqual(everywhere(null))
    expect(await kit().sessions.list(userId)).toEqual([])
  })
})

describe('what ends in the kit ends in better-auth', () => {
  test('all sessions of a user', async () => {
    const ada = await Visitor.signedIn('Ada')
    await kit().sessions.destroyAll(rowsOf('Ada')[0]?.userId ?? '')
    expect(await ada.everywhere()).toEqual(everywhere(null))
  })
})

test('a plugin that may refuse a sign-in has to come before the bridge', async () => {
  vi.stubEnv('CROSSDOMAIN_PRIMARY_SERVERNAME', app.originOf('primary'))
  vi.stubEnv('CROSSDOMAIN_DOMAINS', both.map(app.originOf).join())
  vi.stubEnv('CROSSDOMAIN_SECRET', secret)
  const path = '../../recipes/better-auth-sessions/crossDomain.ts'
  const { crossDomain } = (await import(path)) as { crossDomain: () => BetterAuthPlugin }
  const contextOf = (plugins: BetterAuthPlugin[]) =>
    betterAuth({ secret, baseURL: app.originOf('primary'), plugins }).$context
  await expect(contextOf([crossDomain(), twoFactor()])).rejects.toThrow('two-factor')
  await expect(contextOf([twoFactor(), crossDomain(), nextCookies()])).resolves.toBeDefined()
})

describe('on the day that you switch', () => {
  test('a session that this kit has begun gets exactly one of better-auth', async () => {
    const ada = await Visitor.signedIn('Ada')
    forget('Ada')
    const seen = await Promise.all([1, 2, 3, 4].map((n) => ada.copied().shown('/', both[n % 2])))
    expect(seen).toEqual(seen.map(() => ({ name: 'Ada', isSignedIn: true })))
    expect(rowsOf('Ada')).toHaveLength(1)
    await ada.ask('sign-out', 'secondary', {})
    expect(await ada.everywhere()).toEqual(everywhere(null))
    expect(rowsOf('Ada')).toEqual([])
  })

  test('a session that this kit has begun for a user whom better-auth does not know ends', async () => {
    const ada = await Visitor.signedIn('Ada')
    const [{ userId } = { userId: '' }] = rowsOf('Ada')
    forget('Ada')
    db.prepare('delete from user where id = ?').run(userId)
    await ada.shown('/', 'secondary')
    expect(await ada.everywhere()).toEqual(everywhere(null))
  })

  test('a cookie that better-auth has set before signs in, and does not come back after a sign-out', async () => {
    await (await Visitor.signedIn('Ada')).visit('/')
    const old = new Visitor()
    await setCookieOf('Ada', old, 'primary')
    expect(await old.shown('/')).toEqual({ name: 'Ada', isSignedIn: true })
    await old.ask('get-session', 'primary') // A page cannot set cookies.
    await old.exchange()
    expect(await old.everywhere()).toEqual(everywhere('Ada'))
    expect(rowsOf('Ada')).toHaveLength(1)
    await old.ask('sign-out', 'secondary', {})
    expect(await old.everywhere()).toEqual(everywhere(null))
  })
})

/** The kit as a script of the application has it. */
function kit() {
  return createCrossDomainSession({
    primary: app.originOf('primary'),
    domains: both.map(app.originOf),
    secret,
    store: sqliteStore(file),
  })
}

/** As if the user's sessions had begun before there was the bridge. */
function forget(name: string): void {
  const userId = rowsOf(name)[0]?.userId ?? ''
  db.prepare('delete from session where userId = ?').run(userId)
  const without = "value = json_remove(value, '$.session.data.betterAuth'), version = version + 1"
  const { changes } = db.prepare(`update crossdomain_rows set ${without} where userId = ?`).run(userId)
  expect(changes).toBe(1)
}

/** Sets the cookie that better-auth itself would set for the user's newest session. Its prefix depends on the address. */
async function setCookieOf(name: string, visitor: Visitor, domain: AppDomain): Promise<void> {
  const token = rowsOf(name).at(-1)?.token ?? ''
  const value = encodeURIComponent(`${token}.${await makeSignature(token, secret)}`)
  for (const prefix of ['', '__Secure-'])
    visitor.jars[domain].set(`${prefix}better-auth.session_token`, value)
}
