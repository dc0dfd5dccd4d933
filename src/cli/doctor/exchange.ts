import { catalogue, type ErrorCode } from '../../core/errors/catalogue.js'
import { codeIn, found, ok, type Finding } from './finding.js'
import { askSlashed, type Route } from './route.js'
import { obstacleIn } from './obstacle.js'
import { fetchOf, ownFetch, Visitor, type Answer } from './visitor.js'
import { walkByFetch, walkByNavigation } from './walk.js'

/** Walks the exchange of one secondary, by `fetch` and then as a navigation. */
export async function checkExchange(
  origin: string,
  visitor: Visitor,
  path: string,
  primary: string | null,
): Promise<{ readonly findings: readonly Finding[]; readonly primary: string | null }> {
  const hops = await walkByFetch(visitor, origin, path)
  const check = hops[1]
  const named = check?.url.origin ?? primary
  if (primary !== null && named !== null && named !== primary) {
    const says = `This domain takes ${named} for the primary, and ${primary} says that it is the one.`
    const text = [says, 'Give all deployments the same `primary`.'] as const
    return { findings: [found('error', origin, 'primary', text, 'CDS403')], primary: named }
  }
  const last = hops.at(-1)
  const wrong = last === undefined ? null : problemOf(origin, last, hops.length, named)
  if (wrong !== null) return { findings: [wrong], primary: named }
  const { end, hops: navigated } = await walkByNavigation(visitor, origin, path)
  const stop = navigated.at(-1)
  const code = codeIn(end.hash) ?? (end.pathname.startsWith(`${path}/`) ? codeIn(stop?.body ?? '') : null)
  const isBack = end.origin === origin && !end.pathname.startsWith(`${path}/`)
  const navigation =
    code === null && isBack
      ? ok(origin, 'navigation')
      : found('error', origin, 'navigation', textOf(code, stop, named), code)
  const once = check === undefined ? [] : [await checkOnce(origin, visitor, check)]
  return { findings: [ok(origin, 'exchange'), ok(origin, 'secret'), ...once, navigation], primary: named }
}

/** What the last answer of a fetch says, or null if the domains agreed. */
function problemOf(origin: string, last: Answer, hops: number, primary: string | null): Finding | null {
  const code = codeIn(last.body)
  if (code === null && /"(use_current|replaced)"/.test(last.body)) return null
  if (code === null && last.body.includes('"navigate"')) {
    const says =
      'The exchange by fetch ends with a navigation, although this browser allows third-party cookies.'
    const advice =
      'Let proxies pass Sec-Fetch-Storage-Access to the primary. If the primary asks for consent, this is right; --cookie gives it.'
    return found('warning', origin, 'exchange', [says, advice])
  }
  const obstacle = code === null ? obstacleIn(origin, 'exchange', last) : null
  if (obstacle !== null) return obstacle
  const check = code === 'CDS405' || code === 'CDS408' ? 'secret' : 'exchange'
  const level = code === 'CDS420' ? 'warning' : 'error'
  return found(level, origin, check, textOf(code, last, primary, hops), code)
}

const sameSecret =
  'Give both deployments the same CROSSDOMAIN_SECRET. While you rotate it, deploy [old, new] everywhere first.'

/** What to say of a refusal in the middle of an exchange, if it is more than the catalogue says. */
const told: Partial<Record<ErrorCode, readonly [says: string, advice: string]>> = {
  CDS301: [
    'The session store of this domain or of the primary did not answer, or its table is missing.',
    'The log of the deployment has the cause: a table that is missing is CDS304 there.',
  ],
  CDS403: [
    'The deployment to which this domain sends visitors does not take itself for the primary.',
    'Give all deployments the same `primary` and `domains`, and let proxies pass Host.',
  ],
  CDS404: ['The primary does not have this domain in its list.', 'Give all deployments the same `domains`.'],
  CDS405: ['The primary cannot open what this domain has sealed: their secrets differ.', sameSecret],
  CDS406: [
    'A claim of this moment has expired on the primary: the clocks differ.',
    'Set the clocks of both servers by NTP.',
  ],
  CDS407: [
    'The primary sees another browser or network than this domain does.',
    'Let proxies pass User-Agent as it is. With `networkPrefix`, set X-Forwarded-For in both.',
  ],
  CDS408: ['This domain cannot open what the primary has sealed: their secrets differ.', sameSecret],
  CDS409: [
    'A ticket of this moment has expired on this domain: the clocks differ.',
    'Set the clocks by NTP.',
  ],
  CDS410: [
    'The cookie of this domain did not arrive, or another one did.',
    'Let proxies pass Cookie and Set-Cookie as they are.',
  ],
  CDS415: [
    'A visitor has to consent first.',
    'Give the cookie that says so, for example --cookie consent=yes',
  ],
  CDS416: [
    'A claim of this moment was used before it arrived.',
    'Let no cache and no retry of a proxy answer for the route, and give each instance of the primary the same clock and store.',
  ],
  CDS420: [
    '`mayExchange` did not allow this exchange.',
    'Try again later, or let the address of the doctor pass.',
  ],
}

function textOf(
  code: ErrorCode | null,
  last: Answer | undefined,
  primary: string | null,
  hops = 0,
): readonly [says: string, advice: string] {
  if (code !== null) return told[code] ?? [catalogue[code][0], 'The page of the code has the cause.']
  const where = last === undefined ? 'the exchange' : `${last.url.origin}${last.url.pathname}`
  const to = last?.headers.get('location')
  const says = to
    ? `${where} leads to ${new URL(to, last?.url).origin}.`
    : `${where} answers ${last?.status}, and not in the words of this kit.`
  const advice =
    hops === 2 && last?.url.origin === primary
      ? 'Run the doctor with the address of the primary too. It has to answer by itself, without a redirect.'
      : 'See that every deployment runs this kit, with the handlers in app/crossdomain/[action]/route.ts.'
  return [says, advice]
}

/**
 * Brings the claim of a walk once more. If it works, what the primary writes is not seen by all of its
 * instances.
 */
async function checkOnce(origin: string, visitor: Visitor, { url }: Answer): Promise<Finding> {
  const headers = { ...fetchOf(origin), 'sec-fetch-site': 'cross-site', 'sec-fetch-storage-access': 'active' }
  for (let attempt = 0; attempt < 3; attempt++) {
    const again = await visitor.ask(url, { headers, jar: 'none-cookies' })
    if (codeIn(again.body) === 'CDS416') continue
    const says = 'A claim worked twice on the primary, so its instances do not share a store.'
    return found('error', origin, 'once', [
      says,
      '`memoryStore` is for one process. Use a database that all instances reach.',
    ])
  }
  return ok(origin, 'once')
}

/** Asks a secondary whether it would lead a visitor to each of the others. Nothing is written. */
export async function checkList(
  visitor: Visitor,
  path: string,
  { origin }: Route,
  others: readonly string[],
): Promise<Finding> {
  const missing: string[] = []
  for (const other of others) {
    const url = new URL(`${path}/start?return_to=${encodeURIComponent(`${other}/`)}`, origin)
    const { body } = await visitor.ask(url, {
      headers: {
        'sec-fetch-mode': 'navigate',
        'sec-fetch-dest': 'document',
        'sec-fetch-site': 'same-origin',
      },
    })
    if (codeIn(body) === 'CDS414') missing.push(other)
  }
  if (missing.length === 0) return ok(origin, 'domains')
  const says = `This deployment does not list ${missing.join(', ')}.`
  return found('error', origin, 'domains', [says, 'Give all deployments the same `domains`.'], 'CDS414')
}

/** @returns A finding if a new visitor has no session because nobody has consented yet. */
export async function checkConsent(
  origin: string,
  path: string,
  cookies: readonly string[],
): Promise<Finding | null> {
  const url = new URL(`${path}/start?new`, origin)
  const { body } = await askSlashed(new Visitor(cookies), url, { headers: ownFetch })
  if (codeIn(body) !== 'CDS415') return null
  const says = 'A visitor has to consent first, so there was nothing to look at.'
  const advice = 'Give the cookie that says so, for example --cookie consent=yes'
  return found('warning', origin, 'consent', [says, advice], 'CDS415')
}

/** Seconds that the clocks of two domains may differ before somebody should look. A claim lives for 60. */
const mostSkewSeconds = 10

export function checkClocks(primary: Route, { origin, aheadSeconds }: Route): Finding {
  const skew = Math.abs((primary.aheadSeconds ?? 0) - (aheadSeconds ?? 0))
  if (primary.aheadSeconds === null || aheadSeconds === null || skew <= mostSkewSeconds)
    return ok(origin, 'clock')
  const says = `The clock of this server differs from that of the primary by ${Math.round(skew)} seconds. A claim lives for 60.`
  const level = skew < 50 ? 'warning' : 'error'
  return found(level, origin, 'clock', [says, 'Set both clocks by NTP.'], 'CDS406')
}
