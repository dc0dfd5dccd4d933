import { defineConfig, type Options } from '../core/config.js'
import type { Json } from '../core/values/json.js'
import type { StandardSchema } from '../core/data/schema.js'
import type { NotInferred, SchemaOption } from '../core/data/schemaOption.js'
import type { Session } from '../core/session/session.js'
import { createSessions, type Sessions } from '../core/session/sessions.js'
import type { Store } from '../core/store/store.js'
import type { Exposed } from '../shared/wire.js'
import { atStart, readEnvironment, systemClock, within } from './environment.js'
import { createGetSession } from './getSession.js'
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

/** What `createMiddleware` takes, with the store, and with the rest typed by the session's data as `getSession()` gives it. */
export interface SessionOptions<
  Data extends object,
  Local extends object,
  Flash extends {} | null = Json,
  Input = unknown,
> extends Omit<Options, 'merge' | 'schema' | 'localSchema' | 'flashSchema'> {
  /** Where sessions are kept, for example `drizzleStore(db)`. */
  readonly store: Store
  /** Makes one session's data of two when domains meet; deterministic, and without losing a key. Name what it answers, `: Partial<Data>`, for TypeScript to see a surplus key. Default: keeps every key of both. */
  readonly merge?:
    | ((kept: Readonly<Partial<Data>>, other: Readonly<Partial<Data>>) => Partial<Data>)
    | undefined
  /** What `useSession()` shows to scripts of the page, as JSON, and nothing else of the session; `exposed` of `Register`, where that is told. Default: nothing. */
  readonly expose?:
    | ((session: Session<Data, Local, Flash>) => Exposed<object> | Promise<Exposed<object>>)
    | undefined
  /** What the shared data has to look like, in any library that follows Standard Schema; has to accept `{}`. Default: any JSON. */
  readonly schema?: StandardSchema<Data, Input> | undefined
  /** The same for the data of one domain. */
  readonly localSchema?: StandardSchema<Local> | undefined
  /** What a message of `flash` has to look like. Default: any JSON. */
  readonly flashSchema?: StandardSchema<Flash> | undefined
}

/** @typeParam Input What a new session may be made of: `Data`, but what the schema has defaults for may be left out; all of it where `Data` is named. */
export interface CrossDomainSession<
  Data extends object,
  Local extends object,
  Flash extends {} | null = Json,
  Input extends object = Data,
> {
  /** The session of this request, in server components, Server Actions and route handlers. Asks the store once per request, however often it is called; more only where an action may have changed the session by other ways than its own, or an exchange has just replaced or renewed it. */
  readonly getSession: () => Promise<Session<Data, Local, Flash>>
  /** For `app/crossdomain/[action]/route.ts`. */
  readonly handlers: Handlers
  /** For `middleware.ts` (edge). */
  readonly middleware: Middleware
  /** The same function for `proxy.ts` (Node). */
  readonly proxy: Middleware
  /** Makes route handlers that are given the session, take bearer tokens, and answer other listed domains where told to. */
  readonly route: <Methods extends Partial<Record<Method, SessionHandler<Session<Data, Local, Flash>>>>>(
    methods: Methods,
    options?: RouteOptions,
  ) => Route<Methods>
  /** Sessions other than that of the request: a user's devices, sessions of the API. */
  readonly sessions: Sessions<Input>
}

/**
 * Sets up one session for all domains. Types come from schemas, or are named: then those of all schemas.
 * @typeParam Data What the session holds, an object of JSON values; taken from `schema` where there is one.
 * @typeParam Local The same for the data of one domain.
 * @typeParam Flash What a message of `session.flash` is; taken from `flashSchema` where there is one and nothing is named.
 * @throws {CrossDomainError} `CDS101` to `CDS110` when options or environment are wrong; at import, except while `next build` runs.
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
  const { getSession, watchedStore } = createGetSession(getConfig, store)
  return {
    getSession: getSession as () => Promise<Session<object, object>>,
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
