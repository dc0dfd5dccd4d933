export { crossDomainRows, crossDomainTables } from './stores/drizzle.js'
