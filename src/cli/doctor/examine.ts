import { checkClocks, checkConsent, checkExchange, checkList } from './exchange.js'
import { found, type Finding } from './finding.js'
import { obstacleIn } from './obstacle.js'
import { checkPage, openPage, routePathOf, type Page } from './page.js'
import { askRoute, checkFetchMetadata, type Route } from './route.js'
import { Visitor } from './visitor.js'

/** What to look at. */
export interface Examination {
  /** Origins of running deployments. */
  readonly origins: readonly string[]
  /** Path of the page to open on each domain. */
  readonly page: string
  /** Path of the route. Default: what a cookie of a secondary says, or `/crossdomain`. */
  readonly path: string | undefined
  /** Cookies that the visitor has from the start, each as `name=value`. */
  readonly cookies: readonly string[]
}

/** What was found, in the order of the origins. */
export interface Report {
  readonly primary: string | null
  readonly path: string
  readonly findings: readonly Finding[]
}

/**
 * Walks the exchange between running deployments as a browser would, and looks at all that has to be right
 * for it. It sees nothing but what every visitor sees. It leaves what one new visitor leaves: rows that are
 * gone in ten minutes.
 */
export async function examine({ origins, page, path: wanted, cookies }: Examination): Promise<Report> {
  const pages: Page[] = []
  for (const origin of origins) pages.push(await openPage(origin, page, cookies))
  const path = wanted ?? pages.map(routePathOf).find((named) => named !== null) ?? '/crossdomain'
  const domains: Domain[] = []
  for (const one of pages) {
    const { origin, answer } = one
    const obstacle = obstacleIn(origin, 'page', answer)
    const route = answer.status === 0 ? nobody(origin) : await askRoute(origin, path, cookies)
    // If the route fails too, it has said so.
    const isToSay = obstacle !== null && (answer.status === 0 || route.role !== null)
    domains.push({ page: one, route, findings: [...(isToSay ? [obstacle] : []), ...route.findings] })
  }
  const primary = domains.find(({ route }) => route.role === 'primary')?.route
  const secondaries = domains.filter(({ route }) => route.role === 'secondary')

  let named = primary?.origin ?? null
  let isConsentMissing = false
  for (const {
    page: { origin, cookies: received, visitor },
    route,
    findings,
  } of secondaries) {
    const isNew = received.size === 0
    const consent = isNew ? await checkConsent(origin, path, cookies) : null
    if (consent !== null) findings.push(consent)
    isConsentMissing ||= consent !== null
    if (isNew) continue
    const walked = await checkExchange(origin, visitor, path, primary?.origin ?? null)
    named ??= walked.primary
    findings.push(...walked.findings)
    const others = secondaries.map(({ route: other }) => other.origin).filter((other) => other !== origin)
    if (others.length > 0) findings.push(await checkList(new Visitor(cookies), path, route, others))
    if (primary !== undefined) findings.push(checkClocks(primary, route))
  }
  for (const { page: first, route, findings } of domains) {
    if (route.role === null || isConsentMissing) continue
    const metadata = await checkFetchMetadata(route, path, cookies)
    findings.push(metadata)
    // Otherwise the middleware takes no request for a page load, and there is nothing to see.
    if (metadata.level !== 'ok' || obstacleIn(route.origin, 'page', first.answer) !== null) continue
    const again = await openPage(route.origin, page, cookies)
    const target = route.role === 'secondary' && named !== null ? new URL(named) : null
    findings.push(...(await checkPage(first, again, target)))
  }
  // A primary that was named has findings of its own.
  if (primary === undefined && (named === null || !origins.includes(named)))
    secondaries[0]?.findings.push(noPrimary(secondaries[0].route, named))
  return { primary: named, path, findings: domains.flatMap(({ findings }) => findings) }
}

interface Domain {
  readonly page: Page
  readonly route: Route
  readonly findings: Finding[]
}

function nobody(origin: string): Route {
  return { origin, role: null, aheadSeconds: null, findings: [] }
}

function noPrimary({ origin }: Route, named: string | null): Finding {
  const says = `None of these domains is the primary. This one sends visitors to ${named ?? 'nowhere'}.`
  return found('error', origin, 'primary', [says, 'Run the doctor with the address of the primary too.'])
}
