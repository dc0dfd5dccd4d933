import { createCrossDomainSession } from 'next-crossdomain-session'
import { memoryStore } from 'next-crossdomain-session/memory'

// In memory, so that this recipe needs no database. Yours is in docs/stores.md.
export const { getSession, handlers, middleware } = createCrossDomainSession<{ visits: number }>({
  store: memoryStore(),
})
