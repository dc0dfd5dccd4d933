export { kvStore, type KvStoreOptions } from './stores/kv/kvStore.js'
export type { IoredisClient, KvClient, NodeRedisClient, UpstashClient } from './stores/kv/client.js'
