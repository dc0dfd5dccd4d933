export { ensureTables } from './stores/postgres/ensureTables.js'
export { postgresStore, type PostgresStoreOptions } from './stores/postgres/postgresStore.js'
export type {
  NeonClient,
  PgClient,
  PgliteClient,
  PostgresClient,
  PostgresJsClient,
} from './stores/postgres/client.js'
export type { TableOptions } from './stores/postgres/names.js'
