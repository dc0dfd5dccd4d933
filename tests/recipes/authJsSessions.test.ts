import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { shownIn } from '../support/appBrowser.js'
import { Visitor, type Strategy } from './authJsVisitor.js'
import { both, Recipe } from './recipe.js'

let app: Awaited<ReturnType<typeof Recipe.build>>
beforeAll(async () => {
  app = await Recipe.build('auth-js-sessions')
}, 400_000)

describe.each<Strategy>(['jwt', 'database'])("Auth.js's own session, kept as %s", (strategy) => {
  let recipe: Recipe
  beforeAll(async () => {
    recipe = await Recipe.start(app, { AUTH_STRATEGY: strategy })
  }, 60_000)
  afterAll(() => recipe.stop(), 30_000)
  beforeEach(() => void recipe.users++)

  const visitor = () => new Visitor(recipe, strategy)

  /** A visitor whose two domains agree. */
  async function signedIn(name: string): Promise<Visitor> {
    const someone = visitor()
    await someone.signIn(name)
    expect(await someone.exchange()).toEqual({ email: someone.mailOf(name), isSignedIn: true })
    return someone
  }

  test.each(both)('who signs in with Auth.js on the %s is signed in to it on both', async (domain) => {
    const ada = visitor()
    await ada.signIn('Ada', domain)
    await ada.exchange()
    expect(await ada.everywhere()).toEqual(ada.all('Ada'))
    if (strategy === 'database') expect(ada.rowsOf('Ada')).toHaveLength(1)
  })

  test('no cookie of Auth.js says who somebody is', async () => {
    const ada = await signedIn('Ada')
    await ada.everywhere()
    for (const domain of both) {
      const thief = visitor()
      for (const [name, value] of ada.jars[domain])
        if (name.includes('authjs')) thief.jars[domain].set(name, value)
      expect(thief.jars[domain].size).toBeGreaterThan(0)
      expect(await thief.everywhere()).toEqual(thief.all(null))
    }
  })

  test.each(both)('a sign-out on the %s ends it on both, and on no other device', async (domain) => {
    const ada = await signedIn('Ada')
    const phone = await signedIn('Ada')
    const thief = ada.copied()
    await ada.post('signout', domain)
    expect(await ada.everywhere()).toEqual(ada.all(null))
    expect(await thief.everywhere()).toEqual(thief.all(null))
    if (strategy === 'database') expect(ada.rowsOf('Ada')).toHaveLength(1)
    expect(await phone.everywhere()).toEqual(phone.all('Ada'))
  })

  test('a Server Action that calls signOut() on a secondary ends it on both', async () => {
    const ada = await signedIn('Ada')
    const { status, body } = await ada.submit('secondary')
    expect(status, body).toBe(303)
    expect(await ada.everywhere()).toEqual(ada.all(null))
    if (strategy === 'database') expect(ada.rowsOf('Ada')).toEqual([])
  })

  test('cookies of a guest never open the session of the user that the guest becomes', async () => {
    const ada = visitor()
    await ada.exchange()
    await ada.visit('/')
    const thief = ada.copied()
    await ada.signIn('Ada')
    await ada.exchange()
    expect(await ada.everywhere()).toEqual(ada.all('Ada'))
    expect(await thief.everywhere()).toEqual(thief.all(null))
  })

  test("where two users meet, Auth.js says the primary's on both domains", async () => {
    const both = visitor()
    await both.signIn('Grace', 'secondary')
    expect(await both.shown('/', 'secondary')).toMatchObject({ email: both.mailOf('Grace') })
    await both.signIn('Ada', 'primary')
    await both.exchange()
    expect(await both.everywhere()).toEqual(both.all('Ada'))
  })

  test('who signs in as somebody else in the same browser is the second one, on both domains', async () => {
    const second = await signedIn('Ada')
    await second.signIn('Grace')
    await second.exchange()
    expect(await second.everywhere()).toEqual(second.all('Grace'))
  })

  test('what ends in the kit ends in Auth.js: all sessions of a user', async () => {
    const ada = await signedIn('Ada')
    await recipe.sessions.destroyAll(ada.idOf('Ada'))
    expect(await ada.everywhere()).toEqual(ada.all(null))
  })

  if (strategy === 'jwt') {
    test("a session that began without Auth.js has the user's id, until there is more", async () => {
      const ada = await signedIn('Ada')
      expect(recipe.forget('ada', 'authJs')).toBeGreaterThan(0)
      for (const domain of both) expect(await ada.user(domain)).toEqual({ id: 'ada' })
    })

    test('what update() changes on one domain is there on the other', async () => {
      const ada = await signedIn('Ada')
      const csrfToken = await ada.csrfToken('secondary')
      await ada.send('/api/auth/session', {
        domain: 'secondary',
        method: 'POST',
        body: JSON.stringify({ csrfToken, data: { name: 'Countess' } }),
        headers: { 'content-type': 'application/json', origin: app.originOf('secondary') },
      })
      for (const domain of both) expect(await ada.user(domain)).toMatchObject({ name: 'Countess' })
    })

    test('what ends in Auth.js ends in the kit: a user for whom the callback `jwt` returns null', async () => {
      await recipe.sessions.destroyAll('grace')
      const grace = await signedIn('Grace')
      recipe.db.exec("insert into blocked values ('grace')")
      await grace.shown('/', 'secondary')
      expect(await grace.everywhere()).toEqual(grace.all(null))
      expect(await recipe.sessions.list('grace')).toEqual([])
      recipe.db.exec('delete from blocked')
    })
  } else {
    test('a session that began without Auth.js gets exactly one of it', async () => {
      const ada = await signedIn('Ada')
      expect(recipe.forget(ada.idOf('Ada'), 'authJs')).toBe(1)
      const answers = await Promise.all([1, 2, 3, 4].map((n) => ada.copied().visit('/', both[n % 2])))
      expect(answers.map(shownIn)).toEqual(
        answers.map(() => ({ email: ada.mailOf('Ada'), isSignedIn: true })),
      )
      expect(ada.rowsOf('Ada')).toHaveLength(1)
    })

    test('what ends in Auth.js ends in the kit: a session that has expired, and no visit begins another', async () => {
      const ada = await signedIn('Ada')
      const userId = ada.idOf('Ada')
      recipe.db.prepare('update session set expires = 1 where userId = ?').run(userId)
      await ada.everywhere()
      await ada.exchange()
      expect(await ada.everywhere()).toEqual(ada.all(null))
      expect(ada.rowsOf('Ada')).toEqual([])
      expect(await recipe.sessions.list(userId)).toEqual([])
    })

    test.each([
      ['session', 'userId'],
      ['user', 'id'],
    ])('what ends in Auth.js ends in the kit: the row of a %s', async (table, column) => {
      const ada = await signedIn('Ada')
      const userId = ada.idOf('Ada')
      recipe.db.prepare(`delete from ${table} where ${column} = ?`).run(userId)
      await ada.shown('/', 'secondary')
      expect(await ada.everywhere()).toEqual(ada.all(null))
      expect(await recipe.sessions.list(userId)).toEqual([])
    })
  }
})
