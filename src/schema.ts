export {
  crossDomainSessions,
  crossDomainTables,
  crossDomainTickets,
  type CrossDomainTables,
} from './stores/drizzle/schema.js'
