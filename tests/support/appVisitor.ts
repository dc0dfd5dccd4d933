import { expect } from 'vitest'
import type { AppAnswer, AppDomain, AppRequest, planApp } from './builtApp.js'

type App = Pick<Awaited<ReturnType<typeof planApp>>, 'ask' | 'originOf'>

const navigation = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }

/** What the page of `tests/apps/faults` says. */
export interface Page {
  readonly shown: { readonly isAvailable: boolean; readonly userId: string | null; readonly count: number }
  /** Of its form: what the write was told that this page answers, or null. */
  readonly told: string | null
  readonly process: { readonly pid: number; readonly unhandled: readonly string[] }
}

/** A browser without scripts. Every page that it is given has to be one: 200, and not an error. */
export class AppVisitor {
  readonly #jars = { primary: new Map<string, string>(), secondary: new Map<string, string>() }
  #fields: readonly (readonly [string, string])[] = []
  /** All that was ever set, in order. */
  readonly cookiesSet: string[] = []

  constructor(readonly app: App) {}

  async open(domain: AppDomain, path = '/'): Promise<Page> {
    return this.#read(
      await this.#send(path, { domain, headers: { ...navigation, 'sec-fetch-site': 'none' } }),
    )
  }

  /** Sends the form of a page of the primary that was opened before. */
  async write(fields: { readonly user?: string } = {}): Promise<Page> {
    const form = new FormData()
    for (const [name, value] of this.#fields) form.append(name, value)
    form.append('user', fields.user ?? '')
    const encoded = new Response(form)
    const headers = {
      ...navigation,
      'sec-fetch-site': 'same-origin',
      origin: this.app.originOf('primary'),
      'content-type': encoded.headers.get('content-type') ?? '',
    }
    return this.#read(
      await this.#send('/', { method: 'POST', headers, body: new Uint8Array(await encoded.arrayBuffer()) }),
    )
  }

  /** Walks the exchange as a navigation that a page of the secondary begins. @returns What it came to, and the page where it ended. */
  async exchange(): Promise<Page & { readonly result: string }> {
    let url = new URL('/crossdomain/start?return_to=%2F', this.app.originOf('secondary'))
    for (let redirects = 0; url.pathname !== '/'; redirects++) {
      expect(redirects, 'redirects').toBeLessThan(3)
      const domain = url.origin === this.app.originOf('primary') ? 'primary' : 'secondary'
      const headers = { ...navigation, 'sec-fetch-site': redirects === 0 ? 'same-origin' : 'cross-site' }
      const { status, location } = await this.#send(url.pathname + url.search, { domain, headers })
      expect([status, location]).toEqual([303, expect.any(String)])
      url = new URL(location ?? '', url)
    }
    return { ...(await this.open('secondary')), result: /^#crossdomain=(\w+)/.exec(url.hash)?.[1] ?? '' }
  }

  async #send(path: string, request: AppRequest): Promise<AppAnswer> {
    const jar = this.#jars[request.domain ?? 'primary']
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await this.app.ask(path, {
      ...request,
      headers: { ...request.headers, ...(cookie !== '' && { cookie }) },
    })
    for (const line of answer.cookies) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (/Max-Age=0/i.test(line)) jar.delete(name)
      else jar.set(name, value)
    }
    this.cookiesSet.push(...answer.cookies)
    return answer
  }

  #read({ status, body }: AppAnswer): Page {
    expect(status, body).toBe(200)
    const hidden = body.matchAll(/<input type="hidden" name="([^"]*)"(?: value="([^"]*)")?/g)
    this.#fields = [...hidden].map(([, name = '', value = '']) => [plain(name), plain(value)])
    const parts = [...body.matchAll(/data-testid="(\w+)">([^<]*)</g)].map(([, name, json = '']) => [
      name,
      JSON.parse(plain(json)),
    ])
    expect(parts, body).toHaveLength(3)
    return Object.fromEntries(parts) as Page
  }
}

/** Text of HTML as React writes it. */
function plain(html: string): string {
  return html
    .replaceAll('&quot;', '"')
    .replaceAll('&#x27;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}
