import { createCrossDomainSession } from 'next-crossdomain-session'
import { drizzleStore } from 'next-crossdomain-session/drizzle'
import { db } from './db'
import { mergeShopData, type ShopData } from './data'

// Primary, domains and secret are in the environment.
export const { getSession, handlers, middleware } = createCrossDomainSession<ShopData>({
  store: drizzleStore(db),
  merge: mergeShopData,
})
