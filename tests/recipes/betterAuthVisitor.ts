import { makeSignature } from 'better-auth/crypto'
import { expect } from 'vitest'
import type { AppDomain } from '../support/builtApp.js'
import { both, RecipeBrowser, secret, type Recipe } from './recipe.js'

let visitors = 0
export const password = 'correct horse battery'

/** A browser, and what scripts of its pages ask better-auth. */
export class Visitor extends RecipeBrowser {
  /** better-auth limits how often one address asks. */
  readonly #address = `2001:db8:${(++visitors).toString(16)}::1`

  async ask(path: string, domain: AppDomain, json?: object): Promise<unknown> {
    const { status, body } = await this.send(`/api/auth/${path}`, {
      domain,
      ...(json !== undefined && { method: 'POST', body: JSON.stringify(json) }),
      headers: {
        'sec-fetch-site': 'same-origin',
        origin: this.app.originOf(domain),
        'content-type': 'application/json',
        'x-forwarded-for': this.#address,
      },
    })
    expect(status, body).toBe(200)
    return JSON.parse(body)
  }

  async signIn(name: string, domain: AppDomain = 'primary', more: object = {}): Promise<unknown> {
    const { db } = this.recipe
    await this.visit('/', domain)
    const email = mailOf(this.recipe, name)
    const isKnown = db.prepare('select 1 from user where email = ?').get(email) !== undefined
    const account = { email, password, ...more }
    if (isKnown) return this.ask('sign-in/email', domain, account)
    return this.ask('sign-up/email', domain, { ...account, name })
  }

  /** Opens the link that a mail brings. */
  async signInByMail(name: string, domain: AppDomain): Promise<void> {
    const email = mailOf(this.recipe, name)
    await this.ask('sign-in/magic-link', domain, { email, name, callbackURL: '/' })
    const mail = this.recipe.db.prepare('select url from outbox where mail = ?').get(email)
    const { origin, pathname, search } = new URL(String(mail?.['url']))
    expect(origin).toBe(this.app.originOf(domain))
    const { status, body } = await this.visit(pathname + search, domain)
    expect(status, body).toBe(302)
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

  copied(): Visitor {
    return this.robbedBy(new Visitor(this.recipe))
  }

  /** Sets the cookie that better-auth itself would set for this token. Its prefix depends on the address. */
  async setTheirCookie(token: string, domain: AppDomain): Promise<void> {
    const value = encodeURIComponent(`${token}.${await makeSignature(token, secret)}`)
    for (const prefix of ['', '__Secure-']) this.jars[domain].set(`${prefix}better-auth.session_token`, value)
  }
}

/** What `everywhere` returns if both domains agree. */
export function everywhere(name: string | null): unknown[] {
  const shown = { name, isSignedIn: name !== null }
  return [shown, name, shown, name]
}

function mailOf({ users }: Recipe, name: string): string {
  return `${name.toLowerCase()}-${users}@example.com`
}

/** What better-auth keeps of this user's sessions. */
export function rowsOf(recipe: Recipe, name: string) {
  const rows = recipe.db.prepare('select * from session where userId = (select id from user where email = ?)')
  return rows.all(mailOf(recipe, name)) as { token: string; userId: string; expiresAt: string }[]
}
