export { chooseRenewal, endedFrom, rotatedOnSeconds, touchAfterSeconds } from './core/store/store.js'
export type {
  Change,
  Ended,
  Lifetime,
  Redeemed,
  Renewal,
  RenewalCandidate,
  Rotation,
  SettledContent,
  Settlement,
  Store,
  Visit,
  WriteOptions,
  WriteResult,
} from './core/store/store.js'
export type {
  DomainRecord,
  SessionHash,
  SessionKind,
  SessionRecord,
  SessionState,
} from './core/store/record.js'
export type { Json, JsonObject } from './core/values/json.js'
