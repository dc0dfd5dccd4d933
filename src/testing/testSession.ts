import type { NoWrongKeys } from '../core/data/wrongKeys.js'
import type { Scope } from '../core/session/scope.js'
import { CrossDomainError } from '../core/errors/catalogue.js'
import { domainsOf, originOf } from '../core/request/incoming.js'
import { configOf } from '../next/testScope.js'
import { TestBrowser, type KitUnderTest } from './testBrowser.js'

/** What a test visitor starts with. */
export interface TestSessionOptions<Data extends object> {
  /** Default: a guest. */
  readonly userId?: string | undefined
  /** Default: nothing. */
  readonly data?: Data | undefined
  /** The domain on which the session begins. Default: the primary. */
  readonly origin?: string | undefined
}

/**
 * Saves a session with this user and data in the kit's store, and returns its visitor.
 * @param kit What `createCrossDomainSession` returned, or the module that exports it.
 * @throws {CrossDomainError} `CDS114` if `origin` is no domain of the kit. What `login` and `update` throw, for example `CDS208` for data that does not fit
 * the schema.
 * @example const ada = await createTestSession(kit, { userId: 'ada', data: { cart: ['boots'] } })
 */
export async function createTestSession<Data extends object>(
  kit: Omit<KitUnderTest, 'getSession'> & {
    readonly getSession: () => Promise<Scope<Data> & { login(userId: string): Promise<void> }>
  },
  { userId, data, origin }: TestSessionOptions<Data> = {},
): Promise<TestBrowser> {
  const browser = new TestBrowser(kit)
  if (origin !== undefined) await refuseUnlisted(kit.getSession, origin)
  const on = origin ?? (await browser.primary())
  await browser.visit(on)
  await browser.run(on, async () => {
    const session = await kit.getSession()
    if (data !== undefined)
      await session.update((present) => ({ ...present, ...data }) as Data & NoWrongKeys<Data, Data>)
    if (userId !== undefined) await session.login(userId)
  })
  return browser
}

/**
 * Runs `act` as one request of this visitor. In `act`, `getSession()` returns the visitor's session, as in a
 * Server Action. The visitor keeps the cookies that `act` sets.
 * @param origin The domain of the request. Default: the primary.
 * @example await withSession(ada, () => addToCart('boots'))
 */
export async function withSession<T>(
  browser: TestBrowser,
  act: () => T | Promise<T>,
  origin?: string,
): Promise<T> {
  return browser.run(origin ?? (await browser.primary()), act)
}

/** On such a host every visitor is a guest without a cookie, and the test would not say why. */
async function refuseUnlisted(getSession: object, origin: string): Promise<void> {
  const config = configOf(getSession)
  if (config === undefined) return
  const headers = new Headers({ host: URL.parse(origin)?.host ?? origin })
  const domains = await domainsOf(headers, config)
  if (originOf(headers, config, domains) === origin) return
  throw new CrossDomainError('CDS114', `the test begins on "${origin}"; the primary is ${domains.primary}`)
}
