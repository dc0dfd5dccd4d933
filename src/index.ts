export {
  createCrossDomainSession,
  type CrossDomainSession,
  type SessionOptions,
} from './next/createCrossDomainSession.js'
export type { ConsentRequest } from './core/config.js'
export { CrossDomainError, type ErrorCode } from './core/errors.js'
export type { EventListener, SessionEvent } from './core/events.js'
export type { Json, JsonObject } from './core/json.js'
export { mergeBy, newest, sumQuantities, union, type MergeRule, type QuantityKey } from './core/mergeRules.js'
export type { SessionKind } from './core/record.js'
export type { DataScope, RepairData, SchemaIssue, SchemaResult, StandardSchema } from './core/schema.js'
export type { DeepReadonly, NotInferred, SchemaOption } from './core/schemaOption.js'
export type { Scope } from './core/scope.js'
export type { LoginOptions, Session } from './core/session.js'
export type { ApiSession, ApiSessionOptions, ListedSession, Sessions } from './core/sessions.js'
export type { Store } from './core/store.js'
export type { Exposed, Register } from './core/wire.js'
export type { NoWrongKeys, WrongKeys } from './core/wrongKeys.js'
export type { Handlers } from './next/handlers.js'
export type { Middleware } from './next/middleware.js'
export type { Method, Route, RouteContext, RouteOptions, SessionHandler } from './next/route.js'
