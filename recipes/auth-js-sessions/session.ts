import { createCrossDomainSession } from 'next-crossdomain-session'
import { sqliteStore } from 'next-crossdomain-session/sqlite'
import type { Carried } from './crossDomain'
import { file } from './db'

export const { getSession, getSessionOf, handlers, proxy, sessions } = createCrossDomainSession<{
  authJs: Carried
}>({ store: sqliteStore(file) })
