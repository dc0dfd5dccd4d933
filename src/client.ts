export { CrossDomainSync, type CrossDomainSyncProps } from './client/CrossDomainSync.js'
export { useAgreement } from './client/useAgreement.js'
export type { Agreement } from './client/memory.js'
export type { SyncResult } from './client/synchronise.js'
