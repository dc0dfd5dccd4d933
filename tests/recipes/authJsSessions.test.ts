import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createCrossDomainSession } from '../../src/index.js'
import { sqliteStore } from '../../src/sqlite.js'
import { AppBrowser, shownIn } from '../support/appBrowser.js'
import { planApp, type AppAnswer, type AppDomain } from '../support/builtApp.js'

// The recipe as Next.js builds and starts it, with each way of Auth.js to keep sessions, and one database for both.
const secret = 'a-secret-for-the-tests-of-built-applications'
const folder = mkdtempSync(join(tmpdir(), 'auth-js-'))
const both = ['primary', 'secondary'] as const
const strategies = ['jwt', 'database'] as const
const envOf = (strategy: string) => ({
  AUTH_SECRET: secret,
  AUTH_STRATEGY: strategy,
  DATABASE_FILE: join(folder, `${strategy}.db`),
})

type App = Awaited<ReturnType<typeof planApp>>
let app: App
let server: Awaited<ReturnType<App['start']>>
let db: DatabaseSync
let strategy: (typeof strategies)[number]
beforeAll(async () => {
  app = await planApp('recipes/auth-js-sessions')
  app.build({ ...envOf('jwt'), DATABASE_FILE: ':memory:' })
}, 400_000)
afterAll(() => rmSync(folder, { recursive: true }))

// With a database, each test has users of its own. Those that have passwords are always the same.
let users = 0
beforeEach(() => void users++)
const mailOf = (name: string) =>
  strategy === 'jwt' ? `${name.toLowerCase()}@example.com` : `${name.toLowerCase()}-${users}@example.com`
const passwords: Readonly<Record<string, string>> = {
  Ada: 'correct horse battery',
  Grace: 'staple nanosecond wire',
}

/** What Auth.js keeps of this user. */
function rowsOf(name: string) {
  const rows = db.prepare('select * from session where userId = (select id from user where email = ?)')
  return rows.all(mailOf(name)) as { sessionToken: string; userId: string; expires: number }[]
}
const idOf = (name: string): string =>
  strategy === 'jwt' ? name.toLowerCase() : (rowsOf(name)[0]?.userId ?? '')

class Visitor extends AppBrowser {
  constructor() {
    super(app)
  }

  get(path: string, domain: AppDomain): Promise<AppAnswer> {
    return this.send(`/api/auth/${path}`, { domain })
  }

  /** A form of Auth.js, with the token that its own pages put into it. */
  async post(path: string, domain: AppDomain, fields: Record<string, string> = {}): Promise<AppAnswer> {
    const { csrfToken } = JSON.parse((await this.get('csrf', domain)).body) as { csrfToken: string }
    const body = new URLSearchParams({ ...fields, csrfToken, callbackUrl: '/' }).toString()
    const type = 'application/x-www-form-urlencoded'
    const headers = { 'sec-fetch-site': 'same-origin', 'content-type': type, origin: app.originOf(domain) }
    return this.send(`/api/auth/${path}`, { domain, method: 'POST', body, headers })
  }

  async signIn(name: string, domain: AppDomain = 'primary'): Promise<void> {
    await this.visit('/', domain)
    const email = mailOf(name)
    if (strategy === 'jwt') {
      const answer = await this.post('callback/credentials', domain, {
        email,
        password: passwords[name] ?? '',
      })
      expect(answer.location).toBe(`${app.originOf(domain)}/`)
      return
    }
    await this.post('signin/mail', domain, { email })
    const { url } = db.prepare('select url from outbox where mail = ? order by rowid desc').get(email) as {
      url: string
    }
    expect(new URL(url).origin).toBe(app.originOf(domain))
    expect((await this.visit(url.slice(new URL(url).origin.length), domain)).status).toBe(302)
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
    expect(await visitor.exchange()).toEqual({ email: mailOf(name), isSignedIn: true })
    return visitor
  }

  /** Who this is on each domain: to a page, and to a script that asks Auth.js. */
  async everywhere(): Promise<unknown[]> {
    const seen: unknown[] = []
    for (const domain of both) {
      seen.push(await this.shown('/', domain))
      seen.push((await this.scripts(domain))?.user.email ?? null)
    }
    return seen
  }

  async scripts(domain: AppDomain) {
    const { status, body } = await this.get('session', domain)
    expect(status, body).toBe(200)
    return JSON.parse(body) as { user: Record<string, unknown> } | null
  }

  /** Somebody who has copied all cookies. */
  copied(): Visitor {
    const thief = new Visitor()
    for (const domain of both) for (const cookie of this.jars[domain]) thief.jars[domain].set(...cookie)
    return thief
  }
}
function everywhere(name: string | null) {
  const email = name === null ? null : mailOf(name)
  const shown = { email, isSignedIn: name !== null }
  return [shown, email, shown, email]
}

/** The kit as a script of the application has it. */
function kit() {
  return createCrossDomainSession({
    primary: app.originOf('primary'),
    domains: both.map(app.originOf),
    secret,
    store: sqliteStore(db),
  })
}

/** As if the user's sessions had begun without Auth.js. */
function forget(name: string): void {
  const userId = idOf(name)
  db.prepare('delete from session where userId = ?').run(userId)
  const without = "value = json_remove(value, '$.session.data.authJs'), version = version + 1"
  const { changes } = db.prepare(`update crossdomain_rows set ${without} where userId = ?`).run(userId)
  expect(Number(changes)).toBeGreaterThan(0)
}

describe.each(strategies)("Auth.js's own session, on two domains, kept in a %s", (chosen) => {
  beforeAll(async () => {
    strategy = chosen
    server = await app.start(envOf(chosen))
    db = new DatabaseSync(envOf(chosen).DATABASE_FILE)
    db.exec('pragma busy_timeout = 5000')
  }, 60_000)
  afterAll(async () => {
    db.close()
    await server.stop()
  }, 30_000)

  test.each(both)('who signs in with Auth.js on the %s is signed in to it on both', async (domain) => {
    const ada = new Visitor()
    await ada.signIn('Ada', domain)
    await ada.exchange()
    expect(await ada.everywhere()).toEqual(everywhere('Ada'))
    if (chosen === 'database') expect(rowsOf('Ada')).toHaveLength(1)
  })

  test('no cookie of Auth.js says who somebody is', async () => {
    const ada = await Visitor.signedIn('Ada')
    const { jars } = await Visitor.signedIn('Grace')
    await ada.everywhere()
    for (const domain of both) {
      const theirs = [...ada.jars[domain]].filter(
        ([name]) => /authjs/.test(name) && !/csrf|callback/.test(name),
      )
      for (const [name, value] of theirs) expect(value).toBe(jars[domain].get(name) ?? value)
      const thief = new Visitor()
      for (const cookie of theirs) thief.jars[domain].set(...cookie)
      expect(await thief.everywhere()).toEqual(everywhere(null))
    }
  })

  test.each(both)('a sign-out on the %s ends it on both, and on no other device', async (domain) => {
    const ada = await Visitor.signedIn('Ada')
    const phone = await Visitor.signedIn('Ada')
    const thief = ada.copied()
    await ada.post('signout', domain)
    expect(await ada.everywhere()).toEqual(everywhere(null))
    expect(await thief.everywhere()).toEqual(everywhere(null))
    if (chosen === 'database') expect(rowsOf('Ada')).toHaveLength(1)
    expect(await phone.everywhere()).toEqual(everywhere('Ada'))
  })

  test('a Server Action that calls signOut() on a secondary ends it on both', async () => {
    const ada = await Visitor.signedIn('Ada')
    const { body: html } = await ada.visit('/', 'secondary')
    const [, action = ''] = /name="(\$ACTION_ID_[^"]+)"/.exec(html) ?? []
    const form = new FormData()
    form.set(action, '')
    const request = new Request('http://localhost', { method: 'POST', body: form })
    const answer = await ada.send('/', {
      domain: 'secondary',
      method: 'POST',
      headers: {
        'sec-fetch-site': 'same-origin',
        origin: app.originOf('secondary'),
        'content-type': request.headers.get('content-type') ?? '',
      },
      body: new Uint8Array(await request.arrayBuffer()),
    })
    expect(answer.status, answer.body).toBe(303)
    expect(await ada.everywhere()).toEqual(everywhere(null))
    if (chosen === 'database') expect(rowsOf('Ada')).toEqual([])
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

  test("where two users meet, Auth.js says the primary's on both domains", async () => {
    const visitor = new Visitor()
    await visitor.signIn('Grace', 'secondary')
    expect(await visitor.shown('/', 'secondary')).toMatchObject({ email: mailOf('Grace') })
    await visitor.signIn('Ada', 'primary')
    await visitor.exchange()
    expect(await visitor.everywhere()).toEqual(everywhere('Ada'))
  })

  test('who signs in as somebody else in the same browser is the second one, on both domains', async () => {
    const visitor = await Visitor.signedIn('Ada')
    await visitor.signIn('Grace')
    await visitor.exchange()
    expect(await visitor.everywhere()).toEqual(everywhere('Grace'))
  })

  test('what ends in the kit ends in Auth.js: all sessions of a user', async () => {
    const ada = await Visitor.signedIn('Ada')
    await kit().sessions.destroyAll(idOf('Ada'))
    expect(await ada.everywhere()).toEqual(everywhere(null))
  })

  if (chosen === 'jwt') {
    test("a session that began without Auth.js has the user's id, until there is more", async () => {
      const ada = await Visitor.signedIn('Ada')
      forget('Ada')
      for (const domain of both) expect((await ada.scripts(domain))?.user).toEqual({ id: 'ada' })
    })

    test('what update() changes on one domain is there on the other', async () => {
      const ada = await Visitor.signedIn('Ada')
      const { csrfToken } = JSON.parse((await ada.get('csrf', 'secondary')).body) as { csrfToken: string }
      await ada.send('/api/auth/session', {
        domain: 'secondary',
        method: 'POST',
        body: JSON.stringify({ csrfToken, data: { name: 'Countess' } }),
        headers: { 'content-type': 'application/json', origin: app.originOf('secondary') },
      })
      for (const domain of both) expect((await ada.scripts(domain))?.user['name']).toBe('Countess')
    })

    test('what ends in Auth.js ends in the kit: a user for whom the callback `jwt` returns null', async () => {
      await kit().sessions.destroyAll('grace')
      const grace = await Visitor.signedIn('Grace')
      db.exec("insert into blocked values ('grace')")
      await grace.shown('/', 'secondary')
      expect(await grace.everywhere()).toEqual(everywhere(null))
      expect(await kit().sessions.list('grace')).toEqual([])
      db.exec('delete from blocked')
    })
  } else {
    test('a session that began without Auth.js gets exactly one of it', async () => {
      const ada = await Visitor.signedIn('Ada')
      forget('Ada')
      const answers = await Promise.all([1, 2, 3, 4].map((n) => ada.copied().visit('/', both[n % 2])))
      expect(answers.map(shownIn)).toEqual(answers.map(() => ({ email: mailOf('Ada'), isSignedIn: true })))
      expect(rowsOf('Ada')).toHaveLength(1)
    })

    test('what ends in Auth.js ends in the kit: a session that has expired, and no visit begins another', async () => {
      const ada = await Visitor.signedIn('Ada')
      const userId = idOf('Ada')
      db.prepare('update session set expires = 1 where userId = ?').run(userId)
      await ada.everywhere()
      await ada.exchange()
      expect(await ada.everywhere()).toEqual(everywhere(null))
      expect(rowsOf('Ada')).toEqual([])
      expect(await kit().sessions.list(userId)).toEqual([])
    })

    test.each(['session', 'user'])('what ends in Auth.js ends in the kit: the row of a %s', async (table) => {
      const ada = await Visitor.signedIn('Ada')
      const userId = idOf('Ada')
      db.prepare(`delete from ${table} where ${table === 'user' ? 'id' : 'userId'} = ?`).run(userId)
      await ada.shown('/', 'secondary')
      expect(await ada.everywhere()).toEqual(everywhere(null))
      expect(await kit().sessions.list(userId)).toEqual([])
    })
  }
})
