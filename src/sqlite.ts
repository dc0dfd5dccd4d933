export { sqliteStore } from './stores/sqlite.js'
