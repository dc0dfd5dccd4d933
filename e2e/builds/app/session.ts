import { createCrossDomainSession } from 'next-crossdomain-session'
import { sqliteStore } from 'next-crossdomain-session/sqlite'

export const { getSession, handlers, proxy } = createCrossDomainSession<{ cart: string[] }>({
  store: sqliteStore(process.env['SESSIONS_FILE'] ?? ':memory:'),
  expose: ({ userId }) => ({ userId }),
})
