import { createCrossDomainSession } from 'next-crossdomain-session'
import { memoryStore } from 'next-crossdomain-session/memory'

// Next.js bundles pages and routes apart, hence the global.
const shared = globalThis as { sessionStore?: ReturnType<typeof memoryStore> }

export const { getSession, handlers, proxy } = createCrossDomainSession<{ cart: string[] }>({
  store: (shared.sessionStore ??= memoryStore()),
})
