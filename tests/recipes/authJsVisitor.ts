import { expect } from 'vitest'
import type { AppAnswer, AppDomain } from '../support/builtApp.js'
import { both, RecipeBrowser, type Recipe } from './recipe.js'

export type Strategy = 'jwt' | 'database'

/** Those who have passwords are always the same. With a database, each test has users of its own. */
const passwords: Readonly<Record<string, string>> = {
  Ada: 'correct horse battery',
  Grace: 'staple nanosecond wire',
}

/** A browser, and what scripts of its pages ask Auth.js. */
export class Visitor extends RecipeBrowser {
  constructor(
    recipe: Recipe,
    readonly strategy: Strategy,
  ) {
    super(recipe)
  }

  get(path: string, domain: AppDomain): Promise<AppAnswer> {
    return this.send(`/api/auth/${path}`, { domain })
  }

  async csrfToken(domain: AppDomain): Promise<string> {
    const { csrfToken } = JSON.parse((await this.get('csrf', domain)).body) as { csrfToken: string }
    return csrfToken
  }

  /** A form of Auth.js, with the token that its own pages put into it. */
  async post(path: string, domain: AppDomain, fields: Record<string, string> = {}): Promise<AppAnswer> {
    const csrfToken = await this.csrfToken(domain)
    const body = new URLSearchParams({ ...fields, csrfToken, callbackUrl: '/' }).toString()
    return this.send(`/api/auth/${path}`, {
      domain,
      method: 'POST',
      body,
      headers: {
        'sec-fetch-site': 'same-origin',
        origin: this.app.originOf(domain),
        'content-type': 'application/x-www-form-urlencoded',
      },
    })
  }

  async signIn(name: string, domain: AppDomain = 'primary'): Promise<void> {
    await this.visit('/', domain)
    const email = this.mailOf(name)
    const origin = this.app.originOf(domain)
    if (this.strategy === 'jwt') {
      const answer = await this.post('callback/credentials', domain, {
        email,
        password: passwords[name] ?? '',
      })
      expect(answer.location).toBe(`${origin}/`)
      return
    }
    await this.post('signin/mail', domain, { email })
    const mail = this.recipe.db.prepare('select url from outbox where mail = ? order by rowid desc')
    const link = new URL(String(mail.get(email)?.['url']))
    expect(link.origin).toBe(origin)
    expect((await this.visit(link.pathname + link.search, domain)).location).toBe(`${origin}/`)
  }

  /** Submits the form of the page, which calls a Server Action. */
  async submit(domain: AppDomain): Promise<AppAnswer> {
    const { body: html } = await this.visit('/', domain)
    const form = new FormData()
    form.set(/name="(\$ACTION_ID_[^"]+)"/.exec(html)?.[1] ?? '', '')
    const request = new Request('http://localhost', { method: 'POST', body: form })
    return this.send('/', {
      domain,
      method: 'POST',
      headers: {
        'sec-fetch-site': 'same-origin',
        origin: this.app.originOf(domain),
        'content-type': request.headers.get('content-type') ?? '',
      },
      body: new Uint8Array(await request.arrayBuffer()),
    })
  }

  /** Who this is on each domain: to a page, and to a script that asks Auth.js. */
  async everywhere(): Promise<unknown[]> {
    const seen: unknown[] = []
    for (const domain of both) {
      seen.push(await this.shown('/', domain))
      seen.push((await this.user(domain))?.['email'] ?? null)
    }
    return seen
  }

  /** What `everywhere` returns if both domains agree. */
  all(name: string | null): unknown[] {
    const email = name === null ? null : this.mailOf(name)
    const shown = { email, isSignedIn: name !== null }
    return [shown, email, shown, email]
  }

  async user(domain: AppDomain): Promise<Readonly<Record<string, unknown>> | undefined> {
    const { status, body } = await this.get('session', domain)
    expect(status, body).toBe(200)
    return (JSON.parse(body) as { user: Record<string, unknown> } | null)?.user
  }

  copied(): Visitor {
    return this.robbedBy(new Visitor(this.recipe, this.strategy))
  }

  mailOf(name: string): string {
    const local = this.strategy === 'jwt' ? name : `${name}-${this.recipe.users}`
    return `${local.toLowerCase()}@example.com`
  }

  /** The rows that Auth.js keeps of this user. */
  rowsOf(name: string) {
    const rows = this.recipe.db.prepare(
      'select * from session where userId = (select id from user where email = ?)',
    )
    return rows.all(this.mailOf(name)) as { userId: string }[]
  }

  idOf(name: string): string {
    return this.strategy === 'jwt' ? name.toLowerCase() : (this.rowsOf(name)[0]?.userId ?? '')
  }
}
