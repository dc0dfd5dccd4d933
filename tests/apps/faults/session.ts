import { createCrossDomainSession } from 'next-crossdomain-session'
import { store } from './store'

export interface Data {
  count: number
}

export const { getSession, handlers } = createCrossDomainSession<Data>({ store, onError: () => {} })
