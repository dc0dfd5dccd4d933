import { createCrossDomainSession } from 'next-crossdomain-session'
import { postgresStore } from 'next-crossdomain-session/postgres'
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
  store: postgresStore(db),
  merge: mergeShopData,
  expose: meOf,
})
