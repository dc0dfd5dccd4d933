import { mayConnect } from './csp.js'
import { found, ok, type Finding } from './finding.js'
import { navigation, parseCookie, Visitor, type Answer, type ReceivedCookie } from './visitor.js'

/** The names that the kit gives to cookies, whatever their prefix. */
const ownCookie = /^__(?:Host|Secure)-(?:Http-)?crossdomain(?<kind>-\w+)?$/

/** A page of one domain, as a visitor who has never been there gets it. */
export interface Page {
  readonly origin: string
  readonly answer: Answer
  /** Cookies of the kit, by what follows `crossdomain` in their names. */
  readonly cookies: ReadonlyMap<string, ReceivedCookie>
  readonly visitor: Visitor
}

/** Opens a page, and follows redirects within its origin. */
export async function openPage(origin: string, path: string, given: readonly string[]): Promise<Page> {
  const visitor = new Visitor(given)
  const cookies = new Map<string, ReceivedCookie>()
  let url = new URL(path, origin)
  for (let redirects = 0; ; redirects++) {
    const answer = await visitor.ask(url, { headers: navigation })
    for (const line of answer.headers.getSetCookie()) {
      const cookie = parseCookie(line)
      const kind = ownCookie.exec(cookie.name)?.groups
      if (kind !== undefined) cookies.set(kind['kind'] ?? '', cookie)
    }
    const location = answer.headers.get('location')
    const next = location === null ? null : new URL(location, url)
    if (next?.origin !== origin || redirects > 4) return { origin, answer, cookies, visitor }
    url = next
  }
}

/** The path of the route, which the cookie of a secondary names after the state of its session. */
export function routePathOf({ cookies }: Page): string | null {
  return /(\/.*)$/.exec(decodeURIComponent(cookies.get('-sync')?.value ?? ''))?.[1] ?? null
}

/** @param primary Null if it is not known, or is this domain. */
export async function checkPage(page: Page, again: Page, primary: URL | null): Promise<Finding[]> {
  const { origin, answer } = page
  const location = answer.headers.get('location')
  if (location !== null) {
    const says = `The page leads to ${new URL(location, answer.url).origin}, so nothing else of it could be looked at.`
    const advice =
      'Name a page that answers by itself with --page. Behind a login, give its cookie with --cookie.'
    return [found('warning', origin, 'page', [says, advice])]
  }
  if (answer.status >= 400) {
    const says = `${answer.url.href} answers ${answer.status}, so nothing else of it could be looked at.`
    return [found('warning', origin, 'page', [says, 'Name a page that is there with --page.'])]
  }
  return [
    ...checkCookies(page),
    checkCache(page, again),
    ...(primary === null ? [] : [checkCsp(page, primary), await checkIsland(page)]),
  ]
}

function checkCookies({ origin, cookies, answer }: Page): Finding[] {
  if (cookies.size === 0 && isFromCache(answer)) {
    const says =
      'A cache answers for this page, so a new visitor gets no cookie, or the cookie of somebody else.'
    return [found('error', origin, 'cache', [says, keepOut])]
  }
  if (cookies.size === 0) {
    const says = 'A new visitor gets no cookie from this page: the middleware did not run.'
    const advice =
      'Export `middleware` (or `proxy`) with a matcher that covers the page, and see that no CDN answers first.'
    return [found('error', origin, 'middleware', [says, advice], 'CDS113')]
  }
  const wrong = [...cookies].flatMap(([kind, { name, attributes }]) => {
    const sameSite = kind === '-link' || kind === '-sync' ? 'none' : 'lax'
    const told = [
      attributes.has('secure') ? '' : 'Secure is missing',
      attributes.get('path') === '/' ? '' : 'Path is not /',
      kind === '-sync' || attributes.has('httponly') ? '' : 'HttpOnly is missing',
      kind === '-sync' && attributes.has('httponly') ? 'HttpOnly hides it from the page' : '',
      name.startsWith('__Host-') && attributes.has('domain') ? 'Domain is set' : '',
      attributes.get('samesite')?.toLowerCase() === sameSite ? '' : `SameSite is not ${sameSite}`,
    ].filter((text) => text !== '')
    return told.length === 0 ? [] : [`${name}: ${told.join(', ')}`]
  })
  if (wrong.length === 0) return [ok(origin, 'middleware'), ok(origin, 'cookies')]
  const says = `Something changes cookies on their way to the browser. ${wrong.join('. ')}.`
  const advice =
    'Look for rules about cookies in your proxy, such as `proxy_cookie_flags`, and take them off.'
  return [ok(origin, 'middleware'), found('error', origin, 'cookies', [says, advice])]
}

const keepOut = 'Let no cache keep pages with `Set-Cookie` or `Cache-Control: private`, and purge it now.'

/** Whether an answer says that a cache had it. */
export function isFromCache({ headers }: Answer): boolean {
  const says = ['cf-cache-status', 'x-cache', 'x-vercel-cache', 'cache-status'].map((name) =>
    headers.get(name),
  )
  return Number(headers.get('age')) > 0 || /\bhit\b/i.test(says.join())
}

function checkCache({ origin, answer, cookies }: Page, again: Page): Finding {
  const isSame = [...cookies].some(
    ([kind, { value }]) => kind !== '-leaving' && again.cookies.get(kind)?.value === value,
  )
  if (isSame) {
    const says = 'Two new visitors got the same cookie: a cache keeps this page with its Set-Cookie.'
    return found('error', origin, 'cache', [says, `${keepOut} These visitors share a session.`])
  }
  const control = answer.headers.get('cache-control') ?? ''
  // Next.js replaces the `Vary` of static pages, and this alone keeps every cache out.
  if (cookies.size === 0 || /private|no-store/i.test(control)) return ok(origin, 'cache')
  const says = `A page that sets cookies says "Cache-Control: ${control}", so a cache may keep it.`
  const advice =
    'The kit says "private, no-store". Find what replaces it: `headers` in next.config, a CDN, a proxy.'
  return found('error', origin, 'cache', [says, advice])
}

function checkCsp({ origin, answer }: Page, primary: URL): Finding {
  const policies = answer.headers.get('content-security-policy')
  if (policies === null) return ok(origin, 'csp')
  const blocked = [new URL(origin), primary].filter((target) => !mayConnect(policies, answer.url, target))
  if (blocked.length === 0) return ok(origin, 'csp')
  const says = `The Content-Security-Policy of this page blocks requests to ${blocked.map(({ origin: name }) => name).join(' and ')}, so the exchange cannot be a fetch.`
  return found('error', origin, 'csp', [
    says,
    `Write: connect-src 'self' ${primary.origin}. docs/csp.md has the rest.`,
  ])
}

/** The island's bundle holds the name of its cookie as text, whatever a bundler does to it. */
async function checkIsland({ origin, answer, visitor }: Page): Promise<Finding> {
  const addresses = [...answer.body.matchAll(/<script[^>]+src="([^"]+)"/g)].map(([, src = '']) =>
    src.replaceAll('&amp;', '&'),
  )
  const mark = 'crossdomain-sync'
  for (const address of addresses) {
    const script = await visitor.ask(new URL(address, answer.url))
    if (script.body.includes(mark)) return ok(origin, 'island')
  }
  const says = 'No script of this page is <CrossDomainSync/>, so nothing on it begins an exchange.'
  return found('warning', origin, 'island', [
    says,
    'Put <CrossDomainSync/> into the root layout. If it is there, --page may name another kind of page.',
  ])
}
