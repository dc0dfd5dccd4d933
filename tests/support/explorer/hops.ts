import { openExchange, type Answer, type Exchange } from '../../../src/core/exchange/answer.js'
import { check } from '../../../src/core/exchange/check.js'
import { replace } from '../../../src/core/exchange/replace.js'
import { start } from '../../../src/core/exchange/start.js'
import { CrossDomainError } from '../../../src/core/errors/catalogue.js'
import type { CookieToSet } from '../../../src/core/request/cookies.js'
import type { Incoming } from '../../../src/core/request/incoming.js'
import { openSession } from '../../../src/core/session/open.js'
import type { Session } from '../../../src/core/session/session.js'
import type { Server } from './heldRequest.js'
import { navigation, ownPage, primary, type Browser, type Domain, type Riding } from './world.js'

/** One request of a browser and what comes of its answer. */
export interface Hop {
  readonly domain: Domain
  /** Begins at once, with the cookies that the browser has then. */
  run(server: Server): Promise<Reply>
}

export interface Reply {
  readonly cookies: readonly CookieToSet[]
  /** Which of its cookies the browser keeps. */
  readonly riding: Riding
  /** Where the answer sends the browser. */
  readonly next: Hop | null
  /** `done`, or why not: the code of an error, or what an exchange came to. */
  readonly result: string
  /** What the command answers, if it was done. */
  readonly session: Session | null
}

/** Something that a page does with its session, in a request of its own. */
export function command(browser: Browser, domain: Domain, work: (session: Session) => Promise<void>): Hop {
  return {
    domain,
    async run({ store, later }) {
      const request = browser.request(`${domain}/`, ownPage(domain))
      const cookies: CookieToSet[] = []
      const session = await openSession(browser.world.config, store, request, {
        canSetCookies: async () => true,
        setCookies: async (set) => void cookies.push(...set),
        isPrefetch: () => false,
        isAnswered: () => false,
        later,
        doubt: () => {},
        event: () => {},
        // A script of the page asks for it, when the page is there.
        signalEnded: async () => {},
        removeCookies: async () => {},
      })
      let result = 'done'
      try {
        await work(session)
      } catch (error) {
        if (!(error instanceof CrossDomainError)) throw error
        result = error.code
      }
      return { cookies, riding: 'all', next: null, result, session }
    },
  }
}

export type Transport = 'fetch' | 'navigation'

/** The three hops of an exchange. Each begins when the answer of the one before is there. */
export function exchange(browser: Browser, domain: Domain, by: Transport): Hop {
  if (by === 'navigation') {
    return hop(browser, start, `${domain}/crossdomain/start?return_to=/`, () => navigation, by)
  }
  return hop(browser, start, `${domain}/crossdomain/start`, () => ownPage(domain), by, 'POST')
}

function hop(
  browser: Browser,
  action: (exchange: Exchange) => Promise<Answer>,
  href: string,
  headers: () => Record<string, string>,
  by: Transport,
  method = 'GET',
): Hop {
  const domain = new URL(href).origin as Domain
  const riding = by === 'fetch' && action === check ? 'none-cookies' : 'all'
  return {
    domain,
    async run({ store }) {
      const request: Incoming = browser.request(href, headers(), method, riding)
      const answer = await action(await openExchange(browser.world.config, store, request))
      const next = answer.kind === 'redirect' ? nextHop(browser, answer.location, domain, by) : null
      return { cookies: answer.cookies, riding, next, result: resultOf(answer), session: null }
    },
  }
}

function nextHop(browser: Browser, href: string, from: Domain, by: Transport): Hop | null {
  if (!href.includes('/crossdomain/')) return null
  if (by === 'navigation') {
    return hop(browser, href.includes('/check?') ? check : replace, href, () => navigation, by)
  }
  const crossSite = { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty', 'sec-fetch-site': 'cross-site' }
  if (new URL(href).origin === primary) {
    const headers = { ...crossSite, 'sec-fetch-storage-access': 'active', origin: from }
    return hop(browser, check, href, () => headers, by)
  }
  return hop(browser, replace, href, () => ({ ...crossSite, origin: 'null' }), by)
}

function resultOf(answer: Answer): string {
  const outcome = answer.kind === 'script' ? undefined : answer.outcome
  if (outcome === undefined) return 'done'
  return outcome.result === 'error' ? outcome.code : outcome.result
}

/** Goes all the way at once: no other request is under way, and no answer is lost. */
export async function goThrough(browser: Browser, first: Hop, store = browser.world.store): Promise<void> {
  for (let hop: Hop | null = first; hop !== null;) {
    const later: (() => Promise<unknown>)[] = []
    const reply: Reply = await hop.run({ store, swaps: [], later: (work) => void later.push(work) })
    for (const work of later) await work()
    browser.keep(hop.domain, reply.cookies, reply.riding)
    hop = reply.next
  }
}
