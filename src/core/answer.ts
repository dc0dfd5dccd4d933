import type { Config } from './config.js'
import { CrossDomainError, type ErrorCode } from './errors.js'
import type { CookieToSet } from './cookies.js'
import { isDocumentNavigation, originOf, type Incoming } from './incoming.js'
import type { Domains, Origin } from './origin.js'
import type { Store } from './store.js'
import { markerPrefix, type Outcome } from './wire.js'

/** What an action of the route works with. */
export interface Exchange {
  readonly config: Config
  readonly store: Store
  readonly request: Incoming
  readonly domains: Domains
  /** The listed origin that the request was sent to, or null. */
  readonly self: Origin | null
}

/** What an action answers, before it becomes a `Response`. */
export type Answer = (
  | { readonly kind: 'redirect'; readonly location: string }
  | { readonly kind: 'script'; readonly script: string }
  | { readonly kind: 'outcome'; readonly status: number; readonly outcome: Outcome }
) & {
  readonly cookies: readonly CookieToSet[]
  readonly headers: Readonly<Record<string, string>>
}

export async function openExchange(config: Config, store: Store, request: Incoming): Promise<Exchange> {
  const domains = await config.domains()
  return { config, store, request, domains, self: originOf(request.headers, config, domains) }
}

/** An answer that refuses; nothing was stored and no cookie is set. */
export function refuse(status: number, code: ErrorCode): Answer {
  return { kind: 'outcome', status, outcome: { result: 'error', code }, cookies: [], headers: {} }
}

export function answer(outcome: Outcome, cookies: readonly CookieToSet[] = []): Answer {
  return { kind: 'outcome', status: 200, outcome, cookies, headers: {} }
}

export function redirect(location: string, cookies: readonly CookieToSet[] = []): Answer {
  return { kind: 'redirect', location, cookies, headers: {} }
}

/** The URL of an action on a listed origin. Seals are made of unreserved characters and `*`, which a query keeps as it is. */
export function actionUrl(config: Config, origin: string, action: 'check' | 'replace', parameter: string, seal: string): string {
  return `${origin}${config.path}/${action}?${parameter}=${seal}`
}

/** Back to the page, with the outcome in the fragment: it reaches the island and no server. */
export function returnUrl(returnTo: string, outcome: 'use_current' | 'replaced' | ErrorCode): string {
  const hash = returnTo.indexOf('#')
  const [path, fragment] = hash < 0 ? [returnTo, ''] : [returnTo.slice(0, hash), `&${returnTo.slice(hash + 1)}`]
  return `${path}${markerPrefix}${outcome}${fragment}`
}

/** How this request walks the chain; null for an iframe, a prefetch, a bot, or whatever else may do neither. */
export function transportOf(request: Incoming): 'fetch' | 'navigation' | null {
  if (isDocumentNavigation(request)) return 'navigation'
  const mode = request.headers.get('sec-fetch-mode')
  return mode === 'cors' || mode === 'same-origin' || (mode === null && request.headers.get('origin') !== null) ? 'fetch' : null
}

/** The store's answer, or null when it gave none; the reason is reported, not shown. */
export async function attempt<T>(config: Config, call: () => Promise<T>): Promise<T | null> {
  try {
    return await call()
  } catch (cause) {
    config.reportError(cause instanceof CrossDomainError ? cause : new CrossDomainError('CDS301', undefined, { cause }))
    return null
  }
}
