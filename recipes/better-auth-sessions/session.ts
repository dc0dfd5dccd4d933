import { createCrossDomainSession } from 'next-crossdomain-session'
import { sqliteStore } from 'next-crossdomain-session/sqlite'
import { adopt } from './adopt'
import { db } from './db'
import type { Carried } from './crossDomain'

export const { getSession, getSessionOf, handlers, proxy, sessions } = createCrossDomainSession<{
  betterAuth: Carried
}>({ store: sqliteStore(db), adopt })
