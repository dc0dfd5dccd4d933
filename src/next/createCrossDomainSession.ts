import type { Adopt } from '../core/adoption.js'
import { defineConfig, type Options } from '../core/config.js'
import type { Json } from '../core/values/json.js'
import type { StandardSchema } from '../core/data/schema.js'
import type { NotInferred, SchemaOption } from '../core/data/schemaOption.js'
import type { Session } from '../core/session/session.js'
import { createSessions, type Sessions } from '../core/session/sessions.js'
import type { Store } from '../core/store/store.js'
import type { Exposed } from '../shared/exposed.js'
import { atStart, readEnvironment, systemClock } from './environment.js'
import { within } from '../shared/within.js'
import { createGetSession, type GetSessionOptions } from './getSession.js'
import { createGetSessionOf, type GetSessionOf, type NodeAnswer, type NodeRequest } from './givenRequest.js'
import { createHandlers, type Handlers } from './handlers.js'
import { middlewareFor, type Middleware } from './middleware.js'
import { watchResponses } from './nodeResponse.js'
import {
  createRoute,
  known,
  type Method,
  type Route,
  type RouteOptions,
  type SessionHandler,
} from './route.js'
import { traced } from './telemetry.js'
import { noteConfig, testRequest } from './testScope.js'

/** The options of `createMiddleware`, and those that need the store or the type of the data. */
export interface SessionOptions<
  Data extends object,
  Local extends object,
  Flash extends {} | null = Json,
  Input = unknown,
> extends Omit<Options, 'adopt' | 'merge' | 'schema' | 'localSchema' | 'flashSchema'> {
  /** Keeps the sessions, for example `postgresStore(pool)`. */
  readonly store: Store
  /**
   * Merges the data of two sessions when domains meet. It has to be deterministic and must lose no key. Give
   * it the return type `Partial<Data>`, so that TypeScript reports a key that `Data` does not have. Default:
   * keeps every key of both.
   */
  readonly merge?:
    | ((kept: Readonly<Partial<Data>>, other: Readonly<Partial<Data>>) => Partial<Data>)
    | undefined
  /**
   * Reads the cookie that your application used before, at a visitor's first requests, and returns what it
   * says. The session goes on from there. If it throws, or takes longer than 3 seconds, the visitor begins
   * without (`CDS120`). Default: no old cookie counts.
   */
  readonly adopt?: Adopt<NoInfer<Partial<Data>>> | undefined
  /**
   * Returns what `useSession()` shows to scripts of the page, as JSON. They see nothing else of the session.
   * If you have declared `exposed` of `Register`, it has to return that. Default: nothing.
   */
  readonly expose?:
    | ((session: Session<Data, Local, Flash>) => Exposed<object> | Promise<Exposed<object>>)
    | undefined
  /**
   * The schema of the shared data, from any library that follows Standard Schema. It has to accept `{}`.
   * Default: any JSON.
   */
  readonly schema?: StandardSchema<Data, Input> | undefined
  /** The schema of the data of one domain. */
  readonly localSchema?: StandardSchema<Local> | undefined
  /** The schema of one message of `flash`. Default: any JSON. */
  readonly flashSchema?: StandardSchema<Flash> | undefined
}

/**
 * What `createCrossDomainSession` returns.
 * @typeParam Input What `createApiSession` accepts as data. With a schema, keys that have a default may be
 *   left out. Default: `Data`.
 */
export interface CrossDomainSession<
  Data extends object,
  Local extends object,
  Flash extends {} | null = Json,
  Input extends object = Data,
> {
  /**
   * Returns the session of this request, in server components, Server Actions and route handlers. However
   * often you call it, it asks the store once per request. It asks once more if the session was merged into
   * another one, or if a Server Action may have changed it other than by its methods.
   * @throws {CrossDomainError} `CDS214` if no request of the App Router is running.
   */
  readonly getSession: {
    (): Promise<Session<Data, Local, Flash>>
    /**
     * With `settled: true`, a page of a secondary never shows a guest whom the primary may know. If the
     * session has ended, or the browser has brought none, the browser goes through the exchange first, and
     * comes back to the same address. Await it before the answer begins, so not below `<Suspense>` or
     * `loading.tsx`. It works once per page view, for a page that a person opens, on Node. Anywhere else it
     * is the same as `getSession()`: on the primary, in actions and route handlers, for the router of
     * Next.js, bots and prefetches, without consent, and if the store is down.
     * @throws What `redirect()` of Next.js throws.
     */
    (options: GetSessionOptions): Promise<Session<Data, Local, Flash>>
    /** For the Pages Router: in `getServerSideProps` and API routes. */
    (request: NodeRequest, answer: NodeAnswer): Promise<Session<Data, Local, Flash>>
  }
  /**
   * Returns the session of a request that you pass, such as that of a WebSocket, of your own server or of
   * `proxy.ts`. It reads the store once per request.
   * @throws {CrossDomainError} `CDS404` if a page of another origin opens the WebSocket.
   */
  readonly getSessionOf: GetSessionOf<Session<Data, Local, Flash>>
  /** For `app/crossdomain/[action]/route.ts`. */
  readonly handlers: Handlers
  /** For `middleware.ts` (edge). */
  readonly middleware: Middleware
  /** The same function for `proxy.ts` (Node). */
  readonly proxy: Middleware
  /**
   * Makes route handlers that get the session and accept bearer tokens. Handlers for methods other than GET
   * accept only pages of their own domain. With `cors`, pages of all listed domains may call them.
   */
  readonly route: <Methods extends Partial<Record<Method, SessionHandler<Session<Data, Local, Flash>>>>>(
    methods: Methods,
    options?: RouteOptions,
  ) => Route<Methods>
  /** Sessions other than the one of the request: a user's devices, and programs. */
  readonly sessions: Sessions<Input>
}

/**
 * Sets up one session for all domains. The types come from the schemas. If you write type arguments instead,
 * write one for each schema.
 * @typeParam Data What the session holds, an object of JSON values. Default: taken from `schema`.
 * @typeParam Local The same for the data of one domain.
 * @typeParam Flash What a message of `session.flash` is. Default: taken from `flashSchema`.
 * @throws {CrossDomainError} `CDS101` to `CDS110` if options or environment are wrong; at import, except
 *   while `next build` runs.
 */
export function createCrossDomainSession<
  Data extends object,
  Local extends object = Record<string, unknown>,
  Flash extends {} | null = Json,
  Input extends object = object,
  LocalInput = NotInferred,
  FlashInput = NotInferred,
>(
  options: SessionOptions<Data, Local, Flash, Input> & {
    readonly schema: StandardSchema<Data, Input> & SchemaOption<Data, Input>
    readonly localSchema?: SchemaOption<Local, LocalInput, Record<string, unknown>> | undefined
    readonly flashSchema?: SchemaOption<Flash, FlashInput, Json> | undefined
  },
): CrossDomainSession<
  Data,
  Local,
  Flash,
  (<T>() => T extends Input ? 1 : 2) extends <T>() => T extends object ? 1 : 2 ? Partial<Data> : Input
>
export function createCrossDomainSession<
  Data extends object = Record<string, unknown>,
  Local extends object = Record<string, unknown>,
  Flash extends {} | null = Json,
  Input = NotInferred,
  LocalInput = NotInferred,
  FlashInput = NotInferred,
>(
  options: SessionOptions<Partial<Data>, Partial<Local>, Flash> & {
    readonly schema?: SchemaOption<Data, Input> | undefined
    readonly localSchema?: SchemaOption<Local, LocalInput, Record<string, unknown>> | undefined
    readonly flashSchema?: SchemaOption<Flash, FlashInput, Json> | undefined
  },
): CrossDomainSession<Partial<Data>, Partial<Local>, Flash>
export function createCrossDomainSession(
  options: SessionOptions<object, object>,
): CrossDomainSession<object, object> {
  watchResponses()
  const getConfig = atStart(() => defineConfig(options as Options, readEnvironment(), systemClock, within))
  const store = traced(options.store)
  const middleware = middlewareFor(getConfig)
  const { getSession: sessionOfNext, watchedStore } = createGetSession(getConfig, store)
  const getSessionOf = createGetSessionOf(getConfig, store)
  const getSession = ((given?: NodeRequest | GetSessionOptions, answer?: NodeAnswer) => {
    if (given !== undefined && 'headers' in given) return getSessionOf(given, answer)
    const test = testRequest()
    return test === undefined ? sessionOfNext(given) : getSessionOf(test.request, test.answer)
  }) as CrossDomainSession<object, object>['getSession']
  noteConfig(getSession, getConfig)
  return {
    getSession,
    getSessionOf: getSessionOf as GetSessionOf<Session<object, object>>,
    handlers: createHandlers(
      getConfig,
      store,
      async () => (await options.expose?.(known(await getSession()))) ?? {},
    ),
    middleware,
    proxy: middleware,
    route: createRoute(getConfig, getSession) as CrossDomainSession<object, object>['route'],
    sessions: createSessions(getConfig, watchedStore),
  }
}
