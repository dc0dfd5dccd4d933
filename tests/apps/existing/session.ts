import { createCrossDomainSession } from 'next-crossdomain-session'
import { memoryStore } from 'next-crossdomain-session/memory'

export const { getSession, handlers, proxy } = createCrossDomainSession<{ cart: string[] }>({
  store: memoryStore(),
})
