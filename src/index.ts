export {
  createCrossDomainSession,
  type CrossDomainSession,
  type SessionOptions,
} from './next/createCrossDomainSession.js'
export type { ConsentRequest } from './core/consent.js'
export { CrossDomainError, type ErrorCode } from './core/errors/catalogue.js'
export type { EventListener, SessionEvent } from './core/events.js'
export type { Json, JsonObject } from './core/values/json.js'
export { mergeBy, newest, sumQuantities, union, type MergeRule, type QuantityKey } from './core/data/rules.js'
export type { SessionKind } from './core/store/row.js'
export type { DataScope, RepairData, SchemaIssue, SchemaResult, StandardSchema } from './core/data/schema.js'
export type { DeepReadonly, NotInferred, SchemaOption } from './core/data/schemaOption.js'
export type { Scope } from './core/session/scope.js'
export type { LoginOptions, Session } from './core/session/session.js'
export type { ApiSession, ApiSessionOptions, ListedSession, Sessions } from './core/session/sessions.js'
export type { Store } from './core/store/store.js'
export type { Exposed, Register } from './shared/exposed.js'
export type { NoWrongKeys, WrongKeys } from './core/data/wrongKeys.js'
export type { GetSessionOptions } from './next/getSession.js'
export type { GetSessionOf, NodeAnswer, NodeRequest } from './next/givenRequest.js'
export type { Handlers } from './next/handlers.js'
export type { Middleware } from './next/middleware.js'
export type { Method, Route, RouteContext, RouteOptions, SessionHandler } from './next/route.js'
