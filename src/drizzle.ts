export { drizzleStore, type DrizzleStoreOptions } from './stores/drizzle/drizzleStore.js'
export { ensureSchema } from './stores/drizzle/ensureSchema.js'
export type { PostgresDatabase } from './stores/drizzle/operation.js'
