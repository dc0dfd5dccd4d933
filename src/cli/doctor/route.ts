import { catalogue } from '../../core/errors/catalogue.js'
import { codeIn, found, ok, type Finding } from './finding.js'
import { obstacleIn, passTheWall } from './obstacle.js'
import { isFromCache } from './page.js'
import { fetchOf, navigation, ownFetch, Visitor, type Answer } from './visitor.js'

/** What the route of one domain says of itself. */
export interface Route {
  readonly origin: string
  /**
   * `sibling`: a subdomain that shares the session of the primary. Null: the route does not work for this
   * host.
   */
  readonly role: 'primary' | 'secondary' | 'sibling' | null
  /** How far the server's clock is ahead of ours, in seconds. Null if it does not say. */
  readonly aheadSeconds: number | null
  readonly findings: readonly Finding[]
}

/**
 * Finds out which domain answers here, from the codes with which each action refuses a request that brings no
 * seal. Nothing is written.
 */
export async function askRoute(origin: string, path: string, cookies: readonly string[]): Promise<Route> {
  const visitor = new Visitor(cookies)
  const ask = (action: string, headers: Readonly<Record<string, string>>) =>
    askSlashed(visitor, new URL(`${path}/${action}`, origin), { headers })
  const askedAt = Date.now()
  const check = await ask('check', fetchOf(origin))
  const aheadSeconds = aheadOf(check, askedAt)
  const absent = notTheRoute(origin, path, check)
  if (absent !== null) return { origin, role: null, aheadSeconds, findings: [absent] }
  const [replace, session] = [await ask('replace', fetchOf(origin)), await ask('session', ownFetch)]
  const isKnown = codeIn(session.body) !== 'CDS403'
  const role =
    codeIn(check.body) !== 'CDS403'
      ? 'primary'
      : codeIn(replace.body) !== 'CDS403'
        ? 'secondary'
        : isKnown
          ? 'sibling'
          : null
  const host = role === null ? [await whyUnknown(origin, ask)] : [ok(origin, 'route'), ok(origin, 'host')]
  return {
    origin,
    role,
    aheadSeconds,
    findings: [...host, checkHeaders(origin, check), await checkWorker(origin, cookies)],
  }
}

/** With `trailingSlash`, Next.js sends the path without a slash to the one that has it. */
export async function askSlashed(
  visitor: Visitor,
  url: URL,
  question: Parameters<Visitor['ask']>[1],
): Promise<Answer> {
  const answer = await visitor.ask(url, question)
  const next = new URL(answer.headers.get('location') ?? url, url)
  const isSlash = next.origin === url.origin && next.pathname === `${url.pathname}/`
  return isSlash ? visitor.ask(next, question) : answer
}

/** Why this answer is not from the handlers of the kit, or null if it is. */
function notTheRoute(origin: string, path: string, answer: Answer): Finding | null {
  const { status, headers, url } = answer
  const location = headers.get('location')
  if (location !== null) return leadsAway(origin, path, url, new URL(location, url))
  const code = codeIn(answer.body)
  if (code !== null && status >= 500) {
    const advice = 'The page of the code has the cause, and the log of this deployment the error behind it.'
    return found(
      'error',
      origin,
      'route',
      [`${path}/check answers ${status}: ${catalogue[code][0]}`, advice],
      code,
    )
  }
  if (code !== null) return null
  const obstacle = obstacleIn(origin, 'route', answer)
  if (obstacle !== null) return obstacle
  const file = `app${path}/[action]/route.ts`
  if (status === 405) {
    const advice = `Export all of them from ${file}: export const { GET, POST, OPTIONS } = handlers`
    return found(
      'error',
      origin,
      'route',
      [`${path}/check answers 405: the route does not export GET.`, advice],
      'CDS417',
    )
  }
  const says = `${path}/check answers ${status}, and not in the words of this kit.`
  return found(
    'error',
    origin,
    'route',
    [says, `Is there ${file}? If the option \`path\` is set, give it here as --path.`],
    'CDS417',
  )
}

/** A redirect of the whole site keeps the path, and a login does not. */
function leadsAway(origin: string, path: string, from: URL, to: URL): Finding {
  const isSamePath = to.pathname.replace(/\/$/, '') === from.pathname.replace(/\/$/, '')
  const says = `${path}/check leads to ${to.origin}${to.pathname}`
  if (isSamePath) {
    const advice =
      'List the origin on which visitors end in `primary` and `domains`, or leave the route out of the redirect.'
    const text = [`${says}. A redirect to another origin ends the exchange.`, advice] as const
    return found('error', origin, 'redirect', text, 'CDS417')
  }
  const text = `${says}: a login, or another redirect, stands before the application.`
  return found('error', origin, 'redirect', [text, passTheWall], 'CDS417')
}

/**
 * Next.js asks for a page of the route with the header `rsc`, and is answered by the host that the visitor
 * sees, which `X-Forwarded-Host` names behind a proxy. Everything else goes by `Host`.
 */
async function whyUnknown(
  origin: string,
  ask: (action: string, headers: Readonly<Record<string, string>>) => Promise<Answer>,
): Promise<Finding> {
  const router = await ask('start', { ...ownFetch, rsc: '1' })
  if (router.body.includes('"navigate"')) {
    const says = 'A proxy passes the name of this host as X-Forwarded-Host, and another one as Host.'
    return found(
      'error',
      origin,
      'host',
      [
        says,
        'Let the proxy pass Host (nginx: `proxy_set_header Host $host`), or set `trustForwardedHost: true`.',
      ],
      'CDS403',
    )
  }
  const says = 'The deployment that answers here does not have this origin in its list of domains.'
  return found(
    'error',
    origin,
    'host',
    [
      says,
      `Add ${origin} to \`domains\`, with this scheme and port. If it is there, a proxy does not pass Host.`,
    ],
    'CDS403',
  )
}

/** Headers that every answer of the route has, so whoever takes them off weakens it. */
function checkHeaders(origin: string, answer: Answer): Finding {
  const { headers } = answer
  const wanted = [
    ['cache-control', 'private, no-store'],
    ['cross-origin-opener-policy', 'same-origin'],
    ['referrer-policy', 'no-referrer'],
    ['x-content-type-options', 'nosniff'],
  ] as const
  const wrong = wanted.filter(([name, value]) => headers.get(name) !== value)
  if (isFromCache(answer)) {
    const says = 'A cache answers for the route of the exchange.'
    return found('error', origin, 'headers', [says, 'Let it pass every request of this path on.'])
  }
  if (wrong.length === 0) return ok(origin, 'headers')
  const says = `Something changes the headers of the route: ${wrong.map(([name]) => `"${name}: ${headers.get(name)}"`).join(', ')}.`
  const advice = `The kit says ${wrong.map(([name, value]) => `"${name}: ${value}"`).join(', ')}. Look at \`headers\` in next.config, and at your proxy.`
  return found('warning', origin, 'headers', [says, advice])
}

async function checkWorker(origin: string, cookies: readonly string[]): Promise<Finding> {
  const headers = {
    'service-worker': 'script',
    'sec-fetch-dest': 'serviceworker',
    'sec-fetch-mode': 'same-origin',
  }
  const { body } = await new Visitor(cookies).ask(new URL('/next-crossdomain-session-doctor.js', origin), {
    headers,
  })
  if (codeIn(body) === 'CDS419') return ok(origin, 'service-worker')
  const says =
    'The middleware does not see requests for service workers, so it cannot refuse one that an attacker has planted.'
  const advice =
    "Add the entry of the README to the matcher: { source: '/:path*', has: [{ type: 'header', key: 'service-worker' }] }"
  return found('warning', origin, 'service-worker', [says, advice], 'CDS419')
}

/** `Date` has whole seconds, so half a second is the best guess. */
function aheadOf({ headers }: Answer, askedAt: number): number | null {
  const date = Date.parse(headers.get('date') ?? '')
  return Number.isNaN(date) ? null : (date + 500 - (askedAt + Date.now()) / 2) / 1000
}

/**
 * Whether a navigation arrives as one.
 * @returns A finding if a proxy removes what browsers say of their requests.
 */
export async function checkFetchMetadata(
  { origin, role }: Route,
  path: string,
  cookies: readonly string[],
): Promise<Finding> {
  const url = new URL(`${path}/${role === 'primary' ? 'check' : 'start?return_to=%2F'}`, origin)
  const headers = { ...navigation, 'sec-fetch-site': 'same-origin' }
  const { body } = await askSlashed(new Visitor(cookies), url, { headers })
  if (codeIn(body) !== 'CDS413') return ok(origin, 'sec-fetch')
  const says =
    'A proxy removes the headers Sec-Fetch-Mode and Sec-Fetch-Dest, so no request looks like a page load.'
  const advice = 'Let the proxy pass all headers that begin with Sec-Fetch-.'
  return found('error', origin, 'sec-fetch', [says, advice], 'CDS413')
}
