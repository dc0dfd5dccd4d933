export { runJob } from './testing/processes.js'
export { testStore, type StoreUnderTest } from './testing/testStore.js'
