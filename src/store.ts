export type { RowChange, Rows, Store, StoredRow } from './core/store/store.js'
export type { Json, JsonObject } from './core/values/json.js'
