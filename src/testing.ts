export { testStore, type StoreUnderTest } from './testing/testStore.js'
