import { createCrossDomainSession } from 'next-crossdomain-session'
import { memoryStore } from 'next-crossdomain-session/memory'

// In memory, so that this recipe needs no database; Next.js bundles pages and routes apart, hence the global. Yours is in docs/stores.md.
const shared = globalThis as { sessionStore?: ReturnType<typeof memoryStore> }

export const { getSession, handlers, proxy } = createCrossDomainSession<{ visits: number }>({
  store: (shared.sessionStore ??= memoryStore()),
})
