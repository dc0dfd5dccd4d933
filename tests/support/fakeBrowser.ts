import { NextRequest } from 'next/server.js'
import { expect } from 'vitest'
import { createHandlers, type Handlers } from '../../src/next/handlers.js'
import { within } from '../../src/shared/within.js'
import { middlewareFor } from '../../src/next/middleware.js'
import { defineConfig, type Config, type Options } from '../../src/core/config.js'
import { openSession } from '../../src/core/session/open.js'
import type { SessionEvent } from '../../src/core/events.js'
import type { Session } from '../../src/core/session/session.js'
import { deleteBroughtCookies, issueEndedSignal, type CookieToSet } from '../../src/core/request/cookies.js'
import type { RowChange, Store } from '../../src/core/store/store.js'
import type { Outcome } from '../../src/shared/wire.js'

export const primary = 'https://shop.example'
export const secondary = 'https://brand.example'
export const third = 'https://third.example'
export const secret = 'a-secret-for-tests-of-at-least-32-characters'

/** Everything that runs on the servers of all domains: one configuration, one store, a clock that tests move. */
export class Deployment {
  nowSeconds = 1_800_000_000
  readonly errors: unknown[] = []
  readonly config: Config
  readonly handlers: Handlers
  readonly middleware: ReturnType<typeof middlewareFor>
  /** Names of the store's methods in the order in which they were called. */
  readonly calls: string[] = []
  /** Rows that were written, in order. */
  readonly written: RowChange[] = []
  readonly store: Store
  isStoreDown = false
  /**
   * Renders a page that the middleware lets through, if a test has one. It gets the request as the middleware
   * hands it on, the `Cookie` header that the browser has sent, and the middleware's answer.
   */
  page: ((request: NextRequest, sentCookie: string, answer: Response) => Promise<Response>) | null = null

  constructor(store: Store, options: Options = {}) {
    this.store = new Proxy(store, {
      get: (target, name: keyof Store) => {
        const method = target[name] as (...args: unknown[]) => Promise<unknown>
        return async (...args: unknown[]) => {
          this.calls.push(name)
          if (this.isStoreDown) throw new Error('connection refused')
          const answer = await method.apply(target, args)
          if (name === 'swap' && (answer as Awaited<ReturnType<Store['swap']>>).done)
            this.written.push(...(args as Parameters<Store['swap']>)[0])
          return answer
        }
      },
    })
    const all = {
      primary,
      domains: [primary, secondary, third],
      secret,
      onError: (error: unknown) => this.errors.push(error),
      ...options,
    }
    this.config = defineConfig(all, {}, () => this.nowSeconds, within)
    this.handlers = createHandlers(() => this.config, this.store)
    this.middleware = middlewareFor(() => this.config)
  }

  /** Ids of the sessions that were written: `written` without the claims and tickets that were used. */
  get sessionsWritten(): readonly string[] {
    return this.written.map(({ id }) => id).filter((id) => !/^(claim|ticket):/.test(id))
  }
}

/**
 * How a browser treats cookies of another site; see the table in docs/protocol.md. `absent` stands for a browser that does not know the header, `withheld` for Firefox with all
 * cookies allowed, which besides sends no `Lax` cookie at the end of a fetch that went through another site.
 */
export type World = 'allowed' | 'inactive' | 'blocked' | 'partitioned' | 'absent' | 'withheld' | 'itp'

interface StoredCookie {
  readonly value: string
  readonly sameSite: string
  /** Goes with the browser. */
  readonly isTransient: boolean
}

/** A marker says which session was agreed on; most tests ask what it came to. */
export function withoutName(url: string): string {
  return url.replace(/(#crossdomain=\w+):[\da-f]{10}(:again)?$/, '$1')
}

/** One answer that a walk met. */
export interface Hop {
  readonly url: string
  readonly response: Response
}

/** An exchange takes three redirects. A link from one secondary to another may walk one of each, and never twice. */
function expectFew(hops: readonly Hop[]): void {
  const pages = hops.map(({ url }) => url.replace(/\?.*/, ''))
  const isChain = hops.every(({ url }) => !/\/start\?return_to=http/.test(url))
  // A page that insists begins with one more.
  const insisted = hops.some(({ url }) => url.endsWith('&unseen')) ? 1 : 0
  expect(pages.length, pages.join(' ')).toBeLessThanOrEqual((isChain ? 3 : 6) + insisted)
  for (const action of ['start', 'replace'])
    expect(new Set(pages.filter((page) => page.endsWith(action))).size, pages.join(' ')).toBe(
      pages.filter((page) => page.endsWith(action)).length,
    )
}

/** What differs from one request for a session to the other. */
interface SessionRequest {
  readonly canSetCookies?: boolean
  readonly isAnswered?: () => boolean
  /** `undefined` leaves one out that a browser sends. */
  readonly headers?: Record<string, string | undefined>
  /** Which cookies the browser sends along. Default: all. */
  readonly jar?: 'all' | 'none-cookies' | 'nothing'
}

/**
 * A browser made of a cookie jar and a few rules, which walks the chain through the real middleware and handlers without a network.
 * It stands in for a browser in tests of the routes; real ones are in e2e.
 */
export class FakeBrowser {
  userAgent = 'Mozilla/5.0 (FakeBrowser)'

  /** False: cookies are off. */
  keepsCookies = true

  constructor(
    readonly deployment: Deployment,
    readonly world: World = 'allowed',
    readonly jars = new Map<string, Map<string, StoredCookie>>(),
  ) {}

  /** @param domain Attribute of the cookie: then the jar is that of all hosts below it. */
  jar(origin: string, domain: string | null = null): Map<string, StoredCookie> {
    const key = domain === null ? origin : `.${domain}`
    const jar = this.jars.get(key) ?? new Map<string, StoredCookie>()
    this.jars.set(key, jar)
    return jar
  }

  /** Closes the browser and opens it again. */
  restart(): void {
    for (const jar of this.jars.values())
      for (const [name, { isTransient }] of jar) if (isTransient) jar.delete(name)
  }

  cookies(origin: string): Record<string, string> {
    return Object.fromEntries([...this.jar(origin)].map(([name, { value }]) => [name, value]))
  }

  /** Opens a page: the middleware runs, then the page may use the session. */
  async visit(origin: string, headers: Record<string, string> = {}): Promise<Response> {
    return this.#page(`${origin}/`, { ...navigation, ...headers })
  }

  async #page(url: string, headers: Record<string, string>): Promise<Response> {
    const request = this.request(url, headers, 'all')
    const sentCookie = request.headers.get('cookie') ?? ''
    const answer = await this.deployment.middleware(request)
    const isShown = answer.headers.get('x-middleware-next') !== null
    const response = (isShown && (await this.deployment.page?.(request, sentCookie, answer))) || answer
    this.#keep(new URL(url).origin, response, 'all')
    return response
  }

  /**
   * Clicks a link of a page. As in a browser, `Referer` is the origin of that page if it is another one, until an
   * answer says `no-referrer`. Firefox sends none.
   * @param from Null: the address is typed.
   * @param policy What a proxy in between makes of that.
   * @returns Every answer, and where it ends.
   */
  async follow(
    from: string | null,
    href: string,
    policy: 'kept' | 'overruled' = 'kept',
  ): Promise<{ readonly hops: readonly Hop[]; readonly href: string; readonly page: Response }> {
    const hops: Hop[] = []
    let by = from
    let referer = from === null ? null : `${from}/`
    let isCross = false
    let isClicked = true
    for (let url = href; ;) {
      const { origin, pathname } = new URL(url)
      isCross ||= origin !== by
      const headers = {
        ...navigation,
        'sec-fetch-site': by === null ? 'none' : isCross ? 'cross-site' : 'same-origin',
        ...(referer !== null && { referer }),
        ...(isClicked && { 'sec-fetch-user': '?1' }),
      }
      const isRoute = pathname.startsWith('/crossdomain/')
      const response = isRoute ? await this.send(url, { headers }) : await this.#page(url, headers)
      const refreshed = response.headers.get('refresh')?.slice('0; url='.length)
      const location = response.headers.get('location') ?? refreshed
      if (location === undefined) return { hops, href: url, page: response }
      hops.push({ url, response })
      expectFew(hops)
      const isUntold = policy === 'kept' && response.headers.get('referrer-policy') === 'no-referrer'
      if (refreshed !== undefined) [by, isCross, referer, isClicked] = [origin, false, url, false]
      if (isUntold) referer = null
      url = new URL(location, url).href
    }
  }

  /** The session as a Server Action of an own page has it, opened as `getSession` opens it. */
  async session(origin: string, options: SessionRequest = {}): Promise<Session> {
    const { config, store } = this.deployment
    const asked = { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors', origin, ...options.headers }
    const sent = Object.entries(asked).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    )
    const asSent = Object.fromEntries(sent) as Record<string, string>
    const request = this.request(`${origin}/`, asSent, options.jar ?? 'all')
    const later: Promise<unknown>[] = []
    const session = await openSession(config, store, request, {
      canSetCookies: async () => options.canSetCookies ?? true,
      isPrefetch: () => false,
      isAnswered: options.isAnswered ?? (() => false),
      setCookies: async (cookies) => this.#store(origin, cookies),
      later: (work) => void later.push(work()),
      doubt: () => {},
      event: (event) => this.events.push(event),
      signalEnded: async (place, name) => {
        this.ended.push(name)
        const signal = issueEndedSignal(place, name)
        const isSignalled = request.cookies.get(signal.name)?.value === signal.value
        if (options.canSetCookies !== false && !isSignalled) this.#store(origin, [signal])
      },
      removeCookies: async (place) => {
        const brought = deleteBroughtCookies(request.cookies, place)
        if (options.canSetCookies !== false) this.#store(origin, brought)
      },
    })
    await Promise.all(later)
    return session
  }

  /** What was to be told of the sessions that this browser opened. */
  readonly events: SessionEvent[] = []
  /** Cookies that were found to open no session, as the island is told of them: see `endedNameOf`. */
  readonly ended: string[] = []

  #store(origin: string, cookies: readonly CookieToSet[]): void {
    for (const { name, value, sameSite, maxAgeSeconds, domain } of cookies) {
      const jar = this.jar(origin, domain)
      if (maxAgeSeconds === 0) jar.delete(name)
      else jar.set(name, { value, sameSite, isTransient: maxAgeSeconds === null })
    }
  }

  /** What the island does: one fetch that follows the chain. @returns All hops, and what the last one says: as the island is told it, and without the name of a session. */
  async sync(
    origin: string,
  ): Promise<{ readonly hops: readonly Hop[]; readonly outcome: Outcome; readonly result: unknown }> {
    const hops: Hop[] = []
    const start = `${origin}/crossdomain/start`
    const isKnown = this.request(start, {}, 'all').headers.get('cookie')?.includes('crossdomain-sync')
    let url = isKnown ? start : `${start}?new`
    let crossed = 0
    for (;;) {
      const target = new URL(url).origin
      const isCross = target !== origin
      const headers: Record<string, string> = {
        'sec-fetch-mode': 'cors',
        'sec-fetch-dest': 'empty',
        'sec-fetch-site': isCross || crossed > 0 ? 'cross-site' : 'same-origin',
        // Nothing in a GET of the same origin. After a redirect that crosses origins twice, a browser no longer says
        // which page asked.
        ...(crossed > 0 && { origin: crossed > 1 ? 'null' : origin }),
      }
      if (isCross) Object.assign(headers, this.#storageAccess())
      const response = await this.send(url, {
        headers,
        jar: isCross ? this.#thirdParty() : this.world === 'withheld' && crossed > 0 ? 'none-cookies' : 'all',
      })
      hops.push({ url, response })
      if (
        response.status === 401 &&
        response.headers.has('activate-storage-access') &&
        this.world === 'inactive' &&
        hops.length < 6
      ) {
        this.#activated = true
        continue
      }
      const location = response.headers.get('location')
      if (location === null) {
        const outcome = (await response.clone().json()) as Outcome
        const { fingerprint: _, again, ...rest } = { fingerprint: null, again: undefined, ...outcome }
        // The island tries once more by itself after an error, and says nothing of it.
        const result = again && outcome.result !== 'error' ? { ...rest, again } : rest
        return { hops, outcome, result }
      }
      const next = new URL(location, url)
      if (next.origin !== target) crossed += 1
      url = next.href
    }
  }

  /** A top-level navigation that follows redirects. @returns Where it ends: as the page has it, and without the name of a session. */
  async navigate(
    href: string,
  ): Promise<{ readonly hops: readonly Hop[]; readonly href: string; readonly url: string }> {
    const hops: Hop[] = []
    for (let url = href; ;) {
      const { origin, pathname } = new URL(url)
      if (!pathname.startsWith('/crossdomain/')) {
        await this.visit(origin)
        return { hops, href: url, url: withoutName(url) }
      }
      const response = await this.send(url, { headers: navigation })
      hops.push({ url, response })
      expectFew(hops)
      const location = response.headers.get('location')
      if (location === null) return { hops, href: url, url }
      url = new URL(location, url).href
    }
  }

  /** One request to the route, with this browser's cookies; what is set is kept if the browser would. */
  async send(
    url: string,
    options: {
      readonly method?: string
      readonly headers?: Record<string, string>
      readonly jar?: 'all' | 'none-cookies' | 'nothing'
    } = {},
  ): Promise<Response> {
    const jar = options.jar ?? 'all'
    const request = this.request(url, options.headers ?? {}, jar, options.method)
    const method = (options.method ?? 'GET') as 'GET' | 'POST' | 'OPTIONS'
    const response = await (this.deployment.handlers[method] ?? this.deployment.handlers.GET)(request)
    this.#keep(new URL(url).origin, response, jar)
    expect(response.status, 'an exchange never answers 500').not.toBe(500)
    expect(response.headers.get('cache-control') ?? (method === 'OPTIONS' ? 'private, no-store' : null)).toBe(
      'private, no-store',
    )
    expect(response.headers.get('cross-origin-opener-policy')).toBe('same-origin')
    return response
  }

  request(
    url: string,
    headers: Record<string, string>,
    jar: 'all' | 'none-cookies' | 'nothing',
    method = 'GET',
  ): NextRequest {
    const { origin, host, hostname } = new URL(url)
    const shared = [...this.jars].flatMap(([key, cookies]) =>
      key.startsWith('.') && `.${hostname}`.endsWith(key) ? [...cookies] : [],
    )
    const sent = [...this.jar(origin), ...shared].filter(
      ([, { sameSite }]) => jar === 'all' || (jar === 'none-cookies' && sameSite === 'none'),
    )
    const cookie = sent.map(([name, { value }]) => `${name}=${value}`).join('; ')
    // As in Next.js, the URL says where the server listens, and only `Host` says which domain was asked.
    const { pathname, search } = new URL(url)
    return new NextRequest(`http://0.0.0.0:3000${pathname}${search}`, {
      method,
      headers: { host, 'user-agent': this.userAgent, ...(cookie && { cookie }), ...headers },
    })
  }

  #activated = false

  #storageAccess(): Record<string, string> {
    switch (this.world) {
      case 'allowed':
        return { 'sec-fetch-storage-access': 'active' }
      case 'inactive':
        return { 'sec-fetch-storage-access': this.#activated ? 'active' : 'inactive' }
      case 'blocked':
      case 'partitioned':
        return { 'sec-fetch-storage-access': 'none' }
      case 'absent':
      case 'withheld':
      case 'itp':
        return {}
      default:
        return this.world satisfies never
    }
  }

  #thirdParty(): 'none-cookies' | 'nothing' {
    const rides =
      this.world === 'allowed' ||
      this.world === 'absent' ||
      this.world === 'withheld' ||
      this.world === 'partitioned' ||
      (this.world === 'inactive' && this.#activated)
    return rides ? 'none-cookies' : 'nothing'
  }

  #keep(origin: string, response: Response, jar: 'all' | 'none-cookies' | 'nothing'): void {
    if (!this.keepsCookies) return
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split('; ')
      const [name, value] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]
      const sameSite =
        attributes
          .find((attribute) => /^samesite=/i.test(attribute))
          ?.slice(9)
          .toLowerCase() ?? ''
      for (const needed of ['Path=/', 'Secure']) expect(attributes, name).toContain(needed)
      const domain = attributes.find((attribute) => attribute.startsWith('Domain='))?.slice(7) ?? null
      // What a browser asks of the prefixes.
      expect(name.startsWith('__Host-'), name).toBe(domain === null)
      const isDeleted = attributes.includes('Max-Age=0')
      if (domain === null && !isDeleted)
        expect(name.startsWith('__Host-Http-'), name).toBe(attributes.includes('HttpOnly'))
      if (isDeleted) this.jar(origin, domain).delete(name)
      else if (jar === 'all' || (jar === 'none-cookies' && sameSite === 'none'))
        this.jar(origin, domain).set(name, {
          value: decodeURIComponent(value),
          sameSite,
          isTransient: !attributes.some((attribute) => attribute.startsWith('Max-Age=')),
        })
    }
  }
}

export const navigation = {
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
  'sec-fetch-site': 'none',
}
