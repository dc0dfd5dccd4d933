import { AsyncLocalStorage } from 'node:async_hooks'
import { NextRequest } from 'next/server.js'
import { configOf, useTestScope, type TestRequest } from '../next/testScope.js'
import { newParameter, syncCookieName } from '../shared/wire.js'
import { CookieJar, type TestCookie } from './cookieJar.js'

/** The parts of your kit that tests use. */
export interface KitUnderTest {
  readonly getSession: () => Promise<object>
  readonly handlers: Readonly<Record<'GET', (request: Request) => Promise<Response>>>
  readonly middleware?: (request: NextRequest) => Promise<Response>
  readonly proxy?: (request: NextRequest) => Promise<Response>
}

/** The result of an exchange, as `onResult` of `<CrossDomainSync/>` gets it. */
export interface TestExchange {
  /** `use_current`, `replaced`, `navigate` or `error`. */
  readonly result: string
  /** A code of the catalogue, if the result is an error. */
  readonly code?: string
}

const scope = new AsyncLocalStorage<TestRequest>()
useTestScope(scope)

const navigation = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', 'sec-fetch-site': 'none' }
const ownFetch = { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty', 'sec-fetch-site': 'same-origin' }

/** More hops than an exchange has. */
const mostHops = 6

/**
 * A simulated browser for unit tests. It keeps cookies for each domain, and runs the exchange through your
 * kit's middleware and handlers, without a network.
 * @param kit What `createCrossDomainSession` returned, or the module that exports it.
 */
export class TestBrowser {
  readonly #jar = new CookieJar()

  /**
   * @param thirdPartyCookies Whether it sends cookies with a fetch to another domain, as Chrome does.
   *   Default: true.
   */
  constructor(
    readonly kit: KitUnderTest,
    readonly thirdPartyCookies = true,
  ) {}

  /** All its cookies, in the shape that Playwright's `context.addCookies` takes. */
  get cookies(): readonly TestCookie[] {
    return this.#jar.all()
  }

  /** The header `Cookie` of a request to this domain. */
  cookieHeader(origin: string): string {
    return this.#jar.header(origin, () => true)
  }

  /** The origin of the primary. */
  async primary(): Promise<string> {
    const config = configOf(this.kit.getSession)
    if (config === undefined)
      throw new TypeError(
        'This is not the getSession of createCrossDomainSession. Pass it, or the origin of a domain.',
      )
    return (await config.domains()).primary
  }

  /** Opens a page: the middleware gives a new visitor a cookie. */
  async visit(origin: string): Promise<void> {
    const middleware = this.kit.proxy ?? this.kit.middleware
    const response = await middleware?.(this.#request(`${origin}/`, navigation))
    if (response !== undefined) this.#jar.keep(origin, response.headers, () => true)
  }

  /**
   * Runs `act` as one request to this domain, in which `getSession()` returns the session of this browser.
   */
  async run<T>(origin: string, act: () => T | Promise<T>): Promise<T> {
    const answer = new Headers()
    const request = this.#request(`${origin}/`, { ...ownFetch, origin })
    try {
      return await scope.run({ request, answer }, async () => act())
    } finally {
      this.#jar.keep(origin, answer, () => true)
    }
  }

  /**
   * Does what `<CrossDomainSync/>` does on a page of this domain: one fetch, then a navigation if that is not
   * enough.
   */
  async exchange(origin: string): Promise<TestExchange> {
    const fetched = await this.#fetch(origin)
    return fetched.result === 'navigate' ? this.#navigate(origin) : fetched
  }

  async #fetch(page: string): Promise<TestExchange> {
    // As <CrossDomainSync/> asks.
    const isKnown = this.cookieHeader(page).includes(syncCookieName)
    let url = `${page}/crossdomain/start${isKnown ? '' : `?${newParameter}`}`
    for (let crossings = 0, hops = 0; hops < mostHops; hops++) {
      const { origin } = new URL(url)
      const isCross = origin !== page
      const rides = (sameSite: string) => !isCross || (this.thirdPartyCookies && sameSite === 'none')
      const headers = {
        ...ownFetch,
        // Browsers name no origin in a GET of the same origin, and none after two redirects between origins.
        ...(crossings > 0 && { 'sec-fetch-site': 'cross-site', origin: crossings > 1 ? 'null' : page }),
        ...(isCross && { 'sec-fetch-storage-access': this.thirdPartyCookies ? 'active' : 'none' }),
      }
      const response = await this.#send(url, headers, rides)
      const location = response.headers.get('location')
      if (location === null) return (await response.json()) as TestExchange
      url = new URL(location, url).href
      if (new URL(url).origin !== origin) crossings++
    }
    throw new Error(`the exchange of ${page} did not end`)
  }

  async #navigate(page: string): Promise<TestExchange> {
    let url = `${page}/crossdomain/start?return_to=/`
    for (let hops = 0; hops < mostHops; hops++) {
      const response = await this.#send(url, navigation, () => true)
      const location = response.headers.get('location')
      const [, told] = (location ?? (await response.text())).match(/#crossdomain=(\w+)|(?=CDS)/) ?? []
      if (location === null || told !== undefined) {
        const code = /CDS\d{3}/.exec(told ?? (await response.clone().text()))?.[0]
        return code === undefined ? { result: told ?? 'error' } : { result: 'error', code }
      }
      url = new URL(location, url).href
    }
    throw new Error(`the exchange of ${page} did not end`)
  }

  async #send(
    url: string,
    headers: Record<string, string>,
    rides: (sameSite: string) => boolean,
  ): Promise<Response> {
    const response = await this.kit.handlers.GET(this.#request(url, headers, rides))
    this.#jar.keep(new URL(url).origin, response.headers, rides)
    return response
  }

  #request(
    url: string,
    headers: Record<string, string>,
    rides: (sameSite: string) => boolean = () => true,
  ): NextRequest {
    const { host, origin } = new URL(url)
    const cookie = this.#jar.header(origin, rides)
    return new NextRequest(url, {
      headers: {
        host,
        'user-agent': 'Mozilla/5.0 (TestBrowser)',
        ...(cookie !== '' && { cookie }),
        ...headers,
      },
    })
  }
}
