// An application that says once what it exposes. A program of its own, because this holds for the whole of it; by the public names, of the build.
import { createCrossDomainSession, type Store } from 'next-crossdomain-session'

interface Me {
  readonly name: string | null
  readonly items: number
}

declare module 'next-crossdomain-session' {
  interface Register {
    exposed: Me
  }
}

export declare const store: Store

export const { getSession, route } = createCrossDomainSession<{ cart: string[] }, { currency: 'EUR' | 'CHF' }, 'ordered'>({
  store,
  expose: (session) => ({ name: session.userId, items: session.get('cart')?.length ?? 0 }),
})
