import type { Config } from '../config.js'
import type { ConsentRequest } from '../consent.js'
import type { Domains } from '../domains/origin.js'
import { placeOf, type Place } from '../domains/place.js'
import type { CrossDomainError } from '../errors/catalogue.js'
import type { SessionEvent } from '../events.js'
import {
  credentialOf,
  endedNameOf,
  newPass,
  replacingFormer,
  sentAs,
  type CookieToSet,
} from '../request/cookies.js'
import {
  bringsToken,
  domainsOf,
  isSpeculative,
  isUnforgeable,
  keepsCookiesBack,
  originOfPage,
  visitOf,
  type Visit,
} from '../request/incoming.js'
import { noteUnlistedHost } from '../request/unlistedHost.js'
import { Rows } from '../store/rows.js'
import type { Store } from '../store/store.js'
import { orReport, storeError } from '../store/storeCall.js'
import { fingerprintOf } from '../values/ids.js'
import { adopt, mayAdopt, type Adoptable } from './adopt.js'
import { findApiSession, findSession, hasExpired, readBrought, type Found } from './find.js'
import { isStale, visited } from './patch.js'
import { joinedEvents } from './joinTwo.js'
import { createSession, type Session } from './session.js'
import { isLater } from '../values/later.js'
import { withdraw } from './withdraw.js'

/** What the framework lets a request do. */
export interface Framework {
  /** True if cookies can still be set. */
  canSetCookies(): Promise<boolean>
  setCookies(cookies: readonly CookieToSet[]): Promise<void>
  /** True once the answer has begun: a cookie that is set now reaches nobody. */
  isAnswered(): boolean
  /** True if it prefetches and hides the header that says so. */
  isPrefetch(): boolean
  /** Runs work once the answer has been sent. */
  later(work: () => Promise<unknown>): void
  /** Called if the session that is shown may not be the present one. */
  doubt(): void
  /** Takes an event about the session that was opened, for the application. */
  event(event: SessionEvent): void
  /** Wakes the island of a page whose cookie opens no session any more. @param name See `endedNameOf`. */
  signalEnded(place: Place, name: string): Promise<void>
  /** Removes the cookies of the kit, because consent was taken back. @param name See `endedNameOf`. */
  removeCookies(place: Place, name: string): Promise<void>
}

/**
 * Opens the session of a request. It asks the store once, and never fails: if the store does not answer, the
 * visitor is shown as a guest.
 */
export async function openSession(
  config: Config,
  store: Store,
  request: ConsentRequest,
  framework: Framework,
): Promise<Session> {
  const { headers } = request
  const opening = new Opening(config, new Rows(store, config.clock), request, framework)
  let domains: Domains | null = null
  let place: Place | null = null
  let visit: Visit | null = null
  let found: Found | null = null
  try {
    const list = domainsOf(headers, config)
    domains = isLater(list) ? await list : list
    const domain = originOfPage(headers, config, domains)
    if (domain === null) noteUnlistedHost(config, domains, headers, { isOwn: false })
    place = domain === null ? null : placeOf(config, domains, domain)
    visit = place === null ? null : visitOf(headers, place.domain, config.recordsVisitor)
    found = place === null || visit === null ? null : await opening.find(place, visit)
  } catch (cause) {
    opening.fail(cause)
  }
  if (found !== null && visit !== null) opening.recordVisit(found, visit)
  return createSession({
    config,
    rows: opening.rows,
    domains,
    place,
    visit,
    kind: opening.kind,
    found,
    isSettled: opening.isSettled,
    failure: opening.failure,
    host: headers.get('host'),
    isSpeculative: opening.isSpeculative,
    writeRefusal: place === null ? null : opening.writeRefusal(place),
    canNavigate: headers.get('sec-fetch-mode') !== null,
    hasConsent: () => config.mayCreateSession(request),
    canSetCookies: () => framework.canSetCookies(),
    isAnswered: () => framework.isAnswered(),
    setCookies: (list) => framework.setCookies(replacingFormer(list, request.cookies)),
    noteRefusal: () => framework.doubt(),
  })
}

class Opening {
  failure: CrossDomainError | null = null
  readonly isSpeculative: boolean
  readonly kind: 'api' | 'cookie'
  /** Nothing that the application kept before is still to be taken over. */
  isSettled = false

  constructor(
    readonly config: Config,
    readonly rows: Rows,
    readonly request: ConsentRequest,
    readonly framework: Framework,
  ) {
    this.isSpeculative = framework.isPrefetch() || isSpeculative(request.headers)
    this.kind = bringsToken(request.headers) ? 'api' : 'cookie'
  }

  fail(cause: unknown): void {
    this.failure = storeError(cause)
    this.config.reportError(this.failure)
    this.framework.doubt()
  }

  async find(place: Place, visit: Visit): Promise<Found | null> {
    const { config, rows, request, framework } = this
    if (this.kind === 'api') {
      return this.#told(place, await findApiSession(rows, request.headers.get('authorization') ?? ''))
    }
    const cookies = readBrought(config, request.cookies, place)
    const brought = isLater(cookies) ? await cookies : cookies
    const withdrawn = !this.isSpeculative && config.hasWithdrawn(request)
    const isWithdrawn = isLater(withdrawn) ? await withdrawn : withdrawn
    // A page in another site's frame gets the link cookie, and no other. It does not count there either.
    const mayUseLink = isUnforgeable(request.headers) && !keepsCookiesBack(request.headers)
    const mayJoin = async () =>
      !this.isSpeculative && !isWithdrawn && (await config.mayCreateSession(request))
    let found = await findSession(config, rows, place, brought, mayUseLink, mayJoin)
    const name = endedNameOf(brought.session)
    if (isWithdrawn) {
      // Consent was taken back: first the row ends, then the cookies go.
      const event = found === null ? null : await withdraw(rows, place, found)
      if (event !== null) framework.event(event)
      await framework.removeCookies(place, name)
      return null
    }
    // A cookie that leads away has not been replaced, because an answer was lost. So nobody told the island
    // either.
    const isOut =
      found === null
        ? sentAs(request.cookies, place, 'session') !== undefined
        : found.seat.standing === 'out' || found.seat.isLedAway
    if (!place.isPrimary && isOut) await framework.signalEnded(place, name)
    // No page of another site can begin this request unseen, and its old cookies are all there.
    if (config.adopt !== null && mayUseLink && (await mayJoin()))
      found = await this.#adopted(place, visit, found)
    return this.#told(place, found)
  }

  /** What the application kept before counts for a visitor who is new here. */
  async #adopted(place: Place, visit: Visit, found: Found | null): Promise<Found | null> {
    const { config, rows, request, framework } = this
    const canSet = !framework.isAnswered() && (await framework.canSetCookies())
    const seated = found === null ? await this.#begun(place, canSet) : seatedOf(found)
    if (config.adopt === null || seated === null) return found
    const old = mayAdopt(seated, place) ? await config.adopt(request) : null
    this.isSettled = old !== 'failed'
    if (old === null || old === 'failed') return found
    const setCookies = async (list: readonly CookieToSet[]) =>
      framework.setCookies(replacingFormer(list, request.cookies))
    const event = (it: SessionEvent) => framework.event(it)
    return adopt({ config, rows, place, visit, setCookies: canSet ? setCookies : null, event }, seated, old)
  }

  /** A visitor whose first request is no page brings no cookie yet, and an old session all the same. */
  async #begun(place: Place, canSet: boolean): Promise<Adoptable | null> {
    const { config, rows, request } = this
    const isSent = sentAs(request.cookies, place, 'session') !== undefined
    if (isSent || !canSet) return null
    const iat = Math.floor(config.clock())
    const cookie = { ...newPass(), domain: place.domain, iat, isOutdated: false }
    rows.begin(cookie.id)
    const seat = await rows.seat(credentialOf(config, cookie))
    return { cookie, seat, hasAllCookies: false, isOutdated: true, joined: [], isNew: true }
  }

  /**
   * A missing cookie makes a new visitor only if the browser would have sent it. Otherwise the answer to a
   * write would replace the cookies that were kept back.
   */
  writeRefusal(place: Place): 'CDS212' | 'CDS213' | null {
    if (this.kind === 'api') return null
    if (this.isSpeculative) return 'CDS213'
    const { cookies, headers } = this.request
    if (!keepsCookiesBack(headers)) return null
    return sentAs(cookies, place, 'session') === undefined ? 'CDS212' : null
  }

  /** Tells the application of a session that has expired, or that was made of two. */
  #told({ domain }: Place, found: Found | null): Found | null {
    if (found === null || this.isSpeculative) return found
    const { row } = found.seat
    for (const event of joinedEvents(domain, row, found.joined)) this.framework.event(event)
    if (hasExpired(found.seat))
      this.framework.event({
        type: 'expired',
        domain,
        fingerprint: fingerprintOf(row.id, row.signIns),
        userId: null,
      })
    return found
  }

  /** Slides the expiry, when the answer is on its way: the visitor does not wait for it. */
  recordVisit({ seat }: Found, visit: ReturnType<typeof visitOf>): void {
    const { rows, config } = this
    if (this.isSpeculative || seat.standing !== 'in') return
    const isDue = (row = rows.get(seat.row.id)) =>
      row.state === 'live' && isStale(row.session, visit, rows.nowMs)
    if (!isDue()) return
    this.framework.later(async () => {
      const row = rows.get(seat.row.id)
      // The request itself may have written since. If somebody else has, that counted as a visit.
      if (row.state !== 'live' || !isDue(row)) return
      const next = { ...row, session: visited(row.session, visit, rows.nowMs) }
      await orReport(config, () => rows.swap([next]))
    })
  }
}

function seatedOf(found: Found): Adoptable | null {
  return found.cookie === null ? null : { ...found, cookie: found.cookie }
}
