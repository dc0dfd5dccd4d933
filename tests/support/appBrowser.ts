import { expect } from 'vitest'
import type { AppAnswer, AppDomain, AppRequest, planApp } from './builtApp.js'

const navigation = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', 'sec-fetch-site': 'none' }

/** A browser without scripts, for applications of the tests that show JSON in an element called `shown`. */
export class AppBrowser {
  readonly jars = { primary: new Map<string, string>(), secondary: new Map<string, string>() }

  constructor(readonly app: Pick<Awaited<ReturnType<typeof planApp>>, 'ask' | 'originOf'>) {}

  /** A request of a script of an own page, if it is not said otherwise. */
  async send(path: string, request: AppRequest = {}): Promise<AppAnswer> {
    const { domain = 'primary' } = request
    const jar = this.jars[domain]
    const own = { 'sec-fetch-site': 'same-origin', origin: this.app.originOf(domain) }
    const cookie = [...jar].map((pair) => pair.join('=')).join('; ')
    const answer = await this.app.ask(path, {
      ...request,
      headers: { ...(request.headers ?? own), cookie },
    })
    for (const line of answer.cookies) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (/max-age=0|expires=Thu, 01 Jan 1970/i.test(line)) jar.delete(name)
      else jar.set(name, value)
    }
    return answer
  }

  /** Opens a page, and follows no redirect. */
  visit(path: string, domain: AppDomain = 'primary'): Promise<AppAnswer> {
    return this.send(path, { domain, headers: navigation })
  }

  /** Opens a page, and follows redirects to either domain. @returns What it shows. */
  async shown(path: string, domain: AppDomain = 'primary'): Promise<Record<string, unknown>> {
    let url = new URL(path, this.app.originOf(domain))
    for (let hops = 0; hops < 8; hops++) {
      const isPrimary = url.origin === this.app.originOf('primary')
      const answer = await this.visit(url.pathname + url.search, isPrimary ? 'primary' : 'secondary')
      if (answer.location === null) {
        expect(answer.status, answer.body).toBe(200)
        return shownIn(answer)
      }
      url = new URL(answer.location, url)
    }
    throw new Error(`no end of redirects at ${url.href}`)
  }

  /**
   * What the island does: one fetch by a page of the secondary, in a browser that allows third-party cookies.
   * @returns Every answer. The last one says what it came to.
   */
  async fetchExchange(): Promise<readonly AppAnswer[]> {
    const page = { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }
    const origin = this.app.originOf('secondary')
    const hops: readonly Pick<AppRequest, 'domain' | 'headers'>[] = [
      { domain: 'secondary', headers: { 'sec-fetch-site': 'same-origin' } },
      {
        domain: 'primary',
        headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-storage-access': 'active', origin },
      },
      { domain: 'secondary', headers: { 'sec-fetch-site': 'cross-site', origin: 'null' } },
    ]
    const answers: AppAnswer[] = []
    let path: string | null = '/crossdomain/start'
    for (const hop of hops) {
      if (path === null) break
      const answer = await this.send(path, { ...hop, headers: { ...page, ...hop.headers } })
      answers.push(answer)
      path = answer.location === null ? null : answer.location.replace(/^https?:\/\/[^/]+/, '')
    }
    return answers
  }
}

/** What a page or a route of such an application shows. */
export function shownIn({ body }: AppAnswer): Record<string, unknown> {
  const json = /data-testid="shown">([^<]*)</.exec(body)?.[1]?.replaceAll('&quot;', '"') ?? body
  return JSON.parse(json) as Record<string, unknown>
}
