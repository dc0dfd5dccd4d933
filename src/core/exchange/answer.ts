import type { Config } from '../config.js'
import { statusOf, type AnswerCode } from '../errors/catalogue.js'
import { placeOf } from '../domains/place.js'
import { agreedCookie } from '../request/agreed.js'
import { sentAs, type CookieToSet } from '../request/cookies.js'
import {
  bringsToken,
  domainsOf,
  isDocumentNavigation,
  isSpeculative,
  originOf,
  type Incoming,
} from '../request/incoming.js'
import type { Domains, Origin } from '../domains/origin.js'
import { isElsewhere } from '../request/returnTo.js'
import type { Store } from '../store/store.js'
import { markerPrefix, type Agreed, type OnPrimary, type Outcome, type Result } from '../../shared/wire.js'

/** What an action of the route works with. */
export interface Exchange extends Asked {
  readonly store: Store
}

/** The same without the store, which the first hop does not need. */
export interface Asked {
  readonly config: Config
  readonly request: Incoming
  readonly domains: Domains
  /** The listed origin that the request was sent to, or null. */
  readonly self: Origin | null
}

/** What an action answers, before it becomes a `Response`. */
export type Answer =
  /** `outcome`: the result, if the chain ends here. */
  (
    | { readonly kind: 'redirect'; readonly location: string; readonly outcome?: Outcome }
    | { readonly kind: 'script'; readonly script: string }
    /** `isUnreadable`: no script may read it, because its URL holds a seal that may still work. */
    | {
        readonly kind: 'outcome'
        readonly status: number
        readonly outcome: Outcome | OnPrimary
        readonly isUnreadable?: true
      }
  ) & {
    readonly cookies: readonly CookieToSet[]
    readonly headers: Readonly<Record<string, string>>
  }

type OutcomeAnswer = Extract<Answer, { kind: 'outcome' }>

export async function openExchange(config: Config, store: Store, request: Incoming): Promise<Exchange> {
  const domains = await domainsOf(request.headers, config)
  await domains.lookUp(request.headers.get('origin'))
  await domains.lookUp(request.nextUrl.searchParams.get('return_to'))
  return { config, store, request, domains, self: originOf(request.headers, config, domains) }
}

/** A cookie is on its way to this browser, or the browser on its way somewhere: it is over within seconds. */
function isBusy(code: AnswerCode): boolean {
  return code === 'CDS302' || code === 'CDS418'
}

/** An answer that refuses: nothing was stored, and it sets no cookie. */
export function refuse(code: AnswerCode): OutcomeAnswer {
  return {
    kind: 'outcome',
    status: statusOf(code),
    outcome: { result: 'error', code, ...(isBusy(code) && { again: true }) },
    cookies: [],
    headers: {},
  }
}

/**
 * The same for a page whose scripts must not see the URL of this answer: it holds a seal that may still work.
 */
export function unreadable(code: AnswerCode): Answer {
  return { ...refuse(code), isUnreadable: true }
}

export function answer(outcome: Outcome | OnPrimary, cookies: readonly CookieToSet[] = []): OutcomeAnswer {
  return { kind: 'outcome', status: 200, outcome, cookies, headers: {} }
}

export function redirect(location: string, cookies: readonly CookieToSet[] = []): Answer {
  return { kind: 'redirect', location, cookies, headers: {} }
}

/**
 * The URL of an action on a listed origin. A query keeps the characters of a seal and of a host as they are.
 * The path ends in a slash if that of this request does: with `trailingSlash`, Next.js would redirect the
 * other form once more.
 */
export function actionUrl(
  config: Config,
  request: Incoming,
  origin: string,
  action: 'check' | 'replace',
  parameter: string,
  seal: string,
): string {
  const { pathname } = request.nextUrl
  return `${origin}${config.path}/${action}${/.\/$/.test(pathname) ? '/' : ''}?${parameter}=${seal}`
}

/** The URL by which a page of another domain is shown after an exchange of that domain. */
export function startUrl({ path }: Config, page: string): string {
  const { origin, pathname, search, hash } = new URL(page)
  return `${origin}${path}/start?return_to=${encodeURIComponent(pathname + search + hash)}`
}

/**
 * Goes to the page on which the navigation ends. The outcome is in the fragment, which reaches the island and
 * no server. A link with a fragment keeps its own, and so does a page that has not been shown yet: a cookie
 * notes the outcome for it.
 * @param beforePage As in the claim.
 */
export function goBack(
  { config, request, domains, self }: Asked,
  { returnTo, beforePage }: { readonly returnTo: string; readonly beforePage?: boolean | undefined },
  outcome: Result,
  cookies: readonly CookieToSet[] = [],
): Answer {
  const ended = { kind: 'redirect', outcome, headers: {} } as const
  const isError = outcome.result === 'error'
  if (self === null || isElsewhere(returnTo)) {
    // The primary knows now. Another secondary has to ask it.
    const { origin } = new URL(returnTo, domains.primary)
    const isToAsk = !isError && domains.has(origin) && !placeOf(config, domains, origin).isPrimary
    return { ...ended, location: isToAsk ? startUrl(config, returnTo) : returnTo, cookies }
  }
  const keepsOwn = beforePage === true || returnTo.includes('#')
  const told = isError ? outcome.code : markerOf(outcome)
  if (!keepsOwn) return { ...ended, location: `${returnTo}${markerPrefix}${told}`, cookies }
  const place = placeOf(config, domains, self)
  // A browser that has sent no cookie may keep none. A result that is not final leaves the island to ask.
  const isKept = sentAs(request.cookies, place, 'session') !== undefined
  const isToNote = isKept && !isError && !outcome.again
  const noted = isToNote ? [agreedCookie(place, outcome.fingerprint)] : []
  return { ...ended, location: returnTo, cookies: [...cookies, ...noted] }
}

/**
 * Goes back to the page by a page of its own. The request that follows comes from this domain, and not from
 * where the first one came from, as it would after a redirect.
 * @param referrer What it may tell the page of its own address.
 */
export function leadBack(
  returnTo: string,
  code: AnswerCode,
  referrer: 'no-referrer' | 'same-origin' = 'no-referrer',
): Answer {
  return { ...refuse(code), headers: { Refresh: `0; url=${returnTo}`, 'Referrer-Policy': referrer } }
}

function markerOf({ result, fingerprint, again }: Agreed): string {
  return `${result}:${fingerprint}${again ? ':again' : ''}`
}

/**
 * How this request walks the chain; null for an iframe, a prefetch, a bot, and anything else that may not.
 * `passed-on`: a navigation that a service worker passes on by `fetch`. The worker could read what comes of
 * it, so it is given nothing. But the browser follows a redirect, so the navigation ends on its page.
 */
export function transportOf(request: Incoming): 'fetch' | 'navigation' | 'passed-on' | null {
  if (isSpeculative(request.headers) || bringsToken(request.headers)) return null
  if (isDocumentNavigation(request)) return 'navigation'
  const mode = request.headers.get('sec-fetch-mode')
  // The worker says `same-origin` if it fetches the request with options of its own. The chain crosses
  // origins, so no fetch that may walk it does.
  const isMode = mode === 'navigate' || mode === 'same-origin'
  if (isMode && request.method === 'GET' && request.headers.get('sec-fetch-dest') === 'empty')
    return 'passed-on'
  return mode === 'cors' || (mode === null && request.headers.get('origin') !== null) ? 'fetch' : null
}
