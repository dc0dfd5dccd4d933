import { defineConfig, type Config } from '../../../src/core/config.js'
import type { Origin } from '../../../src/core/domains/origin.js'
import type { CookieToSet } from '../../../src/core/request/cookies.js'
import type { Incoming } from '../../../src/core/request/incoming.js'
import { firstCookies } from '../../../src/core/session/firstCookies.js'
import { placeOf } from '../../../src/core/domains/place.js'
import { sessionOf } from '../../../src/core/session/changes.js'
import { findSession, readBrought } from '../../../src/core/session/find.js'
import { Rows } from '../../../src/core/store/rows.js'
import { fingerprintOf } from '../../../src/core/values/ids.js'
import type { Store } from '../../../src/core/store/store.js'
import { memoryStore } from '../../../src/stores/memory.js'

export const primary = 'https://p.example'
export const secondary = 'https://s.example'
export const third = 'https://t.example'
export const domains = [primary, secondary, third] as const
export type Domain = (typeof domains)[number]

/** The servers of all domains: one configuration, one store, and a clock that tests move. */
export class World {
  nowMs = 1_800_000_000_000
  readonly store: Store = memoryStore({ now: () => this.nowMs })
  readonly config: Config = defineConfig(
    {
      primary,
      domains,
      secret: 'a-secret-for-tests-of-at-least-32-characters',
      // As a cart might: a product that is in both carts is there twice, so a test sees whether two have met twice.
      merge: (kept, other) => {
        const list = [...listOf(kept), ...listOf(other)]
        return { ...other, ...kept, ...(list.length > 0 && { list }) }
      },
      onError: (error) => this.errors.push(error),
    },
    {},
    () => this.nowMs / 1000,
    (_, work) => work,
  )
  readonly errors: unknown[] = []
}

/** The list that updates append to. */
export function listOf({ list }: Readonly<Record<string, unknown>>): string[] {
  return Array.isArray(list) ? list.map(String) : []
}

/** Which cookies ride on a request, and which of its answer are kept. */
export type Riding = 'all' | 'none-cookies'

type Jar = Map<string, { readonly value: string; readonly sameSite: string }>

/** What somebody sees of the session on one domain. */
export interface View {
  readonly domain: Domain
  readonly userId: string | null
  readonly data: Readonly<Record<string, unknown>>
  readonly fingerprint: string | null
  /** The row that the cookie leads to, whether or not it opens it. */
  readonly row: string | null
}

/** A browser is a jar of cookies for each domain. */
export class Browser {
  constructor(
    readonly world: World,
    readonly jars: ReadonlyMap<Domain, Jar> = new Map(domains.map((domain) => [domain, new Map()])),
  ) {}

  jar(domain: Domain): Jar {
    const jar = this.jars.get(domain)
    if (jar === undefined) throw new Error(`no jar for ${domain}`)
    return jar
  }

  keep(domain: Domain, cookies: readonly CookieToSet[], riding: Riding = 'all'): void {
    const jar = this.jar(domain)
    for (const { name, value, sameSite, maxAgeSeconds } of cookies) {
      if (riding === 'none-cookies' && sameSite !== 'none') continue
      if (maxAgeSeconds === 0) jar.delete(name)
      else jar.set(name, { value, sameSite })
    }
  }

  /** Takes over all cookies of another browser. */
  copy(other: Browser): void {
    for (const [domain, jar] of other.jars) {
      this.jar(domain).clear()
      for (const [name, cookie] of jar) this.jar(domain).set(name, cookie)
    }
  }

  /** @returns A request with the cookies that the browser has at this moment. */
  request(href: string, given: Record<string, string>, method = 'GET', riding: Riding = 'all'): Incoming {
    const nextUrl = new URL(href)
    const sent = [...this.jar(nextUrl.origin as Domain)].filter(
      ([, { sameSite }]) => riding === 'all' || sameSite === 'none',
    )
    const cookies = new Map(sent)
    const headers = new Map(Object.entries({ ...given, host: nextUrl.host }))
    return {
      method,
      nextUrl,
      headers: { get: (name) => headers.get(name) ?? null },
      cookies: { get: (name) => cookies.get(name) },
    }
  }

  /** True if no cookie of the domain names a session. */
  isBare(domain: Domain): boolean {
    return ![...this.jar(domain).keys()].some(
      (name) => name.endsWith('crossdomain') || name.endsWith('-link'),
    )
  }

  /** Opens a page, so that the middleware can set the first cookies. */
  async visit(domain: Domain): Promise<void> {
    this.keep(domain, await firstCookies(this.world.config, this.request(`${domain}/`, navigation)))
  }

  /**
   * What a page shows; nothing is written for it.
   * @param seen Takes the rows that it looks at.
   */
  async view(domain: Domain, seen = new Set<string>()): Promise<View> {
    const { config } = this.world
    const read: Store['read'] = (ids) => {
      for (const id of ids) seen.add(id)
      return this.world.store.read(ids)
    }
    const request = this.request(`${domain}/`, ownPage(domain))
    const place = placeOf(config, await config.domains(), domain as Origin)
    const rows = new Rows({ ...this.world.store, read }, config.clock)
    const found = await findSession(
      config,
      rows,
      place,
      await readBrought(config, request.cookies, place),
      true,
    )
    if (found === null) return { domain, userId: null, data: {}, fingerprint: null, row: null }
    const { row, standing } = found.seat
    const session = standing === 'in' ? sessionOf(row) : null
    const fingerprint = fingerprintOf(row.id, row.signIns)
    const [userId, data] = [session?.userId ?? null, session?.data ?? {}]
    return { domain, userId, data, fingerprint, row: row.id }
  }

  async views(): Promise<View[]> {
    const views: View[] = []
    for (const domain of domains) views.push(await this.view(domain))
    return views
  }
}

export const navigation = {
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
  'sec-fetch-site': 'none',
}

export function ownPage(domain: Domain): Record<string, string> {
  return {
    'sec-fetch-site': 'same-origin',
    'sec-fetch-mode': 'cors',
    'sec-fetch-dest': 'empty',
    origin: domain,
  }
}
