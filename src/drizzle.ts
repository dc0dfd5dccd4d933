export { drizzleStore, type DrizzleStoreOptions, type PostgresDatabase } from './stores/drizzle/drizzleStore.js'
export { ensureSchema } from './stores/drizzle/ensureSchema.js'
