import { createCrossDomainSession } from 'next-crossdomain-session'
import { drizzleStore } from 'next-crossdomain-session/drizzle'
import { db } from './db'
import { mergeShopData, type DomainData, type Notice, type ShopData } from './data'
import { meOf, type Me } from './me'

declare module 'next-crossdomain-session' {
  /** What `useSession()` gives, and `expose` has to return. */
  interface Register {
    exposed: Me
  }
}

// Primary, domains and secret are in the environment.
export const { getSession, handlers, middleware, route, sessions } = createCrossDomainSession<
  ShopData,
  DomainData,
  Notice
>({
  store: drizzleStore(db),
  merge: mergeShopData,
  expose: meOf,
})
