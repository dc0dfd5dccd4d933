import { createCrossDomainSession } from 'next-crossdomain-session'
import { drizzleStore } from 'next-crossdomain-session/drizzle'
import { db } from './db'
import { mergeShopData, type DomainData, type ShopData } from './data'
import { meOf } from './me'

// Primary, domains and secret are in the environment.
export const { getSession, handlers, middleware, route, sessions } = createCrossDomainSession<ShopData, DomainData>({
  store: drizzleStore(db),
  merge: mergeShopData,
  expose: meOf,
})
